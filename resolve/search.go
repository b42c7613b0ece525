package resolve

import (
	"slices"

	"github.com/modreg/modreg/capability"
)

// task is what a solver is to do.
type task struct {
	problem  Problem
	roots    []capability.Requirement
	rootArcs []arc
	pinned   []int32
	lock     *Lock
	lockBy   map[moduleKey]*Locked // where modules come later
	digests  map[int32]string      // of locked modules, by the lock
	exclude  func(*Candidate) string
	allowed  map[*Candidate]bool // whatever is against them
	acyclic  bool
	only     map[fact]bool // if not nil, the facts that count
	force    *fact         // if not nil, an optional requirement that must be met
}

// holds reports whether a fact counts.
func (s *solver) holds(f fact) bool { return s.only == nil || s.only[f] }

// begin makes true what is given. It reports false for a conflict, as propagate.
func (s *solver) begin() bool {
	for _, m := range s.pinned {
		if s.holds(fact{factPin, m, 0}) && !s.assign(modLit(m), reason{given, m, 0}) {
			return false
		}
	}
	for i, a := range s.rootArcs {
		if !s.holds(fact{factArc, rootModule, int32(i)}) {
			continue
		}
		if !s.follow(a, rootModule, int32(i)) {
			return false
		}
	}
	return true
}

// requirement returns requirement i of m.
func (s *solver) requirement(m int32, i int) *capability.Requirement {
	if m == rootModule {
		return &s.roots[i]
	}
	return &s.g.mods[m].cand.Requires[i]
}

// outcome is how a search ended.
type outcome uint8

const (
	found    outcome = iota
	stopped          // s.err says why
	refuted          // there is no solution; s.conflict rests on no decision
	excluded         // not with these assumptions; s.failed is one that is false
)

// search decides until nothing is open, under assumptions that it makes true
// first, each on a level of its own.
func (s *solver) search(assumptions ...lit) outcome {
	for ok := true; ; {
		if ok {
			ok = s.propagate()
		}
		if s.err != nil {
			return stopped
		}
		if !ok {
			if !s.clash() {
				return stopped
			}
			if ok = s.learn(); !ok {
				return refuted
			}
			continue
		}
		if level := int(s.level()); level < len(assumptions) {
			a := assumptions[level]
			if s.value(a) < 0 {
				s.failed = a
				return excluded
			}
			s.push()
			ok = s.assign(a, reason{kind: assumed})
			continue
		}
		if m := s.next(); m >= 0 {
			s.spend(1)
			s.push()
			ok = s.assign(modLit(m), reason{})
			continue
		}
		if !s.acyclic {
			return found
		}
		m, started := s.startable()
		switch {
		case started:
			return found
		case m >= 0:
			s.push()
			ok = s.assign(modLit(m), reason{})
		default:
			ok = false
		}
	}
}

// next returns the module to decide for: the best for the first need that is
// open, where those whose answers are versions of one module go first. It
// returns -1 if none is open.
func (s *solver) next() int32 {
	for class := range s.open {
		for ; s.at[class] < len(s.open[class]); s.at[class]++ {
			if m := s.best(s.open[class][s.at[class]]); m >= 0 {
				return m
			}
		}
	}
	return -1
}

// best returns the most preferred module that may answer need n, or -1 if a
// chosen one does.
func (s *solver) best(n int32) int32 {
	best := int32(-1)
	list := s.need(n).list
	s.spend(len(list) / glancesPerStep)
	for _, m := range list {
		switch s.vars[m<<1].value {
		case +1:
			return -1
		case 0:
			if best < 0 || s.marks[m]&markLocked > s.marks[best]&markLocked {
				best = m
			}
		}
	}
	return best
}

// picks returns the modules of the solution in the order in which they came.
func (s *solver) picks() []int32 {
	var all []int32
	for _, l := range s.trail {
		if !l.isNeed() && !l.negative() {
			all = append(all, l.id())
		}
	}
	return all
}

// settle makes everything on the trail stand for good, but for modules that
// nothing needs, which it takes out.
func (s *solver) settle(first bool) {
	if first {
		if all := s.picks(); !s.sheds(all) {
			return
		}
	}
	if len(s.levels) == 0 {
		return
	}
	for _, l := range s.trail[s.levels[0].trail:] {
		s.vars[l.variable()].level = 0
	}
	s.levels = s.levels[:0]
}

// sheds drops those of all that nothing needs and settles the rest. It reports
// false if it did; true if there are none.
func (s *solver) sheds(all []int32) bool {
	useful := s.needed(all)
	if len(useful) == len(all) {
		return true
	}
	s.pop(0)
	for _, m := range useful {
		s.assign(modLit(m), reason{given, m, 0})
	}
	s.propagate() // finds no conflict: what it follows is what was found before
	return false
}

// needed returns those of the modules that the root and the pinned ones must
// have, in their order.
func (s *solver) needed(all []int32) []int32 {
	s.stamp++
	var todo []int32
	add := func(m int32) {
		if s.stamps[m] != s.stamp {
			s.stamps[m] = s.stamp
			todo = append(todo, m)
		}
	}
	visit := func(of int32, arcs []arc) {
		for _, a := range arcs {
			if a.kind == needs {
				add(s.provider(of, a.need))
			}
		}
	}
	for _, m := range s.pinned {
		add(m)
	}
	visit(rootModule, s.rootArcs)
	for i := 0; i < len(todo); i++ {
		visit(todo[i], s.g.mods[todo[i]].arcs)
	}
	return slices.DeleteFunc(slices.Clone(all), func(m int32) bool { return s.stamps[m] != s.stamp })
}

// provider returns the chosen module that answers need n of module of: the most
// preferred one that starts before it, if that matters.
func (s *solver) provider(of, n int32) int32 {
	for _, m := range s.need(n).list {
		if s.isChosen(m) && (!s.ranked || of == rootModule || s.ranks[m] < s.ranks[of]) {
			return m
		}
	}
	return -1
}
