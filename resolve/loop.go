package resolve

// Modules that mandatorily need each other in a circle cannot start. That is
// checked when nothing else is open: of the modules that could not start, a set
// whose members have no other providers than members makes a clause, as the
// loop formula of answer set programming does (F. Lin and Y. Zhao, "ASSAT",
// 2004): a member is not there, or one of them has a provider elsewhere.

// startable reports whether the chosen modules can start one after another. If
// not, it returns a module that might help if it were chosen too, or -1 and
// leaves the conflict.
func (s *solver) startable() (helper int32, ok bool) {
	all := s.picks()
	s.ranked = false
	if s.startsAll(all, true) {
		return -1, true
	}
	if s.startsAll(all, false) {
		s.ranked = true
		return -1, true
	}
	loop := s.smallestLoop(all)
	inside := make(map[int32]bool, len(loop))
	for _, m := range loop {
		inside[m] = true
	}
	helper = -1
	facts := make([]fact, 0, len(loop))
	lits := s.scratch[:0]
	for _, m := range loop {
		i := s.blockedBy(m)
		facts = append(facts, fact{factArc, m, i})
		lits = append(lits, modLit(m).not())
		for _, o := range s.need(s.g.mods[m].arcs[i].need).list {
			if inside[o] {
				continue
			}
			lits = append(lits, modLit(o))
			if helper < 0 && s.vars[o<<1].value == 0 {
				helper = o
			}
		}
	}
	if helper >= 0 {
		return helper, false
	}
	s.loops = append(s.loops, facts)
	s.conflict, s.scratch = lits, lits[:0]
	s.conflictWhy = reason{looped, int32(len(s.loops) - 1), 0}
	return -1, false
}

// startsAll starts what can start, in s.ranks, and reports whether that is all.
// A need is answered by any provider that has started; or only by the best one,
// if strict.
func (s *solver) startsAll(all []int32, strict bool) bool {
	type wait struct {
		of   int32
		over bool
	}
	for _, m := range all {
		s.spend(1 + len(s.g.mods[m].arcs))
		s.ranks[m] = -1
	}
	waiting := make(map[int32][]*wait) // by provider
	var ready []int32
	for _, m := range all {
		for i, a := range s.g.mods[m].arcs {
			if a.kind != needs || !s.holds(fact{factArc, m, int32(i)}) {
				continue
			}
			w := &wait{of: m}
			for _, o := range s.need(a.need).list {
				if s.isChosen(o) {
					waiting[o] = append(waiting[o], w)
					if strict {
						break
					}
				}
			}
			s.place[m]++
		}
		if s.place[m] == 0 {
			ready = append(ready, m)
		}
	}
	for i := 0; i < len(ready); i++ {
		s.ranks[ready[i]] = int32(i)
		for _, w := range waiting[ready[i]] {
			if w.over {
				continue
			}
			w.over = true
			if s.place[w.of]--; s.place[w.of] == 0 {
				ready = append(ready, w.of)
			}
		}
	}
	for _, m := range all {
		s.place[m] = 0
	}
	return len(ready) == len(all)
}

// blockedBy returns the first requirement of m without a provider that could
// start.
func (s *solver) blockedBy(m int32) int32 {
	for i, a := range s.g.mods[m].arcs {
		if a.kind == needs && s.holds(fact{factArc, m, int32(i)}) && !s.hasStarted(a.need) {
			return int32(i)
		}
	}
	return -1
}

func (s *solver) hasStarted(n int32) bool {
	for _, m := range s.need(n).list {
		if s.isChosen(m) && s.ranks[m] >= 0 {
			return true
		}
	}
	return false
}

// loopTries is how many modules of a loop are tried for a smaller one.
const loopTries = 32

// smallestLoop returns modules that could not start, with all the chosen
// providers of the requirement that blocks each.
func (s *solver) smallestLoop(all []int32) []int32 {
	var best []int32
	for _, m := range all {
		if s.ranks[m] < 0 {
			best = s.loopFrom(m)
			break
		}
	}
	tries := best[:min(len(best), loopTries)]
	for _, m := range tries {
		if loop := s.loopFrom(m); len(loop) < len(best) {
			best = loop
		}
	}
	return best
}

func (s *solver) loopFrom(m int32) []int32 {
	s.stamp++
	s.stamps[m] = s.stamp
	loop := []int32{m}
	for i := 0; i < len(loop); i++ {
		a := s.g.mods[loop[i]].arcs[s.blockedBy(loop[i])]
		for _, o := range s.need(a.need).list {
			if s.isChosen(o) && s.stamps[o] != s.stamp {
				s.stamps[o] = s.stamp
				loop = append(loop, o)
			}
		}
	}
	return loop
}
