package manifest

import (
	"encoding/json"

	"github.com/modreg/modreg/capability"
)

// Well-known values of [Manifest.Kind]. Any other name may be used.
const (
	KindDataProcessor = "data-processor"
	KindAnalyzer      = "analyzer"
	KindStorage       = "storage"
	KindNetwork       = "network"
	KindSecurity      = "security"
)

// DefaultRuntime is the runtime of a module that names none: a Go value in the
// same process.
const DefaultRuntime = "native"

// Values of [Manifest.Start].
const (
	StartLazy  = "lazy"  // start at the first call; the default
	StartEager = "eager" // start with the process
)

// Default texts of fields that may be left out.
const (
	DefaultVersion = "1.0.0" // of a Provision
	DefaultRange   = "*"     // of a Requirement: every release
)

// Manifest describes a module, in the words of the document. It is not checked
// until [Check] has seen it. An empty field is the same as one left out.
type Manifest struct {
	// Name is the module's name by the grammar of [capability.CheckName].
	Name string `json:"name"`
	// Version is the module's version, strict Semantic Versioning 2.0.0.
	Version string `json:"version"`
	// Description is for people: up to MaxDescription bytes, lines and tabs
	// allowed.
	Description string `json:"description,omitempty"`
	// Kind sorts modules for people: one of the Kind constants or any name.
	Kind string `json:"kind,omitempty"`
	// Licence is an SPDX licence expression. Only its characters are checked.
	Licence string `json:"license,omitempty"`
	// Runtime executes the module: a name without '/', DefaultRuntime if empty.
	Runtime string `json:"runtime,omitempty"`
	// Entry names what the runtime starts, where it needs a name.
	Entry string `json:"entry,omitempty"`
	// Start is StartLazy, also if empty, or StartEager.
	Start string `json:"start,omitempty"`
	// Provides lists what the module offers, each capability once. The module
	// itself, module/<name>, is not listed.
	Provides []Provision `json:"provides,omitempty"`
	// Requires lists what the module needs.
	Requires []Requirement `json:"requires,omitempty"`
	// ConfigSchema is the JSON Schema of the module's configuration: an object
	// or a boolean.
	ConfigSchema json.RawMessage `json:"configSchema,omitempty"`
	// Permissions lists what the module asks to touch; nil is nothing.
	Permissions *Permissions `json:"permissions,omitempty"`
	// Limits bounds what the module may use; nil leaves it to the operator.
	Limits *Limits `json:"limits,omitempty"`
	// Conditions says where the module is usable; nil is everywhere.
	Conditions *Conditions `json:"conditions,omitempty"`
	// Metadata is for other tools: attribute names and text.
	Metadata map[string]string `json:"metadata,omitempty"`
}

// Provision is one capability that a module provides.
type Provision struct {
	// Capability is the text of a [capability.ID] outside the namespace
	// module.
	Capability string `json:"capability"`
	// Version is the capability's version, DefaultVersion if empty.
	Version string `json:"version,omitempty"`
	// Attributes are what filters of requirements ask for.
	Attributes map[string]capability.Value `json:"attributes,omitempty"`
	// Contract describes the operations behind the capability.
	Contract *Contract `json:"contract,omitempty"`
}

// Contract describes the operations behind a capability.
type Contract struct {
	// Operations lists them, each name once.
	Operations []Operation `json:"operations,omitempty"`
}

// Operation is one operation of a contract.
type Operation struct {
	// Name starts with a letter and goes on with letters, digits and single
	// '.', '-', '_' and '/' between them, at most 128 bytes.
	Name string `json:"name"`
	// Input and Output are JSON Schemas of what goes in and comes out, each an
	// object or a boolean; both may be left out.
	Input  json.RawMessage `json:"input,omitempty"`
	Output json.RawMessage `json:"output,omitempty"`
}

// Requirement is something that a module needs.
type Requirement struct {
	// Capability is the text of a [capability.ID]; module/<name> asks for a
	// certain module.
	Capability string `json:"capability"`
	// Range is the text of a [semver.Range], DefaultRange if empty.
	Range string `json:"range,omitempty"`
	// Filter is the text of a [capability.Filter] over attributes.
	Filter string `json:"filter,omitempty"`
	// Optional lets the module run without it.
	Optional bool `json:"optional,omitempty"`
	// Many takes all providers instead of the best one.
	Many bool `json:"many,omitempty"`
	// Forbid turns the requirement round: no provider may be there. It
	// excludes Optional and Many.
	Forbid bool `json:"forbid,omitempty"`
}
