package resolve

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
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
	slots := make([]func(int) string, modules)
	for i := range slots {
		each := rng.IntN(4) == 0
		slots[i] = func(v int) string {
			if each {
				return strconv.Itoa(v)
			}
			return ""
		}
	}
	maybe := func(n int, text string) string {
		if rng.IntN(n) == 0 {
			return text
		}
		return ""
	}
	var candidates []*Candidate
	for i := range modules {
		for v := range 1 + rng.IntN(3) {
			c := &Candidate{
				Slot:      slots[i](v),
				Yanked:    maybe(12, "broken"),
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
	p := Problem{Universe: NewIndex(candidates...), Acyclic: rng.IntN(2) == 0, Lowest: rng.IntN(5) == 0}
	bad := candidates[rng.IntN(len(candidates))]
	if rng.IntN(4) == 0 {
		p.Exclude = func(c *Candidate) string {
			if c == bad {
				return "not here"
			}
			return ""
		}
	}
	if rng.IntN(3) == 0 {
		p.Lock = &Lock{}
		for range 1 + rng.IntN(4) {
			c := candidates[rng.IntN(len(candidates))]
			p.Lock.Modules = append(p.Lock.Modules, Locked{Name: c.Name, Version: c.Version})
		}
	}
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
	banned     uint32
	sets       []uint32 // at most one version of each slot
	acyclic    bool
}

// newOracle takes of a problem only what counts.
func newOracle(candidates []*Candidate, p Problem, counts func(kind factKind, c *Candidate, i int) bool) *oracle {
	o := &oracle{candidates: candidates, sets: []uint32{0}, acyclic: p.Acyclic}
	o.must = make([][]uint32, len(candidates))
	o.bars = make([]uint32, len(candidates))
	for i, c := range candidates {
		for j, r := range c.Requires {
			if !counts(factArc, c, j) {
				continue
			}
			switch mask := o.matching(r) &^ (1 << i); {
			case r.Forbid:
				o.bars[i] |= mask
			case !r.Optional:
				o.must[i] = append(o.must[i], mask)
			}
		}
		if o.unusable(c, p) && counts(factBan, c, 0) {
			o.banned |= 1 << i
		}
	}
	for j, r := range p.Roots {
		if !counts(factArc, nil, j) {
			continue
		}
		switch mask := o.matching(r); {
		case r.Forbid:
			o.rootBars |= mask
		case !r.Optional:
			o.roots = append(o.roots, mask)
		}
	}
	for _, c := range p.Pinned {
		if counts(factPin, c, 0) {
			o.pinned |= 1 << o.index(c)
		}
	}
	for set := uint32(1); set < 1<<len(candidates); set++ {
		if o.fits(set) {
			o.sets = append(o.sets, set)
		}
	}
	return o
}

func everything(factKind, *Candidate, int) bool { return true }

// fits reports whether no two modules of the set have one slot.
func (o *oracle) fits(set uint32) bool {
	for i, c := range o.candidates {
		for j := range i {
			if d := o.candidates[j]; (set>>i)&(set>>j)&1 == 1 && c.Name == d.Name && c.Slot == d.Slot {
				return false
			}
		}
	}
	return true
}

// unusable reports whether c can be chosen only by being pinned, or not at all.
func (o *oracle) unusable(c *Candidate, p Problem) bool {
	if slices.Contains(p.Pinned, c) {
		return false
	}
	locked := p.Lock != nil && slices.ContainsFunc(p.Lock.Modules, func(l Locked) bool {
		return l.Name == c.Name && l.Version == c.Version
	})
	return c.Yanked != "" && !locked || p.Exclude != nil && p.Exclude(c) != ""
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
	if set&o.pinned != o.pinned || set&o.rootBars != 0 || set&o.banned != 0 {
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
	if !o.acyclic {
		return true
	}
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
	o := newOracle(candidates, p, everything)
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
		checkCore(tb, candidates, p, circle.NoWayAround)
	case !isUnsat:
		tb.Fatalf("seed %d: %v", seed, err)
	default:
		q := p
		q.Acyclic = p.Acyclic && unsat.r.problem.Acyclic
		checkCore(tb, candidates, q, unsat)
	}
	if got != want {
		tb.Fatalf("seed %d: got verdict %d, want %d: %s", seed, got, want, told(p, sol, err))
	}
	again := p
	again.Universe = shuffled(p.Universe, rng)
	once := solvedText(tb, again)
	if err == nil && once != told(p, sol, nil) {
		tb.Fatalf("seed %d: another universe, another solution:\n%s\n%s", seed, once, told(p, sol, nil))
	}
	again.Universe = shuffled(p.Universe, rng)
	if twice := solvedText(tb, again); twice != once {
		tb.Fatalf("seed %d: another order, another outcome:\n%s\n%s", seed, twice, once)
	}
	if err != nil {
		return got
	}
	var set uint32
	for _, m := range sol.Modules {
		set |= 1 << o.index(m.Candidate)
	}
	if !o.holds(set) || !o.starts(set) {
		tb.Fatalf("seed %d: not a solution:\n%s", seed, describe(p, sol))
	}
	for by, d := range sol.Dropped() {
		if o.extends(set, d.Need.Requirement, by) {
			tb.Fatalf("seed %d: %s need not be dropped:\n%s", seed, d.Need.Requirement, describe(p, sol))
		}
		if d.Why() == nil {
			tb.Fatalf("seed %d: no proof for what is dropped: %s:\n%s", seed, d.Need, describe(p, sol))
		}
	}
	return got
}

func solvedText(tb testing.TB, p Problem) string {
	tb.Helper()
	sol, err := Resolve(tb.Context(), p)
	return told(p, sol, err)
}

// checkCore reports whether the facts of a minimal core rule every solution out,
// and none of them can be missed.
func checkCore(tb testing.TB, candidates []*Candidate, p Problem, e *UnsatisfiableError) {
	tb.Helper()
	core, minimal := e.r.minimise()
	if !minimal {
		tb.Fatal("the core is not minimal")
	}
	type key struct {
		kind factKind
		c    *Candidate
		i    int
	}
	counts := func(facts []fact) func(factKind, *Candidate, int) bool {
		in := map[key]bool{}
		for _, f := range facts {
			k := key{kind: f.kind, i: int(f.arc)}
			if f.mod != rootModule {
				k.c = e.r.graph.mods[f.mod].cand
			}
			in[k] = true
		}
		return func(kind factKind, c *Candidate, i int) bool { return in[key{kind, c, i}] }
	}
	if v := newOracle(candidates, p, counts(core)).verdict(); v == satisfiable {
		tb.Fatalf("the core does not rule out a solution: %v in %v %v %v", core, p, e.r.problem.Acyclic, e.r.graph.grows)
	}
	for i := range core {
		rest := slices.Concat(core[:i], core[i+1:])
		if v := newOracle(candidates, p, counts(rest)).verdict(); v != satisfiable {
			tb.Fatalf("fact %d is not needed: %v", i, core)
		}
	}
}

// checkCycle reports whether each step is a fact and leads to the next.
func checkCycle(tb testing.TB, o *oracle, e *CycleError) {
	tb.Helper()
	if len(e.Cycle) < 1 {
		tb.Fatalf("cycle of %d steps", len(e.Cycle))
	}
	for i, s := range e.Cycle {
		next := e.Cycle[(i+1)%len(e.Cycle)].Module
		if s.Provider != next || s.Requirement.Optional || s.Requirement.Forbid || o.matching(s.Requirement)&(1<<o.index(next)) == 0 {
			tb.Fatalf("step %d is wrong: %s", i, e)
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
