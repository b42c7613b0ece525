package resolve

import (
	"container/heap"
	"context"
	"errors"
	"slices"
)

// Resolve finds the modules that satisfy p by the rules and preferences of the
// package. It runs on the caller's goroutine and may be called concurrently if
// the universe allows that.
//
// The error is an [*UnsatisfiableError] or [*CycleError] if there provably is
// no solution, a [*BudgetError] if the budget was spent first, or wraps the
// context's.
func Resolve(ctx context.Context, p Problem) (*Solution, error) {
	m := &meter{done: ctx.Err, budget: p.Budget}
	if m.budget <= 0 {
		m.budget = DefaultBudget
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	roots := slices.Clone(p.Roots)
	pl := newPool(p, m)
	s := newSearch(pl, roots, true)
	why, err := s.mandatory()
	switch {
	case err != nil:
		return nil, err
	case why != nil && s.metCycle:
		return nil, withCycles(pl, newSearch(pl, roots, false), why)
	case why != nil:
		return nil, pl.explain(why)
	}
	if err := s.optional(); err != nil {
		return nil, err
	}
	return s.solution(), nil
}

// withCycles tells whether a problem without solution has one if cycles are
// allowed, which s does. If the search for that does not end, the proof why is
// as good.
func withCycles(pl *pool, s *search, why *failure) error {
	still, err := s.mandatory()
	var spent *BudgetError
	switch {
	case errors.As(err, &spent):
		return pl.explain(why)
	case err != nil:
		return err
	case still != nil:
		return pl.explain(still)
	}
	return &CycleError{Cycle: s.shortestCycle(), NoWayAround: pl.explain(why)}
}

// solution tells the caller what was chosen.
func (s *search) solution() *Solution {
	byName := slices.Clone(s.placed)
	slices.SortFunc(byName, func(a, b *placement) int { return compareNames(a.mod.cand, b.mod.cand) })
	bindings := make(map[*placement][]Binding, len(byName))
	for _, p := range byName {
		bindings[p] = s.bindings(p)
		s.orderByWish(p, bindings[p])
	}
	sol := &Solution{Roots: s.bindings(s.root), Steps: s.pool.meter.steps}
	for _, p := range startOrder(byName) {
		sol.Modules = append(sol.Modules, Chosen{p.mod.cand, bindings[p]})
	}
	return sol
}

// bindings returns the answers to the requirements of p.
func (s *search) bindings(p *placement) []Binding {
	if len(p.mod.cand.Requires) == 0 {
		return nil
	}
	all := make([]Binding, len(p.mod.cand.Requires))
	for i, req := range p.mod.cand.Requires {
		all[i].Requirement = req
	}
	for _, e := range p.out {
		switch {
		case e.goal.index == pinnedGoal:
		case e.goal.req.Many:
			for _, o := range chosen(e.goal) {
				all[e.goal.index].Providers = append(all[e.goal.index].Providers, o.mod.cand)
			}
		default:
			all[e.goal.index].Providers = []*Candidate{e.to.mod.cand}
		}
	}
	for _, d := range p.drops {
		all[d.goal.index].Dropped = s.pool.explain(d.why)
	}
	return all
}

// orderByWish starts the providers bound to p before it, as far as that closes
// no cycle. Those that p must have do already.
func (s *search) orderByWish(p *placement, bindings []Binding) {
	for _, b := range bindings {
		if !b.Requirement.Optional && !b.Requirement.Many {
			continue
		}
		for _, c := range b.Providers {
			provider := s.byName[c.Name]
			if way, _ := s.order.link(p, provider); way == nil {
				p.out = append(p.out, edge{goal: &goal{owner: p}, to: provider, orders: true})
			}
		}
	}
}

// startOrder sorts modules, given by name, so that each stands after the
// providers that its ordering edges lead to.
func startOrder(byName []*placement) []*placement {
	waits := make(map[*placement]int, len(byName))
	var ready nameHeap
	for _, p := range byName {
		for _, e := range p.out {
			if e.orders {
				waits[p]++
			}
		}
		if waits[p] == 0 {
			ready = append(ready, p) // sorted, which is a heap
		}
	}
	order := make([]*placement, 0, len(byName))
	for len(ready) > 0 {
		p := heap.Pop(&ready).(*placement)
		order = append(order, p)
		for _, owner := range p.in {
			if waits[owner]--; waits[owner] == 0 {
				heap.Push(&ready, owner)
			}
		}
	}
	return order
}

// nameHeap has the module with the least name on top.
type nameHeap []*placement

func (h nameHeap) Len() int           { return len(h) }
func (h nameHeap) Less(i, j int) bool { return h[i].mod.cand.Name < h[j].mod.cand.Name }
func (h nameHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *nameHeap) Push(x any)        { *h = append(*h, x.(*placement)) }
func (h *nameHeap) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
