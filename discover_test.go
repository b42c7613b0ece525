package modreg_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/discover"
	"github.com/modreg/modreg/semver"
)

// naive answers a query by looking at every version: what Discover has to agree with.
func naive(t *testing.T, s *modreg.Snapshot, q modreg.Query) []string {
	t.Helper()
	byName := map[string][]modreg.Module{}
	var names []string
	for m := range s.All() {
		if byName[m.Name()] == nil {
			names = append(names, m.Name())
		}
		byName[m.Name()] = append(byName[m.Name()], m)
	}
	scored := map[int][]string{}
	for _, name := range names {
		var fit []modreg.Module
		for _, m := range byName[name] {
			if meets(t, m, q) {
				fit = append(fit, m)
			}
		}
		switch active := slices.IndexFunc(fit, modreg.Module.Active); {
		case q.ActiveOnly && active < 0:
			fit = nil
		case (q.ActiveOnly || !q.AllVersions) && active >= 0:
			fit = fit[active : active+1]
		case !q.AllVersions && len(fit) > 1:
			fit = fit[:1]
		}
		for _, m := range fit {
			n := 0
			for _, text := range q.Optional {
				if provides(t, m, text) {
					n++
				}
			}
			scored[n] = append(scored[n], m.Ref())
		}
	}
	var all []string
	for n := len(q.Optional); n >= 0; n-- {
		all = append(all, scored[n]...)
	}
	return all
}

func meets(t *testing.T, m modreg.Module, q modreg.Query) bool {
	t.Helper()
	if q.Kind != "" && m.Kind() != q.Kind || q.Version != "" && !semver.MustParseRange(q.Version).Contains(m.Version()) {
		return false
	}
	for _, text := range q.Require {
		if !provides(t, m, text) {
			return false
		}
	}
	return !slices.ContainsFunc(q.Forbid, func(text string) bool { return provides(t, m, text) })
}

func provides(t *testing.T, m modreg.Module, text string) bool {
	t.Helper()
	r, err := capability.ParseRequirement(text)
	must(t, err)
	self := capability.Capability{ID: capability.ID{Namespace: "module", Name: m.Name()}, Version: m.Version()}
	return slices.ContainsFunc(append(slices.Clone(m.Provides()), self), r.Matches)
}

func moduleRefs(found iter.Seq[modreg.Module]) []string {
	var all []string
	for m := range found {
		all = append(all, m.Ref())
	}
	return all
}

var someCaps = []modreg.Capability[greeter]{
	modreg.NewCapability[greeter]("a.x"), modreg.NewCapability[greeter]("a.y"), modreg.NewCapability[greeter]("a.z"),
}

// change makes one random change to a registry of few names.
func change(t *testing.T, rng *rand.Rand, reg *modreg.Registry) {
	t.Helper()
	ctx := context.Background()
	name := fmt.Sprintf("m%d", rng.IntN(12))
	ref := fmt.Sprintf("%s@%d.0.0", name, 1+rng.IntN(3))
	switch _, exists := reg.Get(ref); {
	case !exists:
		m := mod(name, strings.TrimPrefix(ref, name+"@"))
		m.Kind = []string{"analyzer", "storage"}[rng.IntN(2)]
		m.Description = []string{"reads documents", "stores pictures"}[rng.IntN(2)]
		var opts []modreg.ModuleOption
		for _, c := range someCaps {
			if rng.IntN(2) == 0 {
				opts = append(opts, modreg.Provide(c, nilFactory, modreg.Version(fmt.Sprintf("%d.0.0", 1+rng.IntN(3)))))
			}
		}
		must(t, reg.Register(ctx, m, opts...))
	case rng.IntN(2) == 0:
		must(t, reg.Unregister(ctx, ref))
	default:
		must(t, reg.Activate(ctx, ref))
	}
}

func randomQuery(rng *rand.Rand) modreg.Query {
	terms := func() (all []string) {
		for range rng.IntN(3) {
			all = append(all, []string{"a.x", "a.y>=2", "a.z ^1", "module/m3", "a.x <3", "gone"}[rng.IntN(6)])
		}
		return all
	}
	return modreg.Query{
		Require: terms(), Optional: terms(), Forbid: terms(),
		Kind:        []string{"", "", "analyzer"}[rng.IntN(3)],
		Version:     []string{"", "", ">=2"}[rng.IntN(3)],
		AllVersions: rng.IntN(3) == 0, ActiveOnly: rng.IntN(4) == 0,
	}
}

