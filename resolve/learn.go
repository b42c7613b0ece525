package resolve

import "slices"

// propagateClauses looks at the clauses in which l, now true, makes a literal
// false.
func (s *solver) propagateClauses(l lit) bool {
	at := s.clauseAt[l.not()]
	if at == 0 {
		return true
	}
	watching := s.clauseList[at]
	s.spend(len(watching))
	keep := watching[:0]
	for i, c := range watching {
		lits := s.clauses[c].lits
		if lits[0] == l.not() {
			lits[0], lits[1] = lits[1], lits[0]
		}
		if s.value(lits[0]) > 0 || !s.rewatch(c, lits) {
			keep = append(keep, c)
		} else {
			continue
		}
		if s.value(lits[0]) > 0 {
			continue
		}
		if !s.assign(lits[0], reason{learned, c, 0}) {
			s.clauseList[at] = append(keep, watching[i+1:]...)
			return false
		}
	}
	s.clauseList[at] = keep
	return true
}

// rewatch finds another literal than lits[1] to watch.
func (s *solver) rewatch(c int32, lits []lit) bool {
	for i := 2; i < len(lits); i++ {
		if s.value(lits[i]) >= 0 {
			s.spend(i / glancesPerStep)
			lits[1], lits[i] = lits[i], lits[1]
			s.watchClause(lits[1], c)
			return true
		}
	}
	s.spend(len(lits) / glancesPerStep)
	return false
}

// watchClause lets clause c be looked at when l becomes false.
func (s *solver) watchClause(l lit, c int32) {
	if s.clauseAt == nil {
		s.clauseAt = make([]int32, 2*len(s.vars))
	}
	at := s.clauseAt[l]
	if at == 0 {
		at = int32(len(s.clauseList))
		s.clauseAt[l] = at
		s.clauseList = append(s.clauseList, nil)
		s.touch(&s.vars[l.variable()], int32(l.variable()))
	}
	s.clauseList[at] = append(s.clauseList[at], c)
}

// forget drops all clauses.
func (s *solver) forget() {
	if s.clauseAt != nil {
		for _, v := range s.touched {
			s.clauseAt[2*v], s.clauseAt[2*v+1] = 0, 0
		}
	}
	s.clauses, s.clauseList = s.clauses[:0], s.clauseList[:1]
}

// learn turns the conflict into a clause that would have avoided it, goes back
// to where the clause leaves one choice, and makes that. It reports false if
// the conflict rests on no decision: there is no solution.
func (s *solver) learn() bool {
	top := int32(0)
	for _, l := range s.conflict {
		top = max(top, s.vars[l.variable()].level)
	}
	if top == 0 {
		return false
	}
	s.pop(top)
	c := s.analyse(top)
	back := int32(0)
	for i := 1; i < len(c.lits); i++ {
		if level := s.vars[c.lits[i].variable()].level; level > back {
			back = level
			c.lits[1], c.lits[i] = c.lits[i], c.lits[1]
		}
	}
	s.pop(back)
	id := int32(len(s.clauses))
	s.clauses = append(s.clauses, c)
	if len(c.lits) > 1 {
		s.watchClause(c.lits[0], id)
		s.watchClause(c.lits[1], id)
	} else if s.clauseAt == nil {
		s.clauseAt = make([]int32, 2*len(s.vars))
	}
	return s.assign(c.lits[0], reason{learned, id, 0})
}

// analyse resolves the conflict with the reasons of its literals, latest first,
// until only one literal of the level is left (the first unique implication
// point), and then without literals that the others imply.
func (s *solver) analyse(level int32) clause {
	c := clause{lits: make([]lit, 1, 8), why: append(make([]reason, 0, 8), s.conflictWhy)}
	left := 0
	var marked []int
	visit := func(lits []lit) {
		s.spend(len(lits))
		for _, l := range lits {
			v := &s.vars[l.variable()]
			if v.seen {
				continue
			}
			v.seen = true
			marked = append(marked, l.variable())
			switch v.level {
			case 0:
				c.why = append(c.why, s.ground(l))
			case level:
				left++
			default:
				c.lits = append(c.lits, l)
			}
		}
	}
	visit(s.conflict)
	at := len(s.trail)
	for {
		for at--; !s.vars[s.trail[at].variable()].seen || s.vars[s.trail[at].variable()].level != level; at-- {
		}
		l := s.trail[at]
		if left--; left == 0 {
			c.lits[0] = l.not()
			break
		}
		why := s.vars[l.variable()].reason
		c.why = append(c.why, why)
		visit(s.causes(s.scratch[:0], why, l))
	}
	s.shorten(&c)
	for _, v := range marked {
		s.vars[v].seen = false
	}
	return c
}

// shorten drops literals of c whose reasons rest on its other literals alone.
func (s *solver) shorten(c *clause) {
	c.lits = slices.DeleteFunc(c.lits, func(l lit) bool {
		if l == c.lits[0] {
			return false
		}
		why := s.vars[l.variable()].reason
		if why.kind == decided || why.kind == assumed {
			return false
		}
		causes := s.causes(s.scratch[:0], why, l.not())
		s.spend(len(causes))
		for _, o := range causes {
			if v := &s.vars[o.variable()]; !v.seen && v.level > 0 {
				return false
			}
		}
		c.why = append(c.why, why)
		for _, o := range causes {
			if v := &s.vars[o.variable()]; v.level == 0 {
				c.why = append(c.why, s.ground(o))
			}
		}
		return true
	})
}

// ground is the reason why l is false whatever is decided.
func (s *solver) ground(l lit) reason {
	v := &s.vars[l.variable()]
	if v.reason.kind == banned {
		return v.reason // the variable itself will be forgotten
	}
	return reason{followed, int32(l.variable()), 0}
}
