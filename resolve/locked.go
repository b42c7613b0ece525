package resolve

// useLock enters the lock of the task.
func (s *solver) useLock(l *Lock) {
	s.lock = l
	if s.g.grows {
		s.lockBy = make(map[moduleKey]*Locked, len(l.Modules))
	}
	for i := range l.Modules {
		e := &l.Modules[i]
		if s.lockBy != nil {
			s.lockBy[moduleKey{e.Name, e.Version}] = e
		}
		if m, ok := s.g.find(e.Name, &e.Version); ok {
			s.lockModule(m, e)
		}
	}
}

// lockFrom does the same for modules that the graph got later.
func (s *solver) lockFrom(first int32) {
	if s.lockBy == nil {
		return
	}
	for m := first; int(m) < len(s.g.mods); m++ {
		c := s.g.mods[m].cand
		if e := s.lockBy[moduleKey{c.Name, c.Version}]; e != nil {
			s.lockModule(m, e)
		}
	}
}

func (s *solver) lockModule(m int32, e *Locked) {
	s.marks[m] |= markLocked
	s.touch(&s.vars[m<<1], m<<1)
	if s.g.guarded && e.Digest != "" && s.g.mods[m].cand.Digest != "" {
		if s.digests == nil {
			s.digests = make(map[int32]string)
		}
		s.digests[m] = e.Digest
	}
}
