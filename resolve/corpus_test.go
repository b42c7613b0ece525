package resolve_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
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
	defer f.Close()
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

func readNames(t testing.TB, file string) []string {
	dir, _ := corpus.Locate()
	data, err := os.ReadFile(filepath.Join(dir, "debian", "expected", file))
	if err != nil {
		t.Fatal(err)
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
	}{{debianHard, "apt-norecommends-gnome.txt"}, {debian, "apt-recommends-gnome.txt"}} {
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
		t.Logf("%s: %d of %d, steps %d conflicts %d cycles %d; more %v; less %v", tt.file, len(got), len(want), sol.Steps, sol.Conflicts, len(sol.Cycles), more, less)
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

func BenchmarkDebianAll(b *testing.B) {
	all, err := debianHard()
	if err != nil {
		b.Skip(err)
	}
	x := resolve.NewIndex(all...)
	var roots []capability.Requirement
	for _, c := range all {
		roots = append(roots, module(c.Name))
	}
	for b.Loop() {
		broken := []string{}
		for i, r := range roots {
			_, err := resolve.Resolve(context.Background(), resolve.Problem{Universe: x, Roots: []capability.Requirement{r}})
			if err != nil {
				broken = append(broken, all[i].Name)
				if !errors.As(err, new(*resolve.UnsatisfiableError)) {
					b.Fatal(err)
				}
			}
		}
		if len(broken) != 16 {
			b.Error(len(broken), broken)
		}
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
	dir, ok := corpus.Locate()
	if !ok {
		tb.Skip(corpus.Absent)
	}
	base := filepath.Join(dir, "pubgrub", "large_case_1_u16_NumberVersion")
	f, err := os.Open(base + ".json")
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	all, err := corpus.ReadPubGrub(f)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := os.Open(base + ".verdicts.tsv")
	if err != nil {
		tb.Fatal(err)
	}
	defer v.Close()
	var roots []capability.Requirement
	var want []bool
	for lines := bufio.NewScanner(v); lines.Scan(); {
		f := strings.Fields(lines.Text())
		r, err := capability.ParseRequirement("module/p" + f[0] + " " + f[1] + ".0.0")
		if err != nil {
			tb.Fatal(err)
		}
		roots, want = append(roots, r), append(want, f[2] == "true")
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
