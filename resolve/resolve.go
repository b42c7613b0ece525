package resolve

import (
	"context"
	"errors"
	"slices"

	"github.com/modreg/modreg/capability"
)

// Resolve finds the modules that satisfy p by the rules and preferences of the
// package. It runs on the caller's goroutine and may be called concurrently if
// the universe allows that.
//
// The error is an [*UnsatisfiableError] or [*CycleError] if there provably is
// no solution, a [*BudgetError] if the budget was spent first, or wraps the
// context's.
func Resolve(ctx context.Context, p Problem) (*Solution, error) {
	return p.resolve(ctx, nil)
}

// resolve does that with candidates that can be used although they are yanked
// or excluded.
func (p Problem) resolve(ctx context.Context, allowed map[*Candidate]bool) (*Solution, error) {
	s, done, err := p.solver(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	s.allowed = allowed
	if s.begin() {
		if p.Change == ChangeFewest && p.Lock != nil {
			return s.fewest(p)
		}
		switch s.search() {
		case found:
			return s.finish()
		case stopped:
			return nil, s.stopped()
		}
	} else if s.err != nil {
		return nil, s.stopped()
	}
	return nil, s.refute(p)
}

// finish decides the optional requirements and tells the solution.
func (s *solver) finish() (*Solution, error) {
	if !s.wishes() {
		return nil, s.stopped()
	}
	sol := s.solution()
	verify(s.problem, sol)
	return sol, nil
}

// stopped returns why the search had to stop.
func (s *solver) stopped() error {
	if e, ok := errors.AsType[*BudgetError](s.err); ok {
		e.Steps, e.Conflicts = s.steps, s.conflicts
	}
	return s.err
}

// solver returns a solver for p that is ready to begin, and what to call when it
// is no longer used.
func (p Problem) solver(ctx context.Context) (*solver, func(), error) {
	if x, ok := p.Universe.(*Index); ok && x != nil && !p.Lowest && x.graph.has(p.Pinned) {
		return p.attach(ctx, x.graph)
	}
	g := newGraph()
	g.grows, g.lowest = true, p.Lowest
	for _, c := range p.Pinned {
		if c != nil {
			g.pinned = append(g.pinned, g.intern(c))
		}
	}
	return p.attach(ctx, g)
}

// attach does the same on a graph that p was solved on before.
func (p Problem) attach(ctx context.Context, g *graph) (*solver, func(), error) {
	m := newMeter(ctx, p.Budget)
	if m.err != nil {
		return nil, nil, m.err
	}
	s, ok := g.solvers.Get().(*solver)
	if !ok {
		s = newSolver(g)
	}
	s.meter = m
	if g.grows {
		g.mu.Lock()
		g.unknown = func(id capability.ID) ([]offer, error) { return s.ask(p.Universe, id) }
	}
	done := func() {
		s.reset()
		if g.grows {
			g.mu.Unlock()
		}
		g.solvers.Put(s)
	}
	if s.prepare(p); s.err != nil {
		err := s.stopped()
		done()
		return nil, nil, err
	}
	return s, done, nil
}

// has reports whether the candidates are all in the graph.
func (g *graph) has(all []*Candidate) bool {
	for _, c := range all {
		if c == nil {
			continue
		}
		if m, ok := g.byKey[moduleKey{c.Name, c.Version}]; !ok || g.mods[m].cand != c {
			return false
		}
	}
	return true
}

// ask enters what the universe and the pinned modules offer for an ID.
func (s *solver) ask(u Universe, id capability.ID) ([]offer, error) {
	cands := make([]*Candidate, 0, 8)
	for _, m := range s.g.pinned {
		cands = append(cands, s.g.mods[m].cand)
	}
	if u != nil {
		for c := range u.Providers(id) {
			if !s.spend(1) {
				return nil, s.err
			}
			if c != nil {
				cands = append(cands, c)
			}
		}
	}
	slices.SortStableFunc(cands, compareNames)
	var all []offer
	for i, c := range cands {
		if i > 0 && compareNames(cands[i-1], c) == 0 {
			continue
		}
		for have := range c.offers(id) {
			all = append(all, offer{s.g.intern(c), have})
		}
	}
	return all, nil
}

// prepare enters what p asks for. If the search must stop it leaves s.err.
func (s *solver) prepare(p Problem) {
	s.grow()
	s.task = task{problem: p, roots: p.Roots, exclude: p.Exclude, acyclic: p.Acyclic}
	if p.Lock != nil {
		s.useLock(p.Lock)
	}
	for _, c := range p.Pinned {
		if c == nil {
			continue
		}
		m := s.g.byKey[moduleKey{c.Name, c.Version}]
		s.marks[m] |= markPinned
		s.touch(&s.vars[m<<1], m<<1)
		s.pinned = append(s.pinned, m)
	}
	slices.SortFunc(s.pinned, func(a, b int32) int { return compareNames(s.g.mods[a].cand, s.g.mods[b].cand) })
	s.pinned = slices.Compact(s.pinned)
	for i := range p.Roots {
		n, err := s.rootNeed(&p.Roots[i])
		if err != nil {
			s.err = err
			return
		}
		s.rootArcs = append(s.rootArcs, arc{n, kindOf(&p.Roots[i])})
	}
	s.grow()
}

// rootNeed returns the need of a root requirement, which a shared graph may not
// have.
func (s *solver) rootNeed(r *capability.Requirement) (int32, error) {
	if s.g.grows {
		return s.g.needFor(r)
	}
	if n, ok := s.g.known(r); ok {
		return n, nil
	}
	n := int32(len(s.g.needs) + s.extra)
	s.extra++
	s.grow()
	s.known[n] = s.g.listed(s.g.matching(r, s.g.byID[r.ID]))
	return n, nil
}
