package resolve

import (
	"cmp"
	"slices"
)

// fact is what a proof rests on. A requirement is one with all that answers it:
// that there are no others is not called into question.
type fact struct {
	kind factKind
	mod  int32 // rootModule for a requirement of the root
	arc  int32
}

type factKind int8

const (
	factArc factKind = iota // requirement arc of mod
	factPin                 // mod is pinned
	factBan                 // mod cannot be used here
)

// proof returns the facts from which the conflict follows, which rests on no
// decision but for assumptions; those are returned too.
func (s *solver) proof() (facts []fact, assumptions []lit) {
	c := collector{solver: s, facts: map[fact]bool{}, vars: map[int]bool{}, clauses: map[int32]bool{}}
	c.reason(s.conflictWhy)
	for _, l := range s.conflict {
		c.literal(l)
	}
	for len(c.todo) > 0 {
		why := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		c.expand(why)
	}
	return c.sorted(), c.assumed
}

// proofAgainst does the same for a literal that is false.
func (s *solver) proofAgainst(l lit) ([]fact, []lit) {
	s.conflict, s.conflictWhy = []lit{l}, reason{kind: assumed}
	facts, assumptions := s.proof()
	return facts, append(assumptions, l)
}

// collector walks back from a conflict to what was given.
type collector struct {
	*solver
	facts   map[fact]bool
	vars    map[int]bool
	clauses map[int32]bool
	todo    []reason
	assumed []lit
}

// literal collects why l is false.
func (c *collector) literal(l lit) { c.variable(l.variable()) }

func (c *collector) variable(v int) {
	if c.vars[v] {
		return
	}
	c.vars[v] = true
	st := &c.solver.vars[v]
	l := lit(v << 1)
	if st.value < 0 {
		l = l.not()
	}
	if st.reason.kind == assumed {
		c.assumed = append(c.assumed, l)
	}
	c.reason(st.reason)
	for _, o := range c.causes(nil, st.reason, l) {
		c.literal(o)
	}
}

func (c *collector) reason(why reason) { c.todo = append(c.todo, why) }

// expand collects what a reason rests on, but for the literals it is made of.
func (c *collector) expand(why reason) {
	switch why.kind {
	case given:
		c.facts[fact{factPin, why.a, 0}] = true
	case banned:
		c.facts[fact{factBan, why.a, 0}] = true
	case needed, barred, lacking:
		c.facts[fact{factArc, why.a, why.b}] = true
	case looped:
		for _, f := range c.loops[why.a] {
			c.facts[f] = true
		}
	case followed:
		c.variable(int(why.a))
	case learned:
		if !c.clauses[why.a] {
			c.clauses[why.a] = true
			c.todo = append(c.todo, c.solver.clauses[why.a].why...)
		}
	}
}

func (c *collector) sorted() []fact {
	all := make([]fact, 0, len(c.facts))
	for f := range c.facts {
		all = append(all, f)
	}
	c.sortFacts(all)
	return all
}

// sortFacts puts the facts of the root first, then those of modules by name.
func (s *solver) sortFacts(all []fact) {
	slices.SortFunc(all, func(a, b fact) int {
		if a.mod != b.mod {
			if a.mod == rootModule || b.mod == rootModule {
				return less(a.mod == rootModule)
			}
			return compareNames(s.g.mods[a.mod].cand, s.g.mods[b.mod].cand)
		}
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.arc, b.arc))
	})
}
