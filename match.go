package modreg

import (
	"fmt"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// A LookupOption narrows what [Lookup] finds.
type LookupOption interface{ applyLookup(*lookup) }

// A RequireOption narrows or relaxes what [Require] asks for.
type RequireOption interface{ applyRequire(*requirement) }

// A MatchOption narrows which providers match: [Where], [Filter] and [Range]. It serves [Lookup] and [Require].
type MatchOption interface {
	LookupOption
	RequireOption
}

// match is what the providers of one capability are held against.
type match struct {
	rangeText string
	filters   []capability.Filter
	errs      []error
}

type requirement struct {
	match
	optional, many bool
}

type lookup struct {
	match
	from    string
	missing bool
}

type matchOption func(*match)

func (f matchOption) applyLookup(l *lookup)       { f(&l.match) }
func (f matchOption) applyRequire(q *requirement) { f(&q.match) }

type requireOption func(*requirement)

func (f requireOption) applyRequire(q *requirement) { f(q) }

type lookupOption func(*lookup)

func (f lookupOption) applyLookup(l *lookup) { f(l) }

// Where matches providers whose attribute has the value; a set matches if it contains the value.
func Where[V AttrValue](name string, value V) MatchOption {
	return matchOption(func(m *match) { m.filters = append(m.filters, capability.Equals(name, attrValue(value))) })
}

// Filter matches providers whose attributes satisfy an expression such as `pages >= 3 and lang in ["de", "en"]`;
// package capability has the grammar.
func Filter(expr string) MatchOption {
	return matchOption(func(m *match) {
		f, err := capability.ParseFilter(expr)
		if err != nil {
			m.errs = append(m.errs, invalid(fmt.Sprintf("filter %q", expr), err))
			return
		}
		m.filters = append(m.filters, f)
	})
}

// Range matches providers whose version of the capability is in the range, such as "^1.2" or ">=1 <3".
// Without it every release matches, and no pre-release.
func Range(expr string) MatchOption {
	return matchOption(func(m *match) {
		if m.rangeText != "" {
			m.errs = append(m.errs, &Error{
				Code: CodeInvalid, What: fmt.Sprintf("range %q", expr), Why: fmt.Sprintf("the range %q is given already", m.rangeText),
			})
		}
		m.rangeText = expr
	})
}

// From matches the module with the name only, whichever of its versions matches otherwise.
func From(module string) LookupOption {
	return lookupOption(func(l *lookup) { l.from = module })
}

// AllowMissing makes [Lookup] return a handle even if nothing provides the capability yet. The handle answers
// CodeUnavailable until something does.
func AllowMissing() LookupOption {
	return lookupOption(func(l *lookup) { l.missing = true })
}

// Optional makes a requirement one that a module can do without: it starts all the same, and its handle
// answers CodeUnavailable until a provider appears.
func Optional() RequireOption {
	return requireOption(func(q *requirement) { q.optional = true })
}

// Many makes a requirement ask for every provider instead of the best one; see [NeedAll].
func Many() RequireOption {
	return requireOption(func(q *requirement) { q.many = true })
}

func (m *match) filter() capability.Filter { return capability.And(m.filters...) }

// requirement is the match as a requirement on id.
func (m *match) requirement(id capability.ID) (capability.Requirement, error) {
	req := capability.Requirement{ID: id, Filter: m.filter()}
	if len(m.errs) > 0 {
		return req, m.errs[0]
	}
	if err := req.Filter.Check(); err != nil {
		return req, invalid(fmt.Sprintf("filter for %q", id), err)
	}
	var err error
	if req.Range, err = semver.ParseRange(m.rangeText); err != nil {
		return req, invalid(fmt.Sprintf("range for %q", id), err)
	}
	return req, nil
}
