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
		var ok bool
		switch {
		case l.isNeed() && l.negative():
			ok = s.unmet(l.id())
		case l.isNeed():
			ok = s.wanted(l.id())
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
	first := s.marks[m]&markFollowed == 0
	s.marks[m] |= markFollowed
	for i, a := range arcs {
		if s.only != nil && !s.only[fact{factArc, m, int32(i)}] {
			continue
		}
		if first && a.kind == needs {
			s.needers[a.need] = append(s.needers[a.need], m)
			s.touch(&s.vars[a.need<<1|1], a.need<<1|1)
		}
		if !s.follow(a, m, int32(i)) {
			s.marks[m] &^= markFollowed // perhaps not all of its needs know
			return false
		}
	}
	return true
}

// unmet follows from need n having no answer: whoever has it cannot be chosen.
func (s *solver) unmet(n int32) bool {
	for _, m := range s.needers[n] {
		if !s.spend(1) || !s.assign(modLit(m).not(), reason{lacking, m, s.arcWith(m, n)}) {
			return false
		}
	}
	return true
}

// arcWith returns the requirement of m that need n is.
func (s *solver) arcWith(m, n int32) int32 {
	for i, a := range s.g.mods[m].arcs {
		if a.need == n && a.kind == needs && s.holds(fact{factArc, m, int32(i)}) {
			return int32(i)
		}
	}
	return -1
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
	s.judge(nd.list...)
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
		if len(nd.list) == 1 {
			s.observe(n, pair{first + 1, 0})
		}
		return s.assign(modLit(first), reason{onlyLeft, n, 0})
	}
	s.observe(n, pair{first + 1, second + 1})
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

// observe lets need n watch other modules than before.
func (s *solver) observe(n int32, p pair) {
	old := s.watch[n]
	if p == old {
		return
	}
	s.watch[n] = p
	for _, m := range [2]int32{p.a, p.b} {
		if m != 0 && m != old.a && m != old.b {
			s.watchedBy(m-1, n)
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
		other := w.a
		switch m + 1 {
		case w.a:
			other = w.b
		case w.b:
		default:
			continue // it watches others now
		}
		wanted := s.vars[n<<1|1].value
		if wanted < 0 || other != 0 && s.isChosen(other-1) {
			keep = append(keep, n)
			continue
		}
		if next := s.replacement(n, other-1); next >= 0 {
			*w = pair{other, next + 1}
			s.watchedBy(next, n)
			continue
		}
		keep = append(keep, n)
		if !s.last(n, other-1, wanted > 0) {
			s.watchers[m] = append(keep, watching[i+1:]...)
			return false
		}
	}
	s.watchers[m] = keep
	return true
}

// last follows from no module being left to answer need n but perhaps m, which
// is -1 for none.
func (s *solver) last(n, m int32, wanted bool) bool {
	if m >= 0 {
		s.judge(m) // it may be that n is wanted and has not come to that yet
	}
	open := m >= 0 && s.vars[m<<1].value == 0
	switch {
	case wanted && open:
		return s.assign(modLit(m), reason{onlyLeft, n, 0})
	case wanted:
		return s.fail(reason{onlyLeft, n, 0})
	case open:
		return true
	}
	return s.assign(needLit(n).not(), reason{noneLeft, n, 0})
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
