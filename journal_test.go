package modreg_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest"
)

func TestJournal_twoRegistriesAgree(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j := modreg.NewMemJournal()
	one, two := open(t, modreg.WithJournal(j)), open(t, modreg.WithJournal(j))
	var wg sync.WaitGroup
	for i, reg := range []*modreg.Registry{one, two} {
		wg.Go(func() {
			for n := range 40 {
				name := fmt.Sprintf("m%d-%d", i, n)
				if err := reg.Register(ctx, mod(name, "1.0.0"), provideProbe(name, &stats{})); err != nil {
					t.Errorf("register: %v", err)
				}
				if n%4 == 3 {
					if err := reg.Unregister(ctx, name); err != nil {
						t.Errorf("unregister: %v", err)
					}
				}
			}
		})
	}
	wg.Wait()
	head, err := j.Head(ctx, "registry")
	must(t, err)
	a, err := one.Wait(ctx, head)
	must(t, err)
	b, err := two.Wait(ctx, head)
	must(t, err)
	if a.Hash() != b.Hash() || refs(a.All()) != refs(b.All()) || a.Len() != 60 {
		t.Errorf("they disagree: %d and %d modules, hashes equal: %v", a.Len(), b.Len(), a.Hash() == b.Hash())
	}
}

func TestJournal_reopenedRegistryBindsAgain(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j := modreg.NewMemJournal()
	reg, err := modreg.Open(ctx, modreg.WithJournal(j))
	must(t, err)
	register(t, reg, mod("a", "1.0.0"), provideConfigured(&stats{}, true), modreg.WithConfig(settings{Greeting: "kept"}))
	register(t, reg, mod("a", "2.0.0"), provideProbe("a2", &stats{}))
	entry := mod("b", "1.0.0")
	entry.Entry = "b"
	entry.Provides = []manifest.Provision{{Capability: "test.greet"}}
	wantCode(t, reg.Register(ctx, entry), modreg.CodeUnbound, `no entry "b"`)
	seq, hash := reg.Snapshot().Seq(), reg.Snapshot().Hash()
	must(t, reg.Close(ctx))

	reg = open(t, modreg.WithJournal(j), modreg.WithEntry("b", provideProbe("b", &stats{})))
	if s := reg.Snapshot(); s.Seq() != seq || s.Hash() != hash || refs(s.All()) != "a@2.0.0 a@1.0.0*" {
		t.Fatalf("reopened at %d: %s", s.Seq(), refs(s.All()))
	}
	if st := stateOf(t, reg, "a"); st.Bound || !strings.Contains(st.Reason, "not registered its code") {
		t.Errorf("status before binding: %+v", st)
	}
	h := lookup(t, reg, greet)
	_, err = hello(ctx, h)
	wantCode(t, err, modreg.CodeUnavailable, "a@")
	wantCode(t, reg.Start(ctx, "a"), modreg.CodeUnbound)
	register(t, reg, mod("a", "1.0.0"), provideConfigured(&stats{}, true))
	if reg.Snapshot().Seq() != seq {
		t.Error("binding again was recorded again")
	}
	if out, err := hello(ctx, h); err != nil || out != "kept: a greets you" {
		t.Errorf("%q, %v", out, err)
	}
	must(t, reg.Register(ctx, entry))
	wantHello(t, lookup(t, reg, greet, modreg.From("b")), "b")

	third := open(t, modreg.WithJournal(j), modreg.WithEntry("b", provideProbe("third", &stats{})))
	wantHello(t, lookup(t, third, greet, modreg.From("b")), "third") // an entry binds without a registration
}

