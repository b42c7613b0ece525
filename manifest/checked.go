package manifest

import (
	"time"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// Checked is a manifest that [Check] found in order, with every field parsed.
// It is shared between goroutines: nobody changes it, nor anything it points
// to.
type Checked struct {
	// Manifest is a copy of the document with defaults filled in and every
	// text in its canonical spelling. It holds nothing of the caller's.
	Manifest Manifest
	// Name and Version are those of the module.
	Name    string
	Version semver.Version
	// Provides are the provided capabilities, in the order of
	// Manifest.Provides. The module itself is ModuleCapability.
	Provides []capability.Capability
	// Requires are the requirements, in the order of Manifest.Requires.
	Requires []capability.Requirement
	// Canonical is the RFC 8785 JSON of the manifest, without the fields that
	// have their default. Parse reads it back to the same Checked.
	Canonical []byte
	// Digest is the SHA-256 of Canonical.
	Digest Digest

	more *parsedMore // nil where all of it is zero, as in most manifests
}

// parsedMore holds what few manifests have and nobody asks for in a hurry.
type parsedMore struct {
	calls, conditions []capability.Requirement
	timeouts          Timeouts
}

// Calls are the parsed Manifest.Permissions.Calls.
func (c *Checked) Calls() []capability.Requirement {
	if c.more == nil {
		return nil
	}
	return c.more.calls
}

// Conditions are the parsed Manifest.Conditions.Capabilities.
func (c *Checked) Conditions() []capability.Requirement {
	if c.more == nil {
		return nil
	}
	return c.more.conditions
}

// Timeouts are the parsed durations of Manifest.Limits.
func (c *Checked) Timeouts() Timeouts {
	if c.more == nil {
		return Timeouts{}
	}
	return c.more.timeouts
}

// Timeouts are the durations of [Limits]; zero where none is given.
type Timeouts struct{ Start, Stop, Drain, Health, Call time.Duration }

// ModuleCapability is the capability that the module itself is: module/<name>
// with the version of the module.
func (c *Checked) ModuleCapability() capability.Capability {
	return capability.Capability{
		ID:      capability.ID{Namespace: capability.ModuleNamespace, Name: c.Name},
		Version: c.Version,
	}
}
