package resolve

import (
	"context"
	"slices"
	"sync"
)

// refutation is the proof that there is no solution, in numbers of a graph.
type refutation struct {
	problem Problem
	graph   *graph
	core    []fact
	bans    map[int32]string // why modules of the core cannot be used

	// forced, if not nil, is an optional requirement that has to be met, beside
	// modules that are there already and stand as pinned in the problem.
	forced *fact

	steps int // of all searches so far

	once sync.Once
	told *Explanation
}

// refute returns the error for a problem whose conflict s has met.
func (s *solver) refute(p Problem) error {
	core, _ := s.proof()
	r := &refutation{problem: p, graph: s.g, core: core, bans: s.bans}
	if len(s.loops) > 0 {
		return s.cyclic(p, r)
	}
	return &UnsatisfiableError{r}
}

// cyclic tells whether a problem without an acyclic solution has another. If the
// search for that does not end, the proof r is as good.
func (s *solver) cyclic(p Problem, r *refutation) error {
	p.Acyclic = false
	sol, err := Resolve(s.ctx, p)
	if sol == nil {
		if e, ok := err.(*UnsatisfiableError); ok { //nolint:errorlint // not wrapped by Resolve
			return e
		}
		if s.ctx.Err() != nil {
			return err
		}
		return &UnsatisfiableError{r}
	}
	return &CycleError{Cycle: shortestCycle(sol), NoWayAround: &UnsatisfiableError{r}}
}

// explainSteps limits the work of one search that explains, minimiseSteps that
// of all that minimise one core.
const (
	explainSteps  = 500_000
	minimiseSteps = 2_000_000
)

// solve decides the problem if only the facts given count, all if nil. It
// returns the facts that a refutation needs; nil if there is none. It reports
// false if that could not be found out.
func (r *refutation) solve(only []fact) (core []fact, ok bool) {
	p := r.problem
	p.Budget = Budget{Steps: explainSteps}
	s, done, err := p.attach(context.Background(), r.graph)
	if err != nil {
		return nil, false
	}
	defer func() { r.steps += s.steps; done() }()
	s.force = r.forced
	if only != nil {
		s.only = make(map[fact]bool, len(only))
		for _, f := range only {
			s.only[f] = true
		}
	}
	end := refuted
	if s.begin() {
		end = s.search()
	}
	if s.err != nil {
		return nil, false
	}
	if end == refuted {
		core, _ = s.proof()
		for m, why := range s.bans {
			if r.bans == nil {
				r.bans = map[int32]string{}
			}
			r.bans[m] = why
		}
		return core, true
	}
	return nil, true
}

// minimise leaves out facts for as long as there is no solution. It reports
// whether each that is left is needed.
func (r *refutation) minimise() (core []fact, minimal bool) {
	core = r.core
	if smaller, ok := r.solve(core); ok && smaller != nil {
		core = smaller
	}
	groups := r.groups(core)
	limit := r.steps + minimiseSteps
	minimal = true
	for pass := range 2 {
		for _, group := range slices.Backward(groups) {
			if pass == 1 && len(group) == 1 {
				continue
			}
			units := [][]fact{group}
			if pass == 1 {
				units = singles(group)
			}
			for _, unit := range units {
				if !containsAny(core, unit) {
					continue
				}
				if r.steps > limit {
					return core, false
				}
				smaller, ok := r.solve(without(core, unit))
				minimal = minimal && ok
				if ok && smaller != nil {
					core = smaller
				}
			}
		}
	}
	return core, minimal
}

// groups puts together what versions of one module have in common: leaving all
// of it out makes an explanation shorter, leaving out a part does not.
func (r *refutation) groups(core []fact) [][]fact {
	type key struct {
		kind       factKind
		name, text string
		root       int32
	}
	at := map[key]int{}
	var all [][]fact
	for _, f := range core {
		k := key{kind: f.kind, root: -1}
		if f.mod == rootModule {
			k.root = f.arc
		} else {
			c := r.graph.mods[f.mod].cand
			k.name = c.Name
			if f.kind == factArc {
				k.text = c.Requires[f.arc].String()
			}
		}
		i, ok := at[k]
		if !ok {
			i = len(all)
			at[k] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], f)
	}
	return all
}

func singles(facts []fact) [][]fact {
	all := make([][]fact, len(facts))
	for i, f := range facts {
		all[i] = []fact{f}
	}
	return all
}

func without(facts, drop []fact) []fact {
	gone := make(map[fact]bool, len(drop))
	for _, f := range drop {
		gone[f] = true
	}
	rest := make([]fact, 0, len(facts))
	for _, f := range facts {
		if !gone[f] {
			rest = append(rest, f)
		}
	}
	return rest
}

// containsAny reports whether any of the facts wanted is still there.
func containsAny(facts, wanted []fact) bool {
	have := make(map[fact]bool, len(facts))
	for _, f := range facts {
		have[f] = true
	}
	for _, f := range wanted {
		if have[f] {
			return true
		}
	}
	return false
}
