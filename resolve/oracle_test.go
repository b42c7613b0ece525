package resolve

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// verdict is what can be said of a problem without saying which solution.
type verdict int

const (
	satisfiable verdict = iota
	cyclic              // satisfiable, but in no start order
	impossible
)

// randomProblem makes a small problem that has about as often a solution as
// not: at most 6 modules of 3 versions, 3 capabilities. Every other one asks
// for more providers and less of their versions, so that cycles are what is
// hard about it.
func randomProblem(rng *rand.Rand) ([]*Candidate, Problem) {
	ranges, kinds, gives := []string{"*", "*", "1", ">=2", "<3", "2"}, 10, 3
	if rng.IntN(2) == 0 {
		ranges, kinds, gives = []string{"*", "*", "*", ">=2"}, 40, 4
	}
	modules := 2 + rng.IntN(5)
	ids := []capability.ID{{Name: "x"}, {Name: "y"}, {Namespace: "ns", Name: "z"}}
	anyRequirement := func() capability.Requirement {
		r := capability.Requirement{ID: ids[rng.IntN(len(ids))], Range: semver.MustParseRange(ranges[rng.IntN(len(ranges))])}
		if rng.IntN(3) == 0 {
			name := string(rune('a' + rng.IntN(modules)))
			r.ID = capability.ID{Namespace: capability.ModuleNamespace, Name: name}
		}
		switch rng.IntN(kinds) {
		case 0, 1:
			r.Forbid = true
		case 2, 3:
			r.Optional, r.Many = true, rng.IntN(2) == 0
		case 4:
			r.Many = true
		}
		return r
	}
	anyVersion := func() semver.Version { return semver.MustParse(fmt.Sprintf("%d.0.0", 1+rng.IntN(3))) }
	var candidates []*Candidate
	for i := range modules {
		for v := range 1 + rng.IntN(3) {
			c := &Candidate{
				Name:      string(rune('a' + i)),
				Version:   semver.MustParse(fmt.Sprintf("%d.0.0", v+1)),
				Rank:      rng.IntN(2),
				Preferred: rng.IntN(6) == 0,
			}
			for range rng.IntN(gives) {
				c.Provides = append(c.Provides, capability.Capability{ID: ids[rng.IntN(len(ids))], Version: anyVersion()})
			}
			for range rng.IntN(4) {
				c.Requires = append(c.Requires, anyRequirement())
			}
			candidates = append(candidates, c)
		}
	}
	p := Problem{Universe: NewIndex(candidates...)}
	for range 1 + rng.IntN(3) {
		p.Roots = append(p.Roots, anyRequirement())
	}
	if rng.IntN(4) == 0 {
		p.Pinned = append(p.Pinned, candidates[rng.IntN(len(candidates))])
	}
	return candidates, p
}

// oracle decides small problems by looking at every set of modules, as bits.
type oracle struct {
	candidates []*Candidate
	must       [][]uint32 // by candidate and mandatory requirement, the providers
	bars       []uint32   // by candidate, those that may not be beside it
	roots      []uint32
	rootBars   uint32
	pinned     uint32
	sets       []uint32 // at most one version of each name
}

func newOracle(candidates []*Candidate, p Problem) *oracle {
	o := &oracle{candidates: candidates, sets: []uint32{0}}
	o.must = make([][]uint32, len(candidates))
	o.bars = make([]uint32, len(candidates))
	for i, c := range candidates {
		for _, r := range c.Requires {
			switch mask := o.matching(r) &^ (1 << i); {
			case r.Forbid:
				o.bars[i] |= mask
			case !r.Optional:
				o.must[i] = append(o.must[i], mask)
			}
		}
	}
	for _, r := range p.Roots {
		switch mask := o.matching(r); {
		case r.Forbid:
			o.rootBars |= mask
		case !r.Optional:
			o.roots = append(o.roots, mask)
		}
	}
	for _, c := range p.Pinned {
		o.pinned |= 1 << o.index(c)
	}
	before := 0
	for i, c := range candidates {
		if i > 0 && candidates[i-1].Name != c.Name {
			before = len(o.sets)
		} else if i == 0 {
			before = 1
		}
		for _, set := range o.sets[:before] {
			o.sets = append(o.sets, set|1<<i)
		}
	}
	return o
}

func (o *oracle) index(c *Candidate) int {
	for i, have := range o.candidates {
		if have == c {
			return i
		}
	}
	return -1
}

// matching spells matching out once more, so that a mistake in
// Candidate.Satisfies is found too.
func (o *oracle) matching(r capability.Requirement) (mask uint32) {
	for i, c := range o.candidates {
		self := capability.Capability{ID: capability.ID{Namespace: "module", Name: c.Name}, Version: c.Version}
		for _, have := range append([]capability.Capability{self}, c.Provides...) {
			if r.Matches(have) {
				mask |= 1 << i
			}
		}
	}
	return mask
}

// holds reports whether the set satisfies everything but the start order.
func (o *oracle) holds(set uint32) bool {
	if set&o.pinned != o.pinned || set&o.rootBars != 0 {
		return false
	}
	for _, r := range o.roots {
		if set&r == 0 {
			return false
		}
	}
	for i := range o.candidates {
		if set&(1<<i) == 0 {
			continue
		}
		if set&o.bars[i] != 0 {
			return false
		}
		for _, m := range o.must[i] {
			if set&m == 0 {
				return false
			}
		}
	}
	return true
}