func TestDiscover_agreesWithScan(t *testing.T) {
	t.Parallel()
	journal := modreg.NewMemJournal()
	ctx := context.Background()
	reg, err := modreg.Open(ctx, modreg.WithJournal(journal))
	must(t, err)
	other, err := modreg.Open(ctx, modreg.WithJournal(journal))
	must(t, err)
	t.Cleanup(func() { must(t, reg.Close(ctx)); must(t, other.Close(ctx)) })
	rng := rand.New(rand.NewPCG(1, 1))
	var kept []*modreg.Snapshot
	for step := range 400 {
		change(t, rng, reg)
		if step%40 == 0 {
			kept = append(kept, reg.Snapshot())
		}
		if step < 20 {
			continue // at first nobody asks, so that there is no index
		}
		follower, err := other.Wait(ctx, reg.Snapshot().Seq())
		must(t, err)
		for _, s := range []*modreg.Snapshot{reg.Snapshot(), follower, kept[rng.IntN(len(kept))]} {
			q := randomQuery(rng)
			found, err := s.Discover(q)
			must(t, err)
			want := naive(t, s, q)
			if got := moduleRefs(found); !slices.Equal(got, want) {
				t.Fatalf("step %d, %+v: got %v, want %v", step, q, got, want)
			}
			if n, err := s.Count(q); err != nil || n != len(want) {
				t.Fatalf("step %d, %+v: counted %d, %v, want %d", step, q, n, err, len(want))
			}
		}
	}
}

// The first question makes the index while others write.
func TestDiscover_firstQuestionUnderLoad(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var work sync.WaitGroup
	for w := range 3 {
		work.Go(func() {
			for i := range 100 {
				must(t, reg.Register(context.Background(), mod(fmt.Sprintf("w%d-%d", w, i), "1.0.0")))
				found, err := reg.Discover(modreg.Query{Name: fmt.Sprintf("w%d-*", w)})
				must(t, err)
				if got := len(moduleRefs(found)); got != i+1 {
					t.Errorf("%d modules are visible after %d were registered", got, i+1)
				}
			}
		})
	}
	work.Wait()
}

func TestDiscover_afterClose(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for _, asked := range []bool{false, true} {
		reg, err := modreg.Open(ctx)
		must(t, err)
		register(t, reg, mod("a", "1.0.0"))
		if asked {
			_, err := reg.Discover(modreg.Query{})
			must(t, err)
		}
		must(t, reg.Close(ctx))
		found, err := reg.Discover(modreg.Query{Name: "a"})
		if err != nil || refs(found) != "a@1.0.0*" {
			t.Errorf("asked before %t: %v", asked, err)
		}
		if _, err := reg.WatchQuery(ctx, modreg.Query{}); !asked && modreg.CodeOf(err) != modreg.CodeClosed {
			t.Errorf("watching: %v", err)
		}
	}
}

func TestDiscover_text(t *testing.T) {
	t.Parallel()
	reg := open(t)
	for name, text := range map[string]string{"a": "renders a picture", "b": "reads text out of a picture or a document", "c": "sends mail"} {
		m := mod(name, "1.0.0")
		m.Description = text
		register(t, reg, m)
	}
	q := modreg.Query{Text: "Picture reads"}
	found, err := reg.Discover(q)
	must(t, err)
	if got := refs(found); got != "b@1.0.0* a@1.0.0*" {
		t.Errorf("got %s", got)
	}
	m, _ := reg.Get("b")
	e, err := reg.Snapshot().Explain(q, m)
	if err != nil || !e.Matches || len(e.Words) != 2 || e.Score <= 0 {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestDiscover_states(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var s stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &s))
	register(t, reg, mod("b", "1.0.0"), provideProbe("b", &s))
	must(t, reg.Start(context.Background(), "b"))
	found, err := reg.Discover(modreg.Query{States: []modreg.State{modreg.StateActive}})
	must(t, err)
	if got := refs(found); got != "b@1.0.0*" {
		t.Errorf("got %s", got)
	}
}

func TestWatchQuery(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	reg := open(t)
	add := func(ref, version string) {
		name, vers, _ := strings.Cut(ref, "@")
		register(t, reg, mod(name, vers), modreg.Provide(someCaps[0], nilFactory, modreg.Version(version)))
	}
	add("a@1.0.0", "1.0.0")
	changes, err := reg.WatchQuery(ctx, modreg.Query{Require: []string{"a.x ^1"}})
	must(t, err)
	next, stop := iter.Pull(changes)
	defer stop()
	expect := func(kind discover.ChangeKind, module, old string) {
		t.Helper()
		c, ok := next()
		if !ok || c.Kind != kind || ref(c.Module) != module || ref(c.Old) != old {
			t.Fatalf("got %s %s, was %s; want %s %s, was %s", c.Kind, ref(c.Module), ref(c.Old), kind, module, old)
		}
	}
	expect(discover.Added, "a@1.0.0", "")
	add("b@1.0.0", "2.0.0")
	add("a@1.1.0", "1.5.0")
	must(t, reg.Activate(ctx, "a@1.1.0"))
	expect(discover.Changed, "a@1.1.0", "a@1.0.0")
	must(t, reg.Unregister(ctx, "a@1.0.0"))
	must(t, reg.Unregister(ctx, "a@1.1.0"))
	expect(discover.Removed, "", "a@1.1.0")
	cancel()
	if c, ok := next(); ok {
		t.Errorf("got %v after the end", c)
	}
	if _, err := reg.WatchQuery(ctx, modreg.Query{States: []modreg.State{modreg.StateActive}}); modreg.CodeOf(err) != modreg.CodeInvalid {
		t.Errorf("watching states: %v", err)
	}
}

func ref(m modreg.Module) string {
	if m == (modreg.Module{}) {
		return ""
	}
	return m.Ref()
}
