package resolve

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

func needs(text string) capability.Requirement {
	r, err := capability.ParseRequirement(text)
	if err != nil {
		panic(err)
	}
	return r
}

// chain is modules m0 to m(n-1), each of which needs the next one and log. The
// last one needs what is given.
func chain(n int, last ...capability.Requirement) *Index {
	log := needs("log")
	all := []*Candidate{{Name: "logger", Provides: []capability.Capability{{ID: log.ID}}}}
	for i := range n {
		c := &Candidate{Name: fmt.Sprintf("m%d", i), Requires: []capability.Requirement{log}}
		if i+1 < n {
			c.Requires = append(c.Requires, needs(fmt.Sprintf("module/m%d", i+1)))
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
	p := Problem{Universe: chain(chainLength), Roots: []capability.Requirement{needs("module/m0")}}
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
	p := Problem{Universe: chain(chainLength, needs("gone")), Roots: []capability.Requirement{needs("module/m0")}}
	_, err := solve(t, p)
	e := asUnsatisfiable(t, err)
	if len(e.Path) != chainLength+1 || e.Need.By.Name != fmt.Sprintf("m%d", chainLength-1) {
		t.Errorf("path of %d to %s", len(e.Path), e.Need)
	}
	if text := e.Error(); len(text) > 2000 || !strings.Contains(text, "19989 more") {
		t.Errorf("text of %d bytes: %.2000s", len(text), text)
	}
}

func TestResolve_longCycle(t *testing.T) {
	t.Parallel()
	p := Problem{Universe: chain(chainLength, needs("module/m0")), Roots: []capability.Requirement{needs("module/m0")}}
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
		p.Roots = append(p.Roots, needs(fmt.Sprintf("pigeon%d", i)))
		for hole := range n {
			id := capability.ID{Name: fmt.Sprintf("hole%d", hole)}
			all = append(all, &Candidate{
				Name:     fmt.Sprintf("p%d-%d", i, hole),
				Provides: []capability.Capability{{ID: needs(fmt.Sprintf("pigeon%d", i)).ID}, {ID: id}},
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
	p.Budget = 50_000
	_, err = solve(t, p)
	e, ok := errors.AsType[*BudgetError](err)
	if !ok {
		t.Fatalf("got %v, want a BudgetError", err)
	}
	if e.Budget != p.Budget || e.Need.Requirement.ID.Name == "" {
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
	if p.Budget = sol.Steps; names(sol) == "" || p.Budget == 0 {
		t.Fatalf("took %d steps for %q", sol.Steps, names(sol))
	}
	if _, err := solve(t, p); err != nil {
		t.Errorf("with the budget that it took: %v", err)
	}
	p.Budget--
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
	_, err := solve(t, Problem{Universe: endless, Roots: []capability.Requirement{needs("module/a")}, Budget: 1000})
	if e, ok := errors.AsType[*BudgetError](err); !ok || e.Need.Requirement.ID.Name != "a" {
		t.Errorf("got %v, want a BudgetError at module/a", err)
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

// TestResolve_pubgrubCase compares verdicts with those that two other solvers
// agreed on. The search is too plain to decide them all.
func TestResolve_pubgrubCase(t *testing.T) {
	t.Parallel()
	const base = "../../shared/data/pubgrub/large_case_1_u16_NumberVersion"
	data, err := os.ReadFile(base + ".json")
	if err != nil {
		t.Skip("no shared test data:", err)
	}
	index := pubgrubIndex(t, data)
	verdicts, err := os.Open(base + ".verdicts.tsv")
	if err != nil {
		t.Skip("no shared test data:", err)
	}
	t.Cleanup(func() { _ = verdicts.Close() })
	decided, gaveUp := 0, 0
	for lines := bufio.NewScanner(verdicts); lines.Scan(); {
		f := strings.Fields(lines.Text())
		_, err := solve(t, Problem{
			Universe: index,
			Roots:    []capability.Requirement{needs(fmt.Sprintf("module/p%s %s.0.0", f[0], f[1]))},
			Budget:   20_000,
		})
		switch {
		case errors.As(err, new(*BudgetError)):
			gaveUp++
		case (err == nil) != (f[2] == "true"):
			t.Errorf("%s: want %s, got %v", f[0], f[2], err)
		default:
			decided++
		}
	}
	t.Logf("%d decided as expected, %d given up", decided, gaveUp)
}

func pubgrubIndex(t *testing.T, data []byte) *Index {
	t.Helper()
	var packages map[string]map[string]map[string][][2]*int
	if err := json.Unmarshal(data, &packages); err != nil {
		t.Fatal(err)
	}
	var all []*Candidate
	for name, versions := range packages {
		for version, deps := range versions {
			c := &Candidate{Name: "p" + name, Version: semver.MustParse(version + ".0.0")}
			for dep, spans := range deps {
				allowed := []string{semver.None().String()}
				for _, s := range spans {
					text := ">=" + strconv.Itoa(*s[0])
					if s[1] != nil {
						text += " <" + strconv.Itoa(*s[1])
					}
					allowed = append(allowed, text)
				}
				c.Requires = append(c.Requires, needs("module/p"+dep+" "+strings.Join(allowed, " || ")))
			}
			slices.SortFunc(c.Requires, func(a, b capability.Requirement) int { return strings.Compare(a.ID.Name, b.ID.Name) })
			all = append(all, c)
		}
	}
	return NewIndex(all...)
}
