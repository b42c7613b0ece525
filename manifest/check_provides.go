package manifest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

func (c *checker) provides(n *Manifest) {
	if len(n.Provides) == 0 {
		n.Provides = nil
		return
	}
	if len(n.Provides) > MaxProvides {
		c.tooMany("provides", len(n.Provides), MaxProvides)
		return
	}
	n.Provides = slices.Clone(n.Provides)
	c.out.Provides = make([]capability.Capability, len(n.Provides))
	var seen names
	for i := range n.Provides {
		p := &n.Provides[i]
		c.out.Provides[i] = c.provision(p, i)
		if p.Capability != "" && !seen.add(p.Capability) {
			c.add(at("provides", i, "capability"), quoted(p.Capability)+" is provided twice", "keep one of the two")
		}
	}
}

func (c *checker) provision(p *Provision, i int) capability.Capability {
	id, err := capability.ParseID(p.Capability)
	switch {
	case p.Capability == "":
		c.add(at("provides", i, "capability"), "is missing", "")
	case err != nil:
		c.refused(at("provides", i, "capability"), "the name of a capability", p.Capability, err, "")
	case id.Namespace == capability.ModuleNamespace:
		c.add(at("provides", i, "capability"), quoted(p.Capability)+" is a module, not something to provide",
			"leave it out: every module is the capability module/<name> by itself")
	}
	p.Version = orDefault(p.Version, DefaultVersion)
	version, err := semver.Parse(p.Version)
	if err != nil {
		c.refused(at("provides", i, "version"), "a version", p.Version, err, fixVersion)
	}
	attrs := c.attributes(p, i)
	c.contract(p, i)
	return capability.Capability{ID: id, Version: version, Attrs: attrs}
}

func (c *checker) attributes(p *Provision, i int) capability.Attrs {
	if len(p.Attributes) == 0 {
		p.Attributes = nil
		return capability.Attrs{}
	}
	if len(p.Attributes) > MaxAttributes {
		c.tooMany(at("provides", i, "attributes"), len(p.Attributes), MaxAttributes)
		return capability.Attrs{}
	}
	p.Attributes = cloneMap(p.Attributes)
	list := make([]capability.Attr, 0, len(p.Attributes))
	for name, value := range p.Attributes {
		list = append(list, capability.Attr{Name: name, Value: value})
	}
	attrs, err := capability.NewAttrs(list...)
	if err != nil {
		for _, name := range sortedKeys(p.Attributes) {
			if err := checkAttribute(name, p.Attributes[name]); err != nil {
				c.refused(at("provides", i, "attributes", name), "an attribute", name, err, "")
			}
		}
	}
	return attrs
}

// checkAttribute checks one attribute by itself.
func checkAttribute(name string, value capability.Value) error {
	_, err := capability.NewAttrs(capability.Attr{Name: name, Value: value})
	return err
}

// cloneMap copies a map into one that is no larger than it must be.
func cloneMap[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	maps.Copy(out, m)
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func (c *checker) contract(p *Provision, i int) {
	if p.Contract == nil || len(p.Contract.Operations) == 0 {
		p.Contract = nil
		return
	}
	if count := len(p.Contract.Operations); count > MaxOperations {
		c.tooMany(at("provides", i, "contract", "operations"), count, MaxOperations)
		return
	}
	operations := slices.Clone(p.Contract.Operations)
	var seen names
	for j := range operations {
		op := &operations[j]
		path := []any{"provides", i, "contract", "operations", j}
		switch {
		case !isOperation(op.Name):
			c.add(at(append(path, "name")...), quoted(op.Name)+" is not the name of an operation",
				fmt.Sprintf("letters and digits with single '.', '-', '_' or '/' between, at most %d bytes", maxOperation))
		case !seen.add(op.Name):
			c.add(at(append(path, "name")...), quoted(op.Name)+" stands twice", "an operation has one description")
		}
		op.Input = c.operationSchema(op.Input, path, "input")
		op.Output = c.operationSchema(op.Output, path, "output")
	}
	p.Contract = &Contract{Operations: operations}
}

const (
	maxOperation   = 128
	operationDepth = 6 // manifest, provides, provision, contract, operations, operation
)

func (c *checker) operationSchema(raw json.RawMessage, path []any, field string) json.RawMessage {
	return c.schema(raw, operationDepth, append(path, field)...)
}

// isOperation tells whether s names an operation: case counts, because
// operations are methods in many languages.
func isOperation(s string) bool {
	if s == "" || len(s) > maxOperation || isDigit(s[0]) {
		return false
	}
	joined := true // whether s[i-1] is a separator, or there is none
	for i := range len(s) {
		word := isLetterOrDigit(s[i])
		if !word && (joined || !strings.ContainsRune(".-_/", rune(s[i]))) {
			return false
		}
		joined = !word
	}
	return !joined
}
