package resolve

import (
	"fmt"
	"maps"

	"github.com/modreg/modreg/capability"
)

// Check reports the first rule of the package that the solution breaks as an
// answer to p, or nil. It asks no universe and shares nothing with the search
// but [Candidate.Satisfies]; so it also tells whether a solution from elsewhere
// still holds. It does not judge preference, nor whether an optional
// requirement had to be dropped.
func (s *Solution) Check(p Problem) error {
	k := newChecker(s, p.Acyclic)
	for _, m := range s.Modules {
		key := slotKey{m.Name, m.Slot}
		if k.slots[key] != nil {
			return fmt.Errorf("solution holds %q beside %q", m, k.slots[key])
		}
		k.slots[key] = m.Candidate
	}
	for _, c := range p.Pinned {
		if c != nil && !k.reach(k.slots[slotKey{c.Name, c.Slot}], c.Version.String()) {
			return fmt.Errorf("pinned %q is not in the solution", c)
		}
	}
	for by, bindings := range s.bindings() {
		wants, who := p.Roots, "the root"
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
		}
	}
	return k.unreached(s)
}

// checker holds what the check of one binding looks up.
type checker struct {
	slots    map[slotKey]*Candidate
	started  map[*Candidate]int // position in start order, from 1
	cycle    map[*Candidate]int // the number of its cycle, from 1
	offering map[capability.ID][]*Candidate
	reached  map[*Candidate]bool
}

func newChecker(s *Solution, acyclic bool) *checker {
	k := &checker{
		slots: map[slotKey]*Candidate{}, started: map[*Candidate]int{}, cycle: map[*Candidate]int{},
		offering: map[capability.ID][]*Candidate{}, reached: map[*Candidate]bool{},
	}
	for i, m := range s.Modules {
		k.started[m.Candidate] = i + 1
		seen := map[capability.ID]bool{m.self(): true}
		k.offering[m.self()] = append(k.offering[m.self()], m.Candidate)
		for _, have := range m.Provides {
			if !seen[have.ID] {
				k.offering[have.ID] = append(k.offering[have.ID], m.Candidate)
			}
			seen[have.ID] = true
		}
	}
	for i, cycle := range s.Cycles {
		for _, c := range cycle {
			if !acyclic {
				k.cycle[c] = i + 1
			}
		}
	}
	return k
}

func (k *checker) reach(c *Candidate, version string) bool {
	if c == nil || c.Version.String() != version {
		return false
	}
	k.reached[c] = true
	return true
}

// fault returns what is wrong with b as the answer to what by wants.
func (k *checker) fault(by *Candidate, want capability.Requirement, b Binding) string {
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
		earlier = earlier || by == nil || k.started[p] < k.started[by] || k.cycle[by] > 0 && k.cycle[by] == k.cycle[p]
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

// unreached reports a module that nothing leads to from the root and the pinned
// modules, if there is one.
func (k *checker) unreached(s *Solution) error {
	bindings := maps.Collect(s.bindings())
	todo := []*Candidate{nil}
	for c := range k.reached {
		todo = append(todo, c)
	}
	for len(todo) > 0 {
		c := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, b := range bindings[c] {
			for _, p := range b.Providers {
				if !k.reached[p] {
					k.reached[p] = true
					todo = append(todo, p)
				}
			}
		}
	}
	for _, m := range s.Modules {
		if !k.reached[m.Candidate] {
			return fmt.Errorf("nothing needs %q", m.Candidate)
		}
	}
	return nil
}