// starts reports whether the modules of the set can start one after another.
func (o *oracle) starts(set uint32) bool {
	var running uint32
	for running != set {
		last := running
	next:
		for i := range o.candidates {
			if set&^running&(1<<i) == 0 {
				continue
			}
			for _, m := range o.must[i] {
				if running&m == 0 {
					continue next
				}
			}
			running |= 1 << i
		}
		if running == last {
			return false
		}
	}
	return true
}

func (o *oracle) verdict() verdict {
	v := impossible
	for _, set := range o.sets {
		if o.holds(set) {
			if o.starts(set) {
				return satisfiable
			}
			v = cyclic
		}
	}
	return v
}

// extends reports whether some solution holds all of base and a provider of r
// other than by.
func (o *oracle) extends(base uint32, r capability.Requirement, by *Candidate) bool {
	providers := o.matching(r)
	if by != nil {
		providers &^= 1 << o.index(by)
	}
	for _, set := range o.sets {
		if set&base == base && set&providers != 0 && o.holds(set) && o.starts(set) {
			return true
		}
	}
	return false
}

// checkAgainstOracle solves the random problem of the seed and compares.
func checkAgainstOracle(tb testing.TB, seed uint64) verdict {
	tb.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	candidates, p := randomProblem(rng)
	o := newOracle(candidates, p)
	want := o.verdict()
	sol, err := solve(tb, p)
	got := impossible
	unsat, isUnsat := errors.AsType[*UnsatisfiableError](err)
	circle, isCycle := errors.AsType[*CycleError](err)
	switch {
	case err == nil:
		got = satisfiable
	case isCycle:
		got = cyclic
		checkCycle(tb, o, circle)
	case !isUnsat:
		tb.Fatalf("seed %d: %v", seed, err)
	default:
		checkProof(tb, p, unsat)
	}
	if got != want {
		tb.Fatalf("seed %d: got verdict %d, want %d: %s", seed, got, want, outcome(sol, err))
	}
	again := p
	again.Universe = shuffled(p.Universe, rng)
	if other := outcome(Resolve(tb.Context(), again)); other != outcome(sol, err) {
		tb.Fatalf("seed %d: another order, another outcome:\n%s\n%s", seed, other, outcome(sol, err))
	}
	if err != nil {
		return got
	}
	var set uint32
	for _, m := range sol.Modules {
		set |= 1 << o.index(m.Candidate)
	}
	if !o.holds(set) || !o.starts(set) {
		tb.Fatalf("seed %d: not a solution:\n%s", seed, describe(sol))
	}
	for by, b := range sol.Dropped() {
		if o.extends(set, b.Requirement, by) {
			tb.Fatalf("seed %d: %s need not be dropped:\n%s", seed, b.Requirement, describe(sol))
		}
	}
	return got
}

// checkCycle reports whether each step is a fact and leads to the next.
func checkCycle(tb testing.TB, o *oracle, e *CycleError) {
	tb.Helper()
	if len(e.Cycle) < 2 {
		tb.Fatalf("cycle of %d steps", len(e.Cycle))
	}
	for i, s := range e.Cycle {
		next := e.Cycle[(i+1)%len(e.Cycle)].Module
		if s.Provider != next || s.Requirement.Optional || s.Requirement.Forbid || o.matching(s.Requirement)&(1<<o.index(next)) == 0 {
			tb.Fatalf("step %d is wrong: %s", i, e)
		}
	}
}

// checkProof reports whether an explanation starts at a root, follows
// requirements, and has a reason for each candidate.
func checkProof(tb testing.TB, p Problem, e *UnsatisfiableError) {
	tb.Helper()
	if len(e.Path) == 0 || e.Path[0].By != nil {
		tb.Fatalf("path does not start at the root: %s", e)
	}
	for i, n := range e.Path[1:] {
		if n.By == nil || !n.By.Satisfies(e.Path[i].Requirement) {
			tb.Fatalf("path breaks at %d: %s", i, e)
		}
	}
	refused := map[*Candidate]bool{}
	for _, r := range e.Considered {
		if r.Reason == LeavesUnsatisfied {
			tb.Fatalf("not told at the end: %s", e)
		}
		refused[r.Candidate] = true
	}
	for c := range p.Universe.Providers(e.Need.Requirement.ID) {
		if !refused[c] && !e.Need.Pinned {
			tb.Fatalf("%s is not accounted for: %s", c, e)
		}
	}
}

func TestResolve_agreesWithOracle(t *testing.T) {
	t.Parallel()
	var seen [3]int
	for seed := range uint64(3000) {
		seen[checkAgainstOracle(t, seed)]++
	}
	t.Logf("%d satisfiable, %d cyclic, %d impossible", seen[satisfiable], seen[cyclic], seen[impossible])
	for v, n := range seen {
		if n < 50 {
			t.Errorf("verdict %d came up only %d times", v, n)
		}
	}
}

func FuzzResolve(f *testing.F) {
	f.Add(uint64(1 << 40))
	f.Fuzz(func(t *testing.T, seed uint64) { checkAgainstOracle(t, seed) })
}
