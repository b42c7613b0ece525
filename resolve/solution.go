package resolve

import "iter"

// Solution is what [Resolve] found. It belongs to the caller; the candidates in
// it are those that the problem and its universe gave.
type Solution struct {
	Modules []Chosen  // in start order
	Roots   []Binding // Roots[i] answers Problem.Roots[i]

	// Cycles are modules that mandatorily need each other in a circle, each in
	// the order in which they stand in Modules, one after the other.
	Cycles [][]*Candidate

	// Proven tells, of a solution with [ChangeFewest], that no other changes
	// less.
	Proven bool

	Steps     int // what the search took of the budget
	Conflicts int // how often its choices turned out to exclude each other
}

// Chosen is a module of a solution. Its name, version and the rest are those
// of the candidate.
type Chosen struct {
	*Candidate
	Bindings []Binding // Bindings[i] answers Candidate.Requires[i]
}

// Binding is the answer to one requirement.
type Binding struct {
	// Providers are in the solution and never the module that requires. They
	// are empty for a forbidding requirement and for a dropped one, more than
	// one only for Many, and in order of preference.
	Providers []*Candidate

	// Dropped says why an optional requirement has no provider. It is nil for
	// every other one.
	Dropped *Drop
}

// Module returns the module of that name in the solution, the first in start
// order of several that are side by side.
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
func (s *Solution) Dropped() iter.Seq2[*Candidate, *Drop] {
	return func(yield func(*Candidate, *Drop) bool) {
		for by, bindings := range s.bindings() {
			for _, b := range bindings {
				if b.Dropped != nil && !yield(by, b.Dropped) {
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
