package resolve

import (
	"fmt"
	"iter"

	"github.com/modreg/modreg/capability"
)

// Solution is what [Resolve] found. It belongs to the caller; the candidates in
// it are those that the problem and its universe gave.
type Solution struct {
	Modules []Chosen  // in start order
	Roots   []Binding // Roots[i] answers Problem.Roots[i]
	Steps   int       // what the search took of the budget
}

// Chosen is a module of a solution. Its name, version and the rest are those
// of the candidate.
type Chosen struct {
	*Candidate
	Bindings []Binding // Bindings[i] answers Candidate.Requires[i]
}

// Binding is the answer to one requirement.
type Binding struct {
	Requirement capability.Requirement

	// Providers are in the solution and never the module that requires. They
	// are empty for a forbidding requirement and for a dropped one, more than
	// one only for Many, and in order of preference.
	Providers []*Candidate

	// Dropped says why an optional requirement has no provider. It is nil for
	// every other one.
	Dropped *UnsatisfiableError
}

// Module returns the module of that name in the solution.
func (s *Solution) Module(name string) (Chosen, bool) {
	for _, m := range s.Modules {
		if m.Name == name {
			return m, true
		}
	}
	return Chosen{}, false
}

// Dropped yields the optional requirements that the solution does without,
// those of the roots first and then by module in start order, each with the
// module that states it, nil for a root.
func (s *Solution) Dropped() iter.Seq2[*Candidate, Binding] {
	return func(yield func(*Candidate, Binding) bool) {
		for by, bindings := range s.bindings() {
			for _, b := range bindings {
				if b.Dropped != nil && !yield(by, b) {
					return
				}
			}
		}
	}
}

// bindings yields the bindings of the roots, then of each module.
func (s *Solution) bindings() iter.Seq2[*Candidate, []Binding] {
	return func(yield func(*Candidate, []Binding) bool) {
		if !yield(nil, s.Roots) {
			return
		}
		for _, m := range s.Modules {
			if !yield(m.Candidate, m.Bindings) {
				return
			}
		}
	}
}

// Check reports the first rule of the package that the solution breaks for the
// roots and pinned modules given, or nil. It asks no universe and shares
// nothing with the search but [Candidate.Satisfies]; so it also tells whether a
// solution from elsewhere, such as a lock file, still holds. It does not judge
// preference, nor whether an optional requirement had to be dropped.
func (s *Solution) Check(roots []capability.Requirement, pinned ...*Candidate) error {
	k := checker{map[*Candidate]int{}, map[capability.ID][]*Candidate{}}
	named, needed := map[string]*Candidate{}, map[*Candidate]bool{}
	for i, m := range s.Modules {
		if named[m.Name] != nil {
			return fmt.Errorf("solution holds module %q twice", m.Name)
		}
		named[m.Name], k.started[m.Candidate] = m.Candidate, i+1
		for id := range m.provided() {
			k.offering[id] = append(k.offering[id], m.Candidate)
		}
	}
	for _, c := range pinned {
		if c == nil {
			continue
		}
		in := named[c.Name]
		if in == nil || in.Version != c.Version {
			return fmt.Errorf("pinned %q is not in the solution", c)
		}
		needed[in] = true
	}
	for by, bindings := range s.bindings() {
		wants, who := roots, "the root"
		if by != nil {
			wants, who = by.Requires, by.String()
		}
		if len(wants) != len(bindings) {
			return fmt.Errorf("%s has %d requirements and %d bindings", who, len(wants), len(bindings))
		}
		for i, b := range bindings {
			if fault := k.fault(by, wants[i], b); fault != "" {
				return fmt.Errorf("%q of %s %s", wants[i], who, fault)
			}
			for _, p := range b.Providers {
				needed[p] = true
			}
		}
	}
	for _, m := range s.Modules {
		if !needed[m.Candidate] {
			return fmt.Errorf("nothing needs %q", m.Candidate)
		}
	}
	return nil
}

// checker holds what the check of one binding looks up.
type checker struct {
	started  map[*Candidate]int // position in start order, from 1
	offering map[capability.ID][]*Candidate
}

// fault returns what is wrong with b as the answer to what by wants.
func (k checker) fault(by *Candidate, want capability.Requirement, b Binding) string {
	matching := map[*Candidate]bool{}
	for _, c := range k.offering[want.ID] {
		if c != by && c.Satisfies(want) {
			matching[c] = true
		}
	}
	earlier := false
	for _, p := range b.Providers {
		if !matching[p] {
			return fmt.Sprintf("cannot be provided by %q", p)
		}
		earlier = earlier || by == nil || k.started[p] < k.started[by]
	}
	bound := len(b.Providers)
	switch {
	case want.Forbid && len(matching) > 0:
		return "is provided all the same"
	case want.Forbid:
		return ""
	case want.Many && bound != len(matching), !want.Many && bound > 1:
		return fmt.Sprintf("is bound to %d of %d providers", bound, len(matching))
	case !want.Optional && !earlier:
		return "has no provider that starts before"
	case bound == 0 && len(matching) > 0:
		return "is dropped although it has a provider"
	case (bound == 0) != (b.Dropped != nil):
		return "is not either bound or dropped"
	}
	return ""
}
