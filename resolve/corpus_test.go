package resolve_test

import (
	"compress/gzip"
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/corpus"
	"github.com/modreg/modreg/resolve"
	"github.com/modreg/modreg/semver"
)

var debian = sync.OnceValues(func() ([]*resolve.Candidate, error) { return readDebian(corpus.DebianOptions{}) })

var debianHard = sync.OnceValues(func() ([]*resolve.Candidate, error) {
	return readDebian(corpus.DebianOptions{NoRecommends: true})
})

func readDebian(o corpus.DebianOptions) ([]*resolve.Candidate, error) {
	dir, _ := corpus.Locate()
	f, err := os.Open(filepath.Join(dir, "debian", "bookworm-main-amd64.jsonl.gz"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	packages, err := corpus.ReadDebianJSON(z)
	if err != nil {
		return nil, err
	}
	return corpus.DebianUniverse(packages, o)
}

func module(name string) capability.Requirement {
	return capability.Requirement{ID: capability.ID{Namespace: capability.ModuleNamespace, Name: name}}
}

func readNames(tb testing.TB, file string) []string {
	tb.Helper()
	dir, _ := corpus.Locate()
	data, err := os.ReadFile(filepath.Join(dir, "debian", "expected", file))
	if err != nil {
		tb.Fatal(err)
	}
	return strings.Fields(string(data))
}

func namesOf(sol *resolve.Solution) []string {
	var all []string
	for _, m := range sol.Modules {
		all = append(all, m.Name)
	}
	slices.Sort(all)
	return all
}

func TestResolve_gnome(t *testing.T) {
	if _, ok := corpus.Locate(); !ok {
		t.Skip(corpus.Absent)
	}
	for _, tt := range []struct {
		universe func() ([]*resolve.Candidate, error)
		file     string
		without  []string // of what apt installs: it is not needed
	}{
		{debianHard, "apt-norecommends-gnome.txt", []string{"fonts-dejavu-core"}},
		{debian, "apt-recommends-gnome.txt", nil},
	} {
		all, err := tt.universe()
		if err != nil {
			t.Fatal(err)
		}
		p := resolve.Problem{Universe: resolve.NewIndex(all...), Roots: []capability.Requirement{module("gnome")}}
		sol, err := resolve.Resolve(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if err := sol.Check(p); err != nil {
			t.Error(err)
		}
		want := readNames(t, tt.file)
		got := namesOf(sol)
		var more, less []string
		for _, n := range got {
			if !slices.Contains(want, n) {
				more = append(more, n)
			}
		}
		for _, n := range want {
			if !slices.Contains(got, n) {
				less = append(less, n)
			}
		}
		if len(more) > 0 || len(less) > len(tt.without) || len(less) > 0 && !slices.Equal(less, tt.without) {
			t.Errorf("%s: %d modules of %d: more %v, less %v", tt.file, len(got), len(want), more, less)
		}
	}
}

func BenchmarkGnome(b *testing.B) {
	for _, tt := range []struct {
		name     string
		universe func() ([]*resolve.Candidate, error)
	}{{"hard", debianHard}, {"recommends", debian}} {
		b.Run(tt.name, func(b *testing.B) {
			all, err := tt.universe()
			if err != nil {
				b.Skip(err)
			}
			p := resolve.Problem{Universe: resolve.NewIndex(all...), Roots: []capability.Requirement{module("gnome")}}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := resolve.Resolve(context.Background(), p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// judgeAll resolves every package by itself and returns those that cannot be.
func judgeAll(tb testing.TB, all []*resolve.Candidate) map[string]*resolve.UnsatisfiableError {
	tb.Helper()
	x := resolve.NewIndex(all...)
	broken := map[string]*resolve.UnsatisfiableError{}
	for _, c := range all {
		p := resolve.Problem{Universe: x, Roots: []capability.Requirement{module(c.Name)}}
		sol, err := resolve.Resolve(tb.Context(), p)
		if err == nil {
			if sol.Modules == nil {
				tb.Fatal(c)
			}
			continue
		}
		unsat, ok := errors.AsType[*resolve.UnsatisfiableError](err)
		if !ok {
			tb.Fatal(err)
		}
		broken[c.Name] = unsat
	}
	return broken
}

// Of the 63,440 packages those are broken that dose3 found to be.
func TestResolve_debianAll(t *testing.T) {
	dir, ok := corpus.Locate()
	if !ok {
		t.Skip(corpus.Absent)
	}
	if raceEnabled || testing.Short() {
		t.Skip("takes two seconds, and with the race detector a minute")
	}
	all, err := debianHard()
	if err != nil {
		t.Fatal(err)
	}
	dose, err := os.ReadFile(filepath.Join(dir, "debian", "dose-debcheck-failures.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	lines := strings.Split(string(dose), "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == "-" && strings.HasPrefix(lines[i+1], "  package: ") {
			want = append(want, strings.TrimPrefix(lines[i+1], "  package: "))
		}
	}
	slices.Sort(want)
	broken := judgeAll(t, all)
	if got := slices.Sorted(maps.Keys(broken)); !slices.Equal(got, want) || len(want) != 16 {
		t.Errorf("broken are %v, want %v", got, want)
	}
	for name, err := range broken {
		if e := err.Explain(); !e.Minimal || !strings.Contains(e.String(), name) {
			t.Errorf("%s: minimal %t:\n%s", name, e.Minimal, e)
		}
	}
}

func TestResolve_cocoapods(t *testing.T) {
	t.Parallel()
	dir, ok := corpus.Locate()
	if !ok {
		t.Skip(corpus.Absent)
	}
	files, err := filepath.Glob(filepath.Join(dir, "cocoapods", "case", "*.json"))
	if err != nil || len(files) != 27 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := corpus.ReadPods(os.DirFS(filepath.Join(dir, "cocoapods")), name)
			if err != nil {
				t.Fatal(err)
			}
			p := resolve.Problem{Universe: resolve.NewIndex(c.Universe...), Roots: c.Roots, Acyclic: true}
			sol, err := resolve.Resolve(t.Context(), p)
			if len(c.Conflicts) > 0 {
				if err == nil {
					t.Fatal("there is a solution")
				}
				for _, name := range c.Conflicts {
					if !strings.Contains(err.Error(), name) {
						t.Errorf("%q is not mentioned: %v", name, err)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := sol.Check(p); err != nil {
				t.Error(err)
			}
			got := map[string]string{}
			for _, m := range sol.Modules {
				got[m.Name] = m.Ref.(*corpus.GemVersion).Version
			}
			if !maps.Equal(got, c.Resolved) {
				t.Errorf("got %v\nwant %v", got, c.Resolved)
			}
		})
	}
}

func TestResolve_pubgrub(t *testing.T) {
	x, roots, want := pubgrub(t)
	for i, r := range roots {
		p := resolve.Problem{Universe: x, Roots: []capability.Requirement{r}}
		sol, err := resolve.Resolve(t.Context(), p)
		if (err == nil) != want[i] {
			t.Errorf("%s: %v", r, err)
		}
		if err == nil {
			if err := sol.Check(p); err != nil {
				t.Errorf("%s: %v", r, err)
			}
		} else if unsat, ok := errors.AsType[*resolve.UnsatisfiableError](err); !ok || !unsat.Explain().Minimal {
			t.Errorf("%s: no minimal core: %v", r, err)
		}
	}
}

func BenchmarkDebianAll(b *testing.B) {
	all, err := debianHard()
	if err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		judgeAll(b, all)
	}
}

func BenchmarkIndex(b *testing.B) {
	all, err := debian()
	if err != nil {
		b.Skip(err)
	}
	for b.Loop() {
		resolve.NewIndex(all...)
	}
}

func BenchmarkPubGrub(b *testing.B) {
	x, roots, want := pubgrub(b)
	for b.Loop() {
		for i, r := range roots {
			_, err := resolve.Resolve(context.Background(), resolve.Problem{Universe: x, Roots: []capability.Requirement{r}})
			if (err == nil) != want[i] {
				b.Errorf("%s: %v", r, err)
			}
		}
	}
}

func pubgrub(tb testing.TB) (*resolve.Index, []capability.Requirement, []bool) {
	tb.Helper()
	dir, ok := corpus.Locate()
	if !ok {
		tb.Skip(corpus.Absent)
	}
	base := filepath.Join(dir, "pubgrub", "large_case_1_u16_NumberVersion")
	f, err := os.Open(base + ".json")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	all, err := corpus.ReadPubGrub(f)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := os.Open(base + ".verdicts.tsv")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = v.Close() }()
	verdicts, err := corpus.ReadPubGrubVerdicts(v)
	if err != nil {
		tb.Fatal(err)
	}
	var roots []capability.Requirement
	var want []bool
	for _, verdict := range verdicts {
		roots, want = append(roots, verdict.Root), append(want, verdict.Satisfiable)
	}
	return resolve.NewIndex(all...), roots, want
}

func BenchmarkUpgrade(b *testing.B) {
	all, err := debian()
	if err != nil {
		b.Skip(err)
	}
	p := resolve.Problem{Universe: resolve.NewIndex(all...), Roots: []capability.Requirement{module("gnome")}}
	sol, err := resolve.Resolve(context.Background(), p)
	if err != nil {
		b.Fatal(err)
	}
	lock := sol.Lock(p)
	newer := slices.Clone(all)
	rng := rand.New(rand.NewPCG(1, 1))
	var names []string
	for range 200 {
		m := sol.Modules[rng.IntN(len(sol.Modules))]
		c := *m.Candidate
		c.Version = semver.MustParse("2.0.0")
		newer = append(newer, &c)
		names = append(names, c.Name)
	}
	x := resolve.NewIndex(newer...)
	for _, mode := range []resolve.Change{resolve.ChangePrefer, resolve.ChangeFewest} {
		b.Run([]string{"prefer", "fewest"}[mode], func(b *testing.B) {
			i := 0
			for b.Loop() {
				name := names[i%len(names)]
				i++
				b.StopTimer()
				q := resolve.Problem{Universe: x, Roots: p.Roots, Lock: lock.Without(name), Change: mode}
				b.StartTimer()
				sol, err := resolve.Resolve(context.Background(), q)
				b.StopTimer()
				if err != nil {
					b.Fatal(err)
				}
				if d := lock.Changes(sol.Lock(q)); len(d) != 1 || d[0].Name != name {
					b.Fatal(name, d)
				}
				b.StartTimer()
			}
		})
	}
}
