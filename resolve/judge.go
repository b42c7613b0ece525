package resolve

import "fmt"

// judge rules out those of the modules that cannot be used here.
func (s *solver) judge(list ...int32) {
	if s.exclude == nil && !s.g.guarded {
		return
	}
	for _, m := range list {
		if s.isBanned(m) && s.vars[m<<1].value == 0 && s.holds(fact{factBan, m, 0}) {
			s.assign(modLit(m).not(), reason{banned, m, 0})
		}
	}
}

// isBanned reports whether m cannot be used here.
func (s *solver) isBanned(m int32) bool {
	if s.marks[m]&(markJudged|markPinned) == 0 {
		s.marks[m] |= markJudged
		s.touch(&s.vars[m<<1], m<<1)
		if why := s.fault(m); why != "" {
			if s.bans == nil {
				s.bans = make(map[int32]string)
			}
			s.bans[m] = why
		}
	}
	_, ok := s.bans[m]
	return ok
}

// fault says why m cannot be used here, "" if it can.
func (s *solver) fault(m int32) string {
	c := s.g.mods[m].cand
	if s.allowed[c] {
		return ""
	}
	locked := s.marks[m]&markLocked != 0
	if c.Yanked != "" && !locked {
		return "yanked: " + c.Yanked
	}
	if want, ok := s.digests[m]; ok && want != c.Digest {
		return fmt.Sprintf("its digest is %s, and the lock has %s", c.Digest, want)
	}
	if s.exclude != nil {
		return s.exclude(c)
	}
	return ""
}
