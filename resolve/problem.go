package resolve

import (
	"cmp"
	"iter"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// DefaultBudget is the number of steps that [Resolve] takes where
// [Problem].Budget is not positive.
const DefaultBudget = 1_000_000

// Candidate is one version of a module that a solution may choose. Neither it
// nor what it refers to may change while a [Resolve] that can reach it runs.
type Candidate struct {
	Name    string         // the module's name, unchecked here
	Version semver.Version // the module's version; build metadata tells candidates apart

	// Provides is what the module offers. The module itself, module/<Name> at
	// Version, is always offered; listing it gives it attributes.
	Provides []capability.Capability

	// Requires is what the module needs, of any kind, in the order in which
	// [Chosen].Bindings answers.
	Requires []capability.Requirement

	Rank      int  // between providers alike in version, the higher is chosen
	Preferred bool // chosen before any other version or provider: running, active or locked
	Ref       any  // the caller's own; never looked at
}

// String returns name@version.
func (c *Candidate) String() string { return c.Name + "@" + c.Version.String() }

// Satisfies reports whether the candidate offers a capability that r matches.
// Optional, Many and Forbid of r do not matter.
func (c *Candidate) Satisfies(r capability.Requirement) bool {
	_, ok := c.offer(&r)
	return ok
}

// offer returns the highest version at which c offers what r matches.
func (c *Candidate) offer(r *capability.Requirement) (best semver.Version, ok bool) {
	for have := range c.offers(r.ID) {
		if r.Matches(have) && (!ok || have.Version.Compare(best) > 0) {
			best, ok = have.Version, true
		}
	}
	return best, ok
}

// offers yields every capability with the ID that c offers, implied included.
func (c *Candidate) offers(id capability.ID) iter.Seq[capability.Capability] {
	return func(yield func(capability.Capability) bool) {
		for _, have := range c.Provides {
			if have.ID == id && !yield(have) {
				return
			}
		}
		if id == c.self() {
			yield(capability.Capability{ID: id, Version: c.Version})
		}
	}
}

// provided yields the ID of every capability that c offers. IDs may repeat.
func (c *Candidate) provided() iter.Seq[capability.ID] {
	return func(yield func(capability.ID) bool) {
		for _, have := range c.Provides {
			if !yield(have.ID) {
				return
			}
		}
		yield(c.self())
	}
}

func (c *Candidate) self() capability.ID {
	return capability.ID{Namespace: capability.ModuleNamespace, Name: c.Name}
}

// compareNames orders candidates by name, then from the newest version to the
// oldest. It is total over the candidates of a universe.
func compareNames(a, b *Candidate) int {
	return cmp.Or(
		cmp.Compare(a.Name, b.Name),
		b.Version.Compare(a.Version),
		cmp.Compare(b.Version.Build(), a.Version.Build()),
	)
}

// Universe answers which candidates there are. A call of [Resolve] asks it at
// most once for an ID, and only for IDs that the root or a module which the
// search tried requires, mandatorily or optionally.
type Universe interface {
	// Providers yields all candidates that offer a capability with the ID, in
	// any order; for module/<name> that is every version of the module. It may
	// yield others, which are ignored, and nil, which is too. No two different
	// candidates share name and version; the same one may be yielded often.
	Providers(id capability.ID) iter.Seq[*Candidate]
}

// UniverseFunc is a function that is a [Universe].
type UniverseFunc func(id capability.ID) iter.Seq[*Candidate]

// Providers calls f.
func (f UniverseFunc) Providers(id capability.ID) iter.Seq[*Candidate] { return f(id) }

// Index is a [Universe] of candidates in memory. It is immutable and safe for
// concurrent use. A nil *Index is empty.
type Index struct {
	byID map[capability.ID][]*Candidate
}

// NewIndex returns the index of the candidates, which it keeps and which must
// not change from then on. Nil candidates are left out.
func NewIndex(candidates ...*Candidate) *Index {
	byID := make(map[capability.ID][]*Candidate, len(candidates))
	for _, c := range candidates {
		if c == nil {
			continue
		}
		for id := range c.provided() {
			if have := byID[id]; len(have) == 0 || have[len(have)-1] != c {
				byID[id] = append(have, c)
			}
		}
	}
	return &Index{byID}
}

// Providers yields the candidates that offer the ID, in the order in which
// they were given.
func (x *Index) Providers(id capability.ID) iter.Seq[*Candidate] {
	return func(yield func(*Candidate) bool) {
		if x == nil {
			return
		}
		for _, c := range x.byID[id] {
			if !yield(c) {
				return
			}
		}
	}
}

// Problem is what to resolve. The zero value is satisfied by no modules.
type Problem struct {
	Universe Universe // nil has no candidates

	// Roots must be satisfied, each by its own kind: an optional root may be
	// dropped, a forbidding root keeps matching modules out of the solution.
	Roots []capability.Requirement

	// Pinned are modules that are in the solution, known to the universe or
	// not, such as those that run and must stay. Nil entries are ignored.
	Pinned []*Candidate

	// Budget limits the steps of the whole call, [DefaultBudget] if not
	// positive. A step is one candidate that the universe yields or the search
	// tries, or a few that it only looks at, which makes the limit the same on
	// every machine. A million take about a second.
	Budget int
}