func TestJournal_followsOthersSwapsAndRemovals(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j := modreg.NewMemJournal()
	one, two := open(t, modreg.WithJournal(j)), open(t, modreg.WithJournal(j))
	var v1, v2 stats
	for _, reg := range []*modreg.Registry{one, two} {
		s1, s2 := &stats{}, &stats{}
		if reg == two {
			s1, s2 = &v1, &v2
		}
		register(t, reg, mod("a", "1.0.0"), provideProbe("a1", s1))
		register(t, reg, mod("a", "2.0.0"), provideProbe("a2", s2))
	}
	h := lookup(t, two, greet)
	wantHello(t, h, "a1")
	var lost atomic.Int64
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := hello(ctx, h); err != nil {
				lost.Add(1)
			}
		}
	})
	must(t, one.Activate(ctx, "a@2.0.0"))
	eventually(t, "the other registry swaps too", func() bool { out, _ := hello(ctx, h); return out == "a2 greets you" })
	eventually(t, "and stops the old version", func() bool { return v1.stopped.Load() == 1 })
	must(t, one.Unregister(ctx, "a@1.0.0"))
	close(stop)
	wg.Wait()
	if lost.Load() != 0 || v1.late.Load() != 0 {
		t.Errorf("%d calls lost, %d late", lost.Load(), v1.late.Load())
	}
	must(t, one.Unregister(ctx, "a"))
	eventually(t, "what is unregistered elsewhere is stopped here", func() bool { return v2.stopped.Load() == 1 })
}

func TestJournal_othersConfigurationIsTaken(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j := modreg.NewMemJournal()
	one, two := open(t, modreg.WithJournal(j)), open(t, modreg.WithJournal(j))
	for _, reg := range []*modreg.Registry{one, two} {
		register(t, reg, mod("a", "1.0.0"), provideConfigured(&stats{}, reg == one))
	}
	h := lookup(t, two, greet)
	_, err := hello(ctx, h)
	must(t, err)
	events := two.Watch(ctx)
	must(t, one.Configure(ctx, "a", settings{Greeting: "news"}))
	eventually(t, "the other instance has it", func() bool { out, _ := hello(ctx, h); return out == "news: a greets you" })
	must(t, one.Configure(ctx, "a", settings{Greeting: "refuse"})) // does not run there, so nobody refuses
	for e, err := range events {
		must(t, err)
		if e.Kind == modreg.EventConfigRefused {
			break
		}
	}
	if out, err := hello(ctx, h); err != nil || out != "news: a greets you" {
		t.Errorf("after a refused configuration: %q, %v", out, err)
	}
}

// faultyJournal fails on demand.
type faultyJournal struct {
	modreg.Journal
	before, after atomic.Pointer[error] // fail an append before or after it happened
	tamper        func(modreg.Record) modreg.Record
}

func (j *faultyJournal) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	if err := j.before.Swap(nil); err != nil {
		return 0, *err
	}
	seq, err := j.Journal.Append(ctx, stream, head, batch)
	if fail := j.after.Swap(nil); fail != nil {
		return 0, *fail
	}
	return seq, err
}

