package discover

import "github.com/modreg/modreg/capability"

// implies reports whether whoever satisfies r satisfies o. It may miss that it
// is so, where filters differ.
func implies(r, o *capability.Requirement) bool {
	return r.ID == o.ID && r.Range.Subset(o.Range) && (o.Filter.IsZero() || r.Filter.Equal(o.Filter))
}

// simplify drops required capabilities that follow from others, and finds out
// whether the query contradicts itself: such queries would look through the
// whole index for nothing.
func (c *Compiled) simplify() {
	var kept []reqTerm
	for i := range c.require {
		r := &c.require[i].Requirement
		follows := false
		for j := range c.require {
			if o := &c.require[j].Requirement; j != i && implies(o, r) && (j < i || !implies(r, o)) {
				follows = true
				break
			}
		}
		if !follows {
			kept = append(kept, c.require[i])
		}
	}
	c.require = kept
	for i := range c.require {
		r := &c.require[i].Requirement
		c.nothing = c.nothing || r.Range.IsEmpty()
		for j := range c.forbid {
			c.nothing = c.nothing || implies(r, &c.forbid[j].Requirement)
		}
	}
	c.nothing = c.nothing || c.query.ByVersion && c.query.Versions.IsEmpty()
}
