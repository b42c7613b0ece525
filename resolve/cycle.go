package resolve

import (
	"maps"
	"slices"
)

// cycleWork limits the search for the shortest cycle, in edges looked at.
const cycleWork = 500_000

// shortestCycle returns a shortest cycle among the modules that can never
// start. There is one: the state satisfies everything, but in no order.
func (s *search) shortestCycle() []CycleStep {
	needs := s.blocked()
	starts := slices.SortedFunc(maps.Keys(needs), func(a, b *placement) int {
		return compareNames(a.mod.cand, b.mod.cand)
	})
	var best []CycleStep
	work := 0
	for _, p := range starts {
		if work > cycleWork && best != nil {
			break
		}
		if found := cycleFrom(p, needs, len(best), &work); found != nil {
			best = found
		}
	}
	return fromLeastName(best)
}

// blocked starts whatever can start, and returns the modules that are left,
// each with its requirements that only others left could provide.
func (s *search) blocked() map[*placement][]edge {
	type wait struct {
		edges []edge // to every provider
		over  bool
	}
	waits := make(map[*placement][]*wait)
	ends := make(map[*placement][]*wait) // by provider
	unmet := make(map[*placement]int)
	var started []*placement
	for _, p := range s.placed {
		for _, e := range p.out {
			w := &wait{}
			for _, o := range chosen(e.goal) {
				w.edges = append(w.edges, edge{goal: e.goal, to: o.mod.at})
				ends[o.mod.at] = append(ends[o.mod.at], w)
			}
			waits[p] = append(waits[p], w)
		}
		if unmet[p] = len(waits[p]); unmet[p] == 0 {
			started = append(started, p)
		}
	}
	for i := 0; i < len(started); i++ {
		for _, w := range ends[started[i]] {
			owner := w.edges[0].goal.owner
			if w.over || owner == s.root {
				continue
			}
			w.over = true
			if unmet[owner]--; unmet[owner] == 0 {
				started = append(started, owner)
			}
		}
	}
	left := make(map[*placement][]edge)
	for _, p := range s.placed {
		for _, w := range waits[p] {
			if !w.over {
				left[p] = append(left[p], w.edges...)
			}
		}
	}
	return left
}

// cycleFrom returns a shortest cycle through start that is shorter than limit,
// if limit is not 0, or nil. It adds to work the edges that it looks at.
func cycleFrom(start *placement, needs map[*placement][]edge, limit int, work *int) []CycleStep {
	reached := map[*placement]edge{}
	depth := map[*placement]int{start: 0}
	found := []*placement{start}
	for i := 0; i < len(found); i++ {
		p := found[i]
		if limit > 0 && depth[p]+1 >= limit {
			return nil
		}
		for _, e := range needs[p] {
			*work++
			if _, ok := reached[e.to]; ok {
				continue
			}
			reached[e.to] = e
			if e.to == start {
				return stepsTo(start, reached)
			}
			depth[e.to] = depth[p] + 1
			found = append(found, e.to)
		}
	}
	return nil
}

// stepsTo follows the edges by which a search from start came back to it.
func stepsTo(start *placement, reached map[*placement]edge) []CycleStep {
	var steps []CycleStep
	for p := start; len(steps) == 0 || p != start; p = reached[p].goal.owner {
		steps = append(steps, reached[p].goal.step(p.mod))
	}
	slices.Reverse(steps)
	return steps
}

// fromLeastName turns the cycle so that it starts at the least name.
func fromLeastName(cycle []CycleStep) []CycleStep {
	if len(cycle) == 0 {
		return nil
	}
	first := 0
	for i, step := range cycle {
		if step.Module.Name < cycle[first].Module.Name {
			first = i
		}
	}
	return slices.Concat(cycle[first:], cycle[:first])
}