func (j *faultyJournal) Read(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	return func(yield func(modreg.Record, error) bool) {
		for rec, err := range j.Journal.Read(ctx, stream, from) {
			if j.tamper != nil && err == nil {
				rec = j.tamper(rec)
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

func TestJournal_failedAppends(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	j := &faultyJournal{Journal: modreg.NewMemJournal()}
	reg := open(t, modreg.WithJournal(j))
	full := errors.New("disk full")
	j.before.Store(&full)
	wantCode(t, reg.Register(ctx, mod("a", "1.0.0"), provideProbe("a", &stats{})), modreg.CodeJournal, "disk full")
	if _, ok := reg.Get("a"); ok {
		t.Error("what was not recorded is registered")
	}
	j.after.Store(&full)
	wantCode(t, reg.Register(ctx, mod("a", "1.0.0"), provideProbe("a", &stats{})), modreg.CodeJournal, "disk full")
	if _, ok := reg.Get("a"); !ok {
		t.Error("what was recorded all the same is not registered")
	}
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{})) // tried again, it binds
	wantHello(t, lookup(t, reg, greet), "a")
}

// lyingJournal says that its head moved although it did not, or that it is another.
type lyingJournal struct {
	modreg.Journal
	moved  bool
	beside uint64
}

func (j *lyingJournal) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	if j.moved {
		return 0, fmt.Errorf("%w", modreg.ErrHeadMoved)
	}
	next, err := j.Journal.Append(ctx, stream, head, batch)
	return next + j.beside, err
}

func TestJournal_thatBreaksItsContractIsReported(t *testing.T) {
	t.Parallel()
	for _, j := range []*lyingJournal{{moved: true}, {beside: 1}} {
		j.Journal = modreg.NewMemJournal()
		reg := open(t, modreg.WithJournal(j))
		wantCode(t, reg.Register(context.Background(), mod("a", "1.0.0"), provideProbe("a", &stats{})), modreg.CodeJournal, "head")
	}
}

func TestJournal_damageIsRefused(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, tamper := range map[string]func(string) string{
		"changed manifest": func(s string) string { return strings.Replace(s, `"name":"a"`, `"name":"b"`, 1) },
		"changed hash":     func(s string) string { return strings.Replace(s, `"prev":"0`, `"prev":"1`, 1) },
		"later format":     func(s string) string { return strings.Replace(s, `{"v":2`, `{"v":3`, 1) },
		"unknown op":       func(s string) string { return strings.Replace(s, `"do":"register"`, `"do":"regifter"`, 1) },
		"unknown field":    func(s string) string { return strings.Replace(s, `"ops"`, `"x":1,"ops"`, 1) },
		"not canonical":    func(s string) string { return strings.Replace(s, `"name":`, `"name": `, 1) },
		"cut off":          func(s string) string { return s[:len(s)/2] },
		"empty":            func(string) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mem := modreg.NewMemJournal()
			reg, err := modreg.Open(ctx, modreg.WithJournal(mem))
			must(t, err)
			register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}))
			register(t, reg, mod("c", "1.0.0"), provideProbe("c", &stats{}))
			must(t, reg.Close(ctx))
			_, err = modreg.Open(ctx, modreg.WithJournal(&faultyJournal{Journal: mem, tamper: func(r modreg.Record) modreg.Record {
				if r.Seq == 1 {
					r.Data = []byte(tamper(string(r.Data)))
				}
				return r
			}}))
			wantCode(t, err, modreg.CodeJournal)
		})
	}
}

func TestJournal_damageWhileRunningStopsWritesNotReads(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	mem := modreg.NewMemJournal()
	reg := open(t, modreg.WithJournal(mem))
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}))
	events := reg.Watch(ctx)
	_, err := mem.Append(ctx, "registry", 1, [][]byte{[]byte(`{"v":1,"time":"2026-01-01T00:00:00Z","prev":"00","ops":[]}`)})
	must(t, err)
	for e, err := range events {
		must(t, err)
		if e.Kind == modreg.EventJournalFailed {
			wantCode(t, e.Err, modreg.CodeJournal)
			break
		}
	}
	wantCode(t, reg.Register(ctx, mod("b", "1.0.0"), provideProbe("b", &stats{})), modreg.CodeJournal)
	wantHello(t, lookup(t, reg, greet), "a")
}

