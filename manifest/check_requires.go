package manifest

import (
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

func (c *checker) requires(n *Manifest) {
	if len(n.Requires) == 0 {
		n.Requires = nil
		return
	}
	if len(n.Requires) > MaxRequires {
		c.tooMany("requires", len(n.Requires), MaxRequires)
		return
	}
	n.Requires = slices.Clone(n.Requires)
	c.out.Requires = make([]capability.Requirement, len(n.Requires))
	var seen names
	for i := range n.Requires {
		r := &n.Requires[i]
		before := len(c.found)
		c.out.Requires[i] = c.requirement(r, i)
		// What is needed is compared, not whether one can do without.
		if text := r.Capability + " " + r.Range + " where " + r.Filter; len(c.found) == before && !seen.add(text) {
			c.add(at("requires", i), "the same is required twice", "keep one of the two")
		}
	}
}

// requirement parses one requirement and puts its texts in canonical form.
func (c *checker) requirement(r *Requirement, i int) capability.Requirement {
	out := capability.Requirement{Optional: r.Optional, Many: r.Many, Forbid: r.Forbid}
	var err error
	if out.ID, err = capability.ParseID(r.Capability); r.Capability == "" {
		c.add(at("requires", i, "capability"), "is missing", "")
	} else if err != nil {
		c.refused(at("requires", i, "capability"), "the name of a capability", r.Capability, err, "")
	}
	r.Range = orDefault(r.Range, DefaultRange)
	if r.Range != DefaultRange {
		if out.Range, err = semver.ParseRange(r.Range); err != nil {
			c.refused(at("requires", i, "range"), "a range of versions", r.Range, err, `such as "^1.2" or ">=1 <3"`)
		} else if out.Range.IsEmpty() {
			c.add(at("requires", i, "range"), "no version is in "+quoted(r.Range), "")
		}
		r.Range = out.Range.String()
	}
	if r.Filter != "" {
		if out.Filter, err = capability.ParseFilter(r.Filter); err != nil {
			c.refused(at("requires", i, "filter"), "a filter", r.Filter, err, `such as lang = "en"`)
		}
		r.Filter = out.Filter.String()
	}
	if r.Forbid && r.Optional {
		c.add(at("requires", i), "is both forbidden and optional", "keep one of the two")
	}
	if r.Forbid && r.Many {
		c.add(at("requires", i), "is forbidden and asks for many", "keep one of the two")
	}
	return out
}

// requirements parses a list of requirements in text form, and gives their
// canonical texts too.
func (c *checker) requirements(texts []string, path ...any) ([]string, []capability.Requirement) {
	if len(texts) == 0 {
		return nil, nil
	}
	if len(texts) > MaxListed {
		c.tooMany(at(path...), len(texts), MaxListed)
		return nil, nil
	}
	canonical := make([]string, len(texts))
	parsed := make([]capability.Requirement, len(texts))
	var seen names
	for i, text := range texts {
		r, err := capability.ParseRequirement(text)
		if err != nil {
			c.refused(at(append(path, i)...), "a requirement", text, err, `such as "text.process ^1"`)
			continue
		}
		if r.Range.IsEmpty() {
			c.add(at(append(path, i)...), "no version is in the range of "+quoted(text), "")
		}
		canonical[i], parsed[i] = r.String(), r
		if !seen.add(canonical[i]) {
			c.add(at(append(path, i)...), quoted(text)+" stands twice", "keep one of the two")
		}
	}
	return canonical, parsed
}
