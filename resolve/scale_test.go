package resolve

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
)

func requires(text string) capability.Requirement {
	r, err := capability.ParseRequirement(text)
	if err != nil {
		panic(err)
	}
	return r
}

// chain is modules m0 to m(n-1), each of which needs the next one and log. The
// last one needs what is given.
func chain(n int, last ...capability.Requirement) *Index {
	log := requires("log")
	all := []*Candidate{{Name: "logger", Provides: []capability.Capability{{ID: log.ID}}}}
	for i := range n {
		c := &Candidate{Name: fmt.Sprintf("m%d", i), Requires: []capability.Requirement{log}}
		if i+1 < n {
			c.Requires = append(c.Requires, requires(fmt.Sprintf("module/m%d", i+1)))
		} else {
			c.Requires = append(c.Requires, last...)
		}
		all = append(all, c)
	}
	return NewIndex(all...)
}

const chainLength = 20_000

func TestResolve_longChain(t *testing.T) {
	t.Parallel()
	p := Problem{Universe: chain(chainLength), Roots: []capability.Requirement{requires("module/m0")}}
	sol, err := solve(t, p)
	if err != nil {
		t.Fatal(err)
	}
	first, last := sol.Modules[0], sol.Modules[chainLength]
	if len(sol.Modules) != chainLength+1 || first.Name != "logger" || last.Name != "m0" {
		t.Errorf("%d modules from %s to %s", len(sol.Modules), first, last)
	}
}

func TestResolve_longChainBroken(t *testing.T) {
	t.Parallel()
	p := Problem{Universe: chain(chainLength, requires("gone")), Roots: []capability.Requirement{requires("module/m0")}}
	_, err := solve(t, p)
	e := asUnsatisfiable(t, err)
	missing := e.Missing()
	if len(missing) != 1 || missing[0].By.Name != fmt.Sprintf("m%d", chainLength-1) {
		t.Errorf("missing %v", missing)
	}
	if text := e.Error(); len(text) > 20_000 || !strings.Contains(text, "gone") {
		t.Errorf("text of %d bytes: %.2000s", len(text), text)
	}
}

func TestResolve_longCycle(t *testing.T) {
	t.Parallel()
	p := Problem{Acyclic: true, Universe: chain(chainLength, requires("module/m0")), Roots: []capability.Requirement{requires("module/m0")}}
	_, err := solve(t, p)
	e, ok := errors.AsType[*CycleError](err)
	if !ok || len(e.Cycle) != chainLength {
		t.Fatalf("got %.200v", err)
	}
	if text := e.Error(); len(text) > 5000 || !strings.HasSuffix(text, "provided by m0@0.0.0") {
		t.Errorf("text of %d bytes: %s", len(text), text)
	}
}

// pigeons needs n+1 modules that each take one of n holes, which exclude each
// other: impossible, but only after about n! attempts.
func pigeons(n int) Problem {
	var all []*Candidate
	var p Problem
	for i := range n + 1 {
		p.Roots = append(p.Roots, requires(fmt.Sprintf("pigeon%d", i)))
		for hole := range n {
			id := capability.ID{Name: fmt.Sprintf("hole%d", hole)}
			all = append(all, &Candidate{
				Name:     fmt.Sprintf("p%d-%d", i, hole),
				Provides: []capability.Capability{{ID: requires(fmt.Sprintf("pigeon%d", i)).ID}, {ID: id}},
				Requires: []capability.Requirement{{ID: id, Forbid: true}},
			})
		}
	}
	p.Universe = NewIndex(all...)
	return p
}

func TestResolve_budgetIsNotAVerdict(t *testing.T) {
	t.Parallel()
	p := pigeons(5)
	_, err := solve(t, p)
	_ = asUnsatisfiable(t, err)
	p = pigeons(20)
	p.Budget.Steps = 50_000
	_, err = solve(t, p)
	e, ok := errors.AsType[*BudgetError](err)
	if !ok {
		t.Fatalf("got %v, want a BudgetError", err)
	}
	if e.Steps < p.Budget.Steps || e.Conflicts == 0 {
		t.Errorf("%+v", e)
	}
}

func TestResolve_budgetIsExact(t *testing.T) {
	t.Parallel()
	p := pigeons(4)
	p.Roots = p.Roots[:4]
	sol, err := solve(t, p)
	if err != nil {
		t.Fatal(err)
	}
	if p.Budget.Steps = sol.Steps; names(sol) == "" || sol.Steps == 0 {
		t.Fatalf("took %d steps for %q", sol.Steps, names(sol))
	}
	if _, err := solve(t, p); err != nil {
		t.Errorf("with the budget that it took: %v", err)
	}
	p.Budget.Steps--
	if _, err := solve(t, p); !errors.As(err, new(*BudgetError)) {
		t.Errorf("with one step less: %v", err)
	}
}

func TestResolve_endlessUniverse(t *testing.T) {
	t.Parallel()
	endless := UniverseFunc(func(capability.ID) iter.Seq[*Candidate] {
		return func(yield func(*Candidate) bool) {
			for yield(&Candidate{Name: "a"}) {
			}
		}
	})
	_, err := solve(t, Problem{Universe: endless, Roots: []capability.Requirement{requires("module/a")}, Budget: Budget{Steps: 1000}})
	if e, ok := errors.AsType[*BudgetError](err); !ok || e.Steps < 1000 {
		t.Errorf("got %v, want a BudgetError", err)
	}
}

func TestResolve_context(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := pigeons(20)
	index := p.Universe
	p.Universe = UniverseFunc(func(id capability.ID) iter.Seq[*Candidate] {
		if id.Name == "pigeon20" {
			cancel()
		}
		return index.Providers(id)
	})
	if _, err := Resolve(ctx, p); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled midway: got %v", err)
	}
	if _, err := Resolve(ctx, Problem{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before: got %v", err)
	}
}