func TestRecord_formatIsStable(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	mem := modreg.NewMemJournal()
	// Records as version 1 of the format wrote them. They must stay readable.
	stored := []string{
		`{"v":1,"time":"2026-11-24T12:00:00.000000001Z","prev":"0000000000000000000000000000000000000000000000000000000000000000","ops":[{"do":"register","manifest":{"name":"a","provides":[{"attributes":{"lang":"en","tags":["x","y"]},"capability":"test.greet","version":"1.2.0"}],"version":"1.0.0"},"config":{"greeting":"hi"}},{"do":"register","manifest":{"name":"a","version":"2.0.0"}}]}`,
		`{"v":1,"time":"2026-11-24T12:00:01Z","prev":"9a1b4e98df10eb60ee2e5fb2a8b3cb9d4f3e0ab4aab7e8a2c03efbd2c43d25cc","ops":[{"do":"activate","module":"a@2.0.0"},{"do":"configure","module":"a@1.0.0"},{"do":"unregister","module":"a@2.0.0"}]}`,
	}
	fixPrev(stored)
	for i, s := range stored {
		_, err := mem.Append(ctx, "registry", uint64(i), [][]byte{[]byte(s)})
		must(t, err)
	}
	reg := open(t, modreg.WithJournal(mem))
	if got := refs(reg.Snapshot().All()); got != "a@1.0.0*" || reg.Snapshot().Config("a") != nil {
		t.Errorf("folded to %s, configuration %s", got, reg.Snapshot().Config("a"))
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	reg := open(t)
	events := reg.Watch(ctx)
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}))
	register(t, reg, mod("a", "2.0.0"), provideProbe("a", &stats{}))
	must(t, reg.Start(ctx, "a"))
	must(t, reg.Activate(ctx, "a@2.0.0"))
	must(t, reg.Unregister(ctx, "a@1.0.0"))
	var got []string
	for e, err := range events {
		must(t, err)
		s := e.Kind.String() + ":" + e.Version
		if e.Kind == modreg.EventState {
			s += ":" + e.From.String() + ">" + e.State.String()
		}
		got = append(got, s)
		if e.Kind == modreg.EventUnregistered {
			break
		}
	}
	want := "registered:1.0.0 registered:2.0.0 state:1.0.0:registered>resolved state:1.0.0:resolved>starting state:1.0.0:starting>active " +
		"state:2.0.0:registered>resolved state:2.0.0:resolved>starting state:2.0.0:starting>active activated:2.0.0 " +
		"state:1.0.0:active>draining state:1.0.0:draining>stopped unregistered:1.0.0"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("events\n%s, want\n%s", s, want)
	}

	slow := reg.Watch(ctx)
	for i := range 5000 {
		register(t, reg, mod(fmt.Sprintf("m%d", i), "1.0.0"), provideProbe("m", &stats{}))
	}
	n, lagged := 0, false
	for _, err := range slow {
		if modreg.CodeOf(err) == modreg.CodeLagged {
			lagged = true
			cancel()
			continue
		}
		if err != nil {
			wantCode(t, err, modreg.CodeCanceled)
			break
		}
		n++
	}
	if !lagged || n != 4096 {
		t.Errorf("a slow watcher got %d events, lagged %v", n, lagged)
	}
}

func TestWatch_seesTheRegistryClose(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg, err := modreg.Open(ctx)
	must(t, err)
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}, func(p *probe) { p.stop = func(context.Context) error { panic("x") } }))
	must(t, reg.Start(ctx, "a"))
	events := reg.Watch(ctx)
	wantCode(t, reg.Close(ctx), modreg.CodePanic)
	var got []string
	for e, err := range events {
		if err != nil {
			wantCode(t, err, modreg.CodeClosed)
			break
		}
		got = append(got, strings.TrimSpace(e.Kind.String()+" "+e.State.String()))
	}
	if s := strings.Join(got, ", "); s != "state draining, panicked, state stopped" {
		t.Errorf("while it was closed, it told %q", s)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	got := make(chan uint64, 1)
	go func() {
		s, err := reg.Wait(ctx, 2)
		if err != nil {
			t.Errorf("wait: %v", err)
			s = reg.Snapshot()
		}
		got <- s.Seq()
	}()
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}))
	register(t, reg, mod("b", "1.0.0"), provideProbe("b", &stats{}))
	if seq := <-got; seq != 2 {
		t.Errorf("got snapshot %d", seq)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err := reg.Wait(ended, 3)
	wantCode(t, err, modreg.CodeCanceled)
}
