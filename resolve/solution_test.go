package resolve

import (
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// TestSolutionCheck_findsFaults breaks a good solution in each way.
func TestSolutionCheck_findsFaults(t *testing.T) {
	t.Parallel()
	const text = `
		root | needs module/a | wants gone | bars legacy
		a@1.0.0 | needs x | all y | wants z
		b@1.0.0 | gives x | gives y | gives z
		c@1.0.0 | gives y | pinned
		old@1.0.0 | gives legacy
		d@1.0.0 | gives x`
	other := func(w world, name string) *Candidate {
		for _, c := range w.candidates {
			if c.Name == name {
				return c
			}
		}
		return nil
	}
	at := func(s *Solution, name string) *Chosen {
		for i := range s.Modules {
			if s.Modules[i].Name == name {
				return &s.Modules[i]
			}
		}
		return nil
	}
	tests := []struct {
		name  string
		spoil func(w world, s *Solution)
		want  string
	}{
		{"nothing", func(world, *Solution) {}, ""},
		{"name twice", func(_ world, s *Solution) {
			s.Modules = append(s.Modules, Chosen{Candidate: &Candidate{Name: "b", Version: semver.MustParse("2.0.0")}})
		}, `holds "b@2.0.0" beside "b@1.0.0"`},
		{"pinned missing", func(_ world, s *Solution) {
			s.Modules = s.Modules[:0]
		}, `pinned "c@1.0.0" is not in the solution`},
		{"bindings missing", func(_ world, s *Solution) { s.Roots = nil }, "the root has 3 requirements and 0 bindings"},
		{"provider not in the solution", func(w world, s *Solution) {
			at(s, "a").Bindings[0].Providers = []*Candidate{other(w, "d")}
		}, `"x" of a@1.0.0 cannot be provided by "d@1.0.0"`},
		{"provider that does not match", func(w world, s *Solution) {
			at(s, "a").Bindings[0].Providers = []*Candidate{other(w, "c")}
		}, `"x" of a@1.0.0 cannot be provided by "c@1.0.0"`},
		{"mandatory unbound", func(_ world, s *Solution) {
			at(s, "a").Bindings[0].Providers = nil
		}, `"x" of a@1.0.0 has no provider that starts before`},
		{"wrong order", func(_ world, s *Solution) {
			s.Modules[0], s.Modules[2] = s.Modules[2], s.Modules[0]
		}, `"x" of a@1.0.0 has no provider that starts before`},
		{"many incomplete", func(_ world, s *Solution) {
			b := &at(s, "a").Bindings[1]
			b.Providers = b.Providers[:1]
		}, `"y" of a@1.0.0 is bound to 1 of 2 providers`},
		{"single bound twice", func(_ world, s *Solution) {
			b := &at(s, "a").Bindings[0]
			b.Providers = append(b.Providers, b.Providers[0])
		}, `"x" of a@1.0.0 is bound to 2 of 1 providers`},
		{"dropped in vain", func(_ world, s *Solution) {
			at(s, "a").Bindings[2] = s.Roots[1]
		}, `"z" of a@1.0.0 is dropped although it has a provider`},
		{"dropped without reason", func(_ world, s *Solution) { s.Roots[1].Dropped = nil }, `"gone" of the root is not either bound or dropped`},
		{"forbidden", func(w world, s *Solution) {
			s.Modules = append(s.Modules, Chosen{Candidate: other(w, "old")})
		}, `"legacy" of the root is provided all the same`},
		{"needless", func(w world, s *Solution) {
			s.Modules = append(s.Modules, Chosen{Candidate: other(w, "d")})
		}, `nothing needs "d@1.0.0"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := parseWorld(t, text)
			sol, err := solve(t, w.problem)
			if err != nil {
				t.Fatal(err)
			}
			tt.spoil(w, sol)
			err = sol.Check(w.problem)
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestResolve_zeroProblem(t *testing.T) {
	t.Parallel()
	sol, err := solve(t, Problem{Pinned: []*Candidate{nil}})
	if err != nil || len(sol.Modules) != 0 {
		t.Errorf("got %v, %v", sol, err)
	}
	_, err = solve(t, Problem{Roots: []capability.Requirement{requires("x")}})
	if e := asUnsatisfiable(t, err); len(e.Missing()) != 1 || e.Missing()[0].Requirement.ID.Name != "x" {
		t.Errorf("got %v", e.Missing())
	}
	var none *Index
	_, err = solve(t, Problem{Universe: none, Roots: []capability.Requirement{requires("x")}})
	_ = asUnsatisfiable(t, err)
}

func TestResolve_leavesTheProblemAlone(t *testing.T) {
	t.Parallel()
	w := parseWorld(t, `
		root | needs module/b | needs module/a
		b@1.0.0 | pinned
		a@1.0.0 | pinned | wants gone`)
	sol, err := solve(t, w.problem)
	if err != nil {
		t.Fatal(err)
	}
	if p := w.problem; p.Pinned[0].Name != "b" || p.Roots[0].ID.Name != "b" || p.Roots[0].Many {
		t.Errorf("the problem was changed: %v", p)
	}
	if a, _ := sol.Module("a"); a.Candidate != w.candidates[1] {
		t.Error("a solution holds the candidates that it was given")
	}
}

func TestResolve_asksOnceAndOnlyWhatIsNeeded(t *testing.T) {
	t.Parallel()
	w := parseWorld(t, `
		root | needs module/a | needs x
		a@2.0.0 | needs x | bars secret
		a@1.0.0 | needs never
		b@1.0.0 | gives x | wants module/a`)
	asked := map[string]int{}
	p := w.problem
	p.Universe = UniverseFunc(func(id capability.ID) iter.Seq[*Candidate] {
		asked[id.String()]++
		return w.problem.Universe.Providers(id)
	})
	if _, err := solve(t, p); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(asked); got != "map[module/a:1 secret:1 x:1]" {
		t.Errorf("asked %s", got)
	}
}

// A module that the universe knows too is the pinned one, with all that is its
// own.
func TestResolve_pinnedIsItself(t *testing.T) {
	t.Parallel()
	w := parseWorld(t, `
		root | needs module/a
		a@1.0.0`)
	w.problem.Pinned = []*Candidate{{Name: "a", Version: semver.MustParse("1.0.0"), Ref: "mine"}}
	sol, err := solve(t, w.problem)
	if err != nil || len(sol.Modules) != 1 || sol.Modules[0].Ref != "mine" {
		t.Errorf("got %v, %v", sol, err)
	}
}

func TestIndex_Providers(t *testing.T) {
	t.Parallel()
	a := &Candidate{Name: "a", Provides: []capability.Capability{{ID: requires("x").ID}, {ID: requires("y").ID}, {ID: requires("x").ID}}}
	b := &Candidate{Name: "b", Provides: []capability.Capability{{ID: requires("x").ID}}}
	index := NewIndex(a, nil, b)
	for text, want := range map[string]string{"x": "ab", "y": "a", "module/b": "b", "z": "", "b": ""} {
		got := ""
		for c := range index.Providers(requires(text).ID) {
			got += c.Name
		}
		if want != got {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
