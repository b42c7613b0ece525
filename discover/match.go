package discover

import (
	"path"

	"github.com/modreg/modreg/capability"
)

func (d *Doc) moduleID() capability.ID {
	return capability.ID{Namespace: capability.ModuleNamespace, Name: d.Name}
}

// isModule reports whether id is the capability that d provides by being there.
func (d *Doc) isModule(id capability.ID) bool {
	return id.Namespace == capability.ModuleNamespace && id.Name == d.Name
}

// satisfies reports whether d provides what r asks for.
func (d *Doc) satisfies(r *capability.Requirement) bool {
	for i := range d.Provides {
		if p := &d.Provides[i]; p.ID == r.ID && r.Range.Contains(p.Version) && r.Filter.Match(p.Attrs) {
			return true
		}
	}
	return d.isModule(r.ID) && r.Range.Contains(d.Version) && r.Filter.Match(capability.Attrs{})
}

func (k *fieldKey) holds(d *Doc) bool {
	switch k.field {
	case fieldKind:
		return d.Kind == k.val
	case fieldLicence:
		return d.Licence == k.val
	}
	v, ok := d.Metadata[k.key]
	return ok && v == k.val
}

// match reports whether d satisfies every condition of the query but the policy
// and the text. It looks at nothing but the document.
func (c *Compiled) match(d *Doc) bool {
	if !c.query.Health.Has(d.Health) || c.query.Policy == ActiveOnly && !d.Active || !c.matchName(d.Name) {
		return false
	}
	if c.query.ByVersion && !c.query.Versions.Contains(d.Version) {
		return false
	}
	for i := range c.fields {
		if !c.fields[i].holds(d) {
			return false
		}
	}
	for i := range c.require {
		if !d.satisfies(&c.require[i].Requirement) {
			return false
		}
	}
	for i := range c.forbid {
		if d.satisfies(&c.forbid[i].Requirement) {
			return false
		}
	}
	return c.query.Accept == nil || c.query.Accept(d)
}

func (c *Compiled) matchName(name string) bool {
	switch {
	case c.exact:
		return name == c.query.Name
	case c.pattern:
		ok, _ := path.Match(c.query.Name, name)
		return ok
	}
	return true
}

// welcome counts the optional requirements that d satisfies.
func (c *Compiled) welcome(d *Doc) (n int32) {
	for i := range c.optional {
		if d.satisfies(&c.optional[i].Requirement) {
			n++
		}
	}
	return n
}
