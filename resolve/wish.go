package resolve

import "slices"

// wishes decides the optional requirements, which may add modules that have
// optional requirements too. What was decided before stands.
func (s *solver) wishes() bool {
	if !s.g.wishful && !slices.ContainsFunc(s.rootArcs, func(a arc) bool { return a.kind == wants }) {
		return true
	}
	s.settle(true)
	if !s.wishesOf(s.rootArcs) {
		return false
	}
	for i := 0; i < len(s.trail); i++ {
		l := s.trail[i]
		if l.isNeed() || l.negative() {
			continue
		}
		if !s.wishesOf(s.g.mods[l.id()].arcs) {
			return false
		}
	}
	return true
}

// wishesOf answers each optional requirement if that is possible. It reports
// false if the search must stop.
func (s *solver) wishesOf(arcs []arc) bool {
	for _, a := range arcs {
		if a.kind != wants || s.answered(a.need) {
			continue
		}
		if list := s.need(a.need).list; len(list) > 0 {
			switch s.search(needLit(a.need)) {
			case found:
				s.settle(false)
				continue
			case stopped:
				return false
			}
			s.pop(0)
		}
	}
	return true
}

// answered reports whether a chosen module answers need n.
func (s *solver) answered(n int32) bool {
	return slices.ContainsFunc(s.need(n).list, s.isChosen)
}
