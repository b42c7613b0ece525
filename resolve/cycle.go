package resolve

import "slices"

// shortestCycle returns a shortest cycle of mandatory requirements in a solution
// that has one, starting at the least name.
func shortestCycle(sol *Solution) []CycleStep {
	byCand := make(map[*Candidate]Chosen, len(sol.Modules))
	for _, m := range sol.Modules {
		byCand[m.Candidate] = m
	}
	var best []CycleStep
	work := 0
	for _, cycle := range sol.Cycles {
		for _, c := range cycle {
			if work > cycleWork && best != nil {
				return best
			}
			if found := cycleFrom(c, byCand, len(best), &work); found != nil {
				best = found
			}
		}
	}
	return fromLeastName(best)
}

// cycleWork limits the search for the shortest cycle, in edges looked at.
const cycleWork = 500_000

// cycleFrom returns a shortest cycle through start that is shorter than limit,
// if limit is not 0, or nil. It adds to work the edges that it looks at.
func cycleFrom(start *Candidate, all map[*Candidate]Chosen, limit int, work *int) []CycleStep {
	reached := map[*Candidate]CycleStep{}
	depth := map[*Candidate]int{start: 0}
	todo := []*Candidate{start}
	for i := 0; i < len(todo); i++ {
		c := todo[i]
		if limit > 0 && depth[c]+1 >= limit {
			return nil
		}
		for j, b := range all[c].Bindings {
			if c.Requires[j].Optional || len(b.Providers) == 0 {
				continue
			}
			*work++
			to := b.Providers[0]
			if _, ok := reached[to]; ok {
				continue
			}
			reached[to] = CycleStep{Module: c, Requirement: c.Requires[j], Provider: to}
			if to == start {
				return stepsTo(start, reached)
			}
			depth[to] = depth[c] + 1
			todo = append(todo, to)
		}
	}
	return nil
}

// stepsTo follows the steps by which a search from start came back to it.
func stepsTo(start *Candidate, reached map[*Candidate]CycleStep) []CycleStep {
	var steps []CycleStep
	for c := start; len(steps) == 0 || c != start; c = reached[c].Module {
		steps = append(steps, reached[c])
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
