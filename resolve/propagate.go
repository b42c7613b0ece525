package resolve

// propagate works out what follows from the literals on the trail. It reports
// false if that is a conflict, which is then in s.conflict, or if the search
// must stop, for which s.err is set.
func (s *solver) propagate() bool {
	for s.head < len(s.trail) {
		l := s.trail[s.head]
		s.head++
		if !s.spend(1) {
			return false
		}
		ok := true
		switch {
		case l.isNeed():
			if !l.negative() {
				ok = s.wanted(l.id())
			}
		case l.negative():
			ok = s.lost(l.id())
		default:
			ok = s.chosen(l.id())
		}
		if !ok || len(s.clauses) > 0 && !s.propagateClauses(l) {
			return false
		}
	}
	return true
}

// chosen follows from module m being in the solution.
func (s *solver) chosen(m int32) bool {
	n := &s.g.mods[m]
	if slot := s.g.slots[n.slot]; len(slot) > 1 {
		for _, o := range slot {
			if o != m && !s.assign(modLit(o).not(), reason{taken, m, 0}) {
				return false
			}
		}
	}
	arcs := n.arcs
	if arcs == nil && len(n.cand.Requires) > 0 {
		if arcs = s.arcs(m); arcs == nil {
			return false
		}
	}
	for i, a := range arcs {
		if s.only != nil && !s.only[fact{factArc, m, int32(i)}] {
			continue
		}
		if !s.follow(a, m, int32(i)) {
			return false
		}
	}
	return true
}

// follow follows from requirement i of m, which is chosen or the root.
func (s *solver) follow(a arc, m, i int32) bool {
	switch a.kind {
	case forbids:
		return s.bar(a.need, m, i)
	case wants:
		if s.force == nil || *s.force != (fact{factArc, m, i}) {
			return true
		}
	}
	return s.vars[a.need<<1|1].value > 0 || s.assign(needLit(a.need), reason{needed, m, i})
}

// arcs asks the graph for the requirements of m. It returns nil if the search
// must stop.
func (s *solver) arcs(m int32) []arc {
	arcs, err := s.g.arcsOf(m)
	if err != nil {
		s.err = err
		return nil
	}
	s.grow()
	return arcs
}

// bar keeps all that a requirement of m forbids out of the solution, but for m.
func (s *solver) bar(n, m, arc int32) bool {
	list := s.need(n).list
	if !s.spend(len(list) / glancesPerStep) {
		return false
	}
	for _, o := range list {
		if o != m && !s.assign(modLit(o).not(), reason{barred, m, arc}) {
			return false
		}
	}
	return true
}

// wanted follows from need n having to be answered.
func (s *solver) wanted(n int32) bool {
	nd := s.need(n)
	if !s.spend(len(nd.list) / glancesPerStep) {
		return false
	}
	if s.exclude != nil || s.g.guarded {
		s.judge(nd.list)
	}
	if nd.slot >= 0 && len(s.g.slots[nd.slot]) > len(nd.list) && !s.narrow(n, nd) {
		return false
	}
	first, second := int32(-1), int32(-1)
	for _, m := range nd.list {
		switch s.vars[m<<1].value {
		case +1:
			return true // and stays so for as long as n is wanted
		case 0:
			if first < 0 {
				first = m
			} else if second < 0 {
				second = m
			}
		}
	}
	switch {
	case first < 0:
		return s.fail(reason{onlyLeft, n, 0})
	case second < 0:
		return s.assign(modLit(first), reason{onlyLeft, n, 0})
	}
	s.observe(n, pair{first, second})
	class := 1
	if nd.slot >= 0 {
		class = 0
	}
	s.open[class] = append(s.open[class], n)
	return true
}

// fail makes a conflict of what why would force, all of it being false.
func (s *solver) fail(why reason) bool {
	s.conflict = s.causes(s.scratch[:0], why)
	s.scratch = s.conflict[:0]
	s.conflictWhy = why
	return false
}

// narrow rules out the versions in the slot of need n that do not answer it.
func (s *solver) narrow(n int32, nd *answers) bool {
	s.stamp++
	s.spend(len(s.g.slots[nd.slot]) / glancesPerStep)
	for _, m := range nd.list {
		s.stamps[m] = s.stamp
	}
	for _, m := range s.g.slots[nd.slot] {
		if s.stamps[m] != s.stamp && !s.assign(modLit(m).not(), reason{outside, n, 0}) {
			return false
		}
	}
	return true
}

// observe lets need n watch two modules.
func (s *solver) observe(n int32, p pair) {
	old := s.watch[n]
	s.watch[n] = p
	for _, m := range [2]int32{p.a, p.b} {
		if m != old.a && m != old.b || old.a == old.b {
			s.watchedBy(m, n)
		}
	}
	s.touch(&s.vars[n<<1|1], n<<1|1)
}

func (s *solver) watchedBy(m, n int32) {
	s.watchers[m] = append(s.watchers[m], n)
	s.touch(&s.vars[m<<1], m<<1)
}

// lost follows from module m being out of the question.
func (s *solver) lost(m int32) bool {
	watching := s.watchers[m]
	keep := watching[:0]
	for i, n := range watching {
		w := &s.watch[n]
		if s.vars[n<<1|1].value <= 0 && (w.a == m || w.b == m) {
			keep = append(keep, n) // it looks at its list when it is wanted again
			continue
		}
		other := w.a
		switch {
		case w.a == m:
			other = w.b
		case w.b != m:
			continue // it watches others now
		}
		if s.isChosen(other) {
			keep = append(keep, n)
			continue
		}
		if next := s.replacement(n, other); next >= 0 {
			*w = pair{other, next}
			s.watchedBy(next, n)
			continue
		}
		keep = append(keep, n)
		if !s.assign(modLit(other), reason{onlyLeft, n, 0}) {
			s.watchers[m] = append(keep, watching[i+1:]...)
			return false
		}
	}
	s.watchers[m] = keep
	return true
}

// replacement returns a module for need n to watch beside other, -1 if there is
// none.
func (s *solver) replacement(n, other int32) int32 {
	list := s.need(n).list
	for i, m := range list {
		if m != other && s.vars[m<<1].value >= 0 {
			s.spend(i / glancesPerStep)
			return m
		}
	}
	s.spend(len(list) / glancesPerStep)
	return -1
}
