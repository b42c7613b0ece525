package resolve

// Drop says why a solution does without an optional requirement.
type Drop struct {
	// Need is the requirement and who states it.
	Need Need

	// Missing tells that no candidate matches the requirement at all. Otherwise
	// none fits beside the modules chosen.
	Missing bool

	fact fact
	base *base
}

// base is a solution that an optional requirement does not fit beside: the
// problem, with all modules of the solution pinned.
type base struct {
	problem Problem
	graph   *graph
}

// String returns one line.
func (d *Drop) String() string {
	if d.Missing {
		return "nothing provides " + d.Need.Requirement.String()
	}
	return "no provider of " + d.Need.Requirement.String() + " fits beside the modules chosen"
}

// Why returns the proof that the requirement cannot be met beside the modules
// of the solution, or nil if it is not found within the budget. It searches
// anew.
func (d *Drop) Why() *UnsatisfiableError {
	r := &refutation{problem: d.base.problem, graph: d.base.graph, forced: &d.fact}
	var ok bool
	if r.core, ok = r.solve(nil); !ok || r.core == nil {
		return nil
	}
	return &UnsatisfiableError{r}
}

// dropped returns why requirement i of a module has no answer.
func (b *binder) dropped(of, i int32, a arc) *Drop {
	if b.base == nil {
		p := b.problem
		p.Lock, p.Change = nil, ChangePrefer
		p.Pinned = make([]*Candidate, len(b.mods))
		for j, m := range b.mods {
			p.Pinned[j] = b.g.mods[m].cand
		}
		b.base = &base{p, b.g}
	}
	d := &Drop{
		Need:    Need{Requirement: *b.requirement(of, int(i))},
		Missing: len(b.need(a.need).list) == 0,
		fact:    fact{factArc, of, i},
		base:    b.base,
	}
	if of != rootModule {
		d.Need.By = b.g.mods[of].cand
	}
	return d
}
