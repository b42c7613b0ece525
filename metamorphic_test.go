package modreg_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modreg/modreg"
)

var (
	histories = flag.Int("histories", 12, "how many random histories TestLifecycle_randomHistories runs")
	seed      = flag.Uint64("seed", 0, "the first seed of TestLifecycle_randomHistories; 0 takes one from the clock")
)

// TestLifecycle_randomHistories runs random histories of everything that can happen to modules, under load,
// and checks after each that no call was lost or served by a stopped instance, that no instance leaked, and that
// the desired state is what the journal says. A failing seed is printed: run it again with -args -seed=N -histories=1.
func TestLifecycle_randomHistories(t *testing.T) {
	t.Parallel()
	first := *seed
	if first == 0 {
		first = uint64(time.Now().UnixNano())
	}
	for n := range *histories {
		s := first + uint64(n)
		t.Run(fmt.Sprint(s), func(t *testing.T) {
			t.Parallel()
			newHistory(t, s).run(60)
		})
	}
}

// A history is one run. The module "rock" is swapped, stopped and configured, but always has a version that
// starts, so that calls to it have no excuse to fail. The others live dangerously, and calls to them may find
// nobody.
type history struct {
	t     *testing.T
	rng   *rand.Rand
	j     *modreg.MemJournal
	reg   *modreg.Registry
	stats stats
	fails atomic.Int64 // how many of the next starts fail
	log   []string
}

func newHistory(t *testing.T, seed uint64) *history {
	t.Helper()
	h := &history{t: t, rng: rand.New(rand.NewPCG(seed, 1)), j: modreg.NewMemJournal()}
	reg, err := modreg.Open(context.Background(), modreg.WithJournal(h.j))
	must(t, err)
	h.reg = reg
	return h
}

func (h *history) provide(version string, opts ...modreg.ModuleOption) []modreg.ModuleOption {
	build := func(_ context.Context, d modreg.Deps) (greeter, error) {
		if h.fails.Load() > 0 && h.fails.Add(-1) >= 0 {
			return nil, errBoom
		}
		h.stats.built.Add(1)
		return &probe{name: "x", stats: &h.stats, onGreet: h.leanOn(d)}, nil
	}
	return append(opts, modreg.Provide(greet, build, modreg.Version(version)))
}

// leanOn makes a module that requires the namer call it within its own calls.
func (h *history) leanOn(d modreg.Deps) func(context.Context) error {
	dep, err := modreg.Need(d, nameCap)
	if err != nil {
		return func(context.Context) error { runtime.Gosched(); return nil } // let something happen during the call
	}
	return func(ctx context.Context) error {
		runtime.Gosched()
		_, err := modreg.Do(ctx, dep, func(_ context.Context, n namer) (string, error) { return n.Name(), nil })
		if c := modreg.CodeOf(err); c == modreg.CodeUnavailable || c == modreg.CodeClosed {
			return nil // the dependency is optional, and the call may outlive its own module's stop
		}
		return err
	}
}

var nameCap = modreg.NewCapability[namer]("test.name")

func (h *history) run(steps int) {
	ctx := context.Background()
	sound := func(context.Context, modreg.Deps) (greeter, error) {
		h.stats.built.Add(1)
		return &probe{name: "rock", stats: &h.stats, onGreet: func(context.Context) error { runtime.Gosched(); return nil }}, nil
	}
	for _, v := range []string{"1.0.0", "2.0.0", "3.0.0"} {
		must(h.t, h.reg.Register(ctx, mod("rock", v), modreg.Provide(greet, sound)))
	}
	must(h.t, h.reg.Register(ctx, mod("name", "1.0.0"), modreg.Provide(nameCap,
		func(context.Context, modreg.Deps) (namer, error) { return named("n"), nil })))
	must(h.t, h.reg.Start(ctx, "rock"))
	stop := make(chan struct{})
	var load sync.WaitGroup
	for _, from := range []string{"rock", "rock", "a", "b", "c"} {
		handle := lookup(h.t, h.reg, greet, modreg.From(from), modreg.AllowMissing())
		load.Go(func() { h.call(handle, from != "rock", stop) })
	}
	for range steps {
		h.step(ctx)
		for seen := h.stats.calls.Load(); h.stats.calls.Load() < seen+3 && !h.t.Failed(); {
			runtime.Gosched()
		}
	}
	close(stop)
	load.Wait()
	h.checkAgainstJournal(ctx)
	must(h.t, h.reg.Close(ctx))
	if built, stopped := h.stats.built.Load(), h.stats.stopped.Load(); built != stopped {
		h.t.Errorf("%d instances built, %d stopped; history: %s", built, stopped, strings.Join(h.log, " "))
	}
	if late := h.stats.late.Load(); late != 0 {
		h.t.Errorf("%d calls were served by stopped instances; history: %s", late, strings.Join(h.log, " "))
	}
}

// call calls for as long as it may.
func (h *history) call(handle *modreg.Handle[greeter], mayMiss bool, stop chan struct{}) {
	for {
		select {
		case <-stop:
			return
		default:
		}
		_, err := hello(context.Background(), handle)
		if err == nil {
			continue
		}
		switch code := modreg.CodeOf(err); {
		case mayMiss && (code == modreg.CodeUnavailable || code == modreg.CodeFailed):
			runtime.Gosched()
		default:
			h.t.Errorf("a call was lost: %v", err)
			return
		}
	}
}

// step does one random thing. Refusals are part of life; only the codes that say "broken" are not.
func (h *history) step(ctx context.Context) {
	name := []string{"a", "b", "c"}[h.rng.IntN(3)]
	ref := fmt.Sprintf("%s@%d.0.0", name, 1+h.rng.IntN(3))
	do := func(what string, err error) {
		h.log = append(h.log, fmt.Sprintf("%s(%s)=%s", what, ref, modreg.CodeOf(err)))
		switch modreg.CodeOf(err) {
		case "", modreg.CodeNotFound, modreg.CodeConflict, modreg.CodeInUse, modreg.CodeFailed, modreg.CodeInvalid,
			modreg.CodeQuarantined, modreg.CodeUnbound, modreg.CodeUnavailable:
		default:
			h.t.Errorf("%s %s: %v", what, ref, err)
		}
	}
	switch h.rng.IntN(16) {
	case 0, 1, 2:
		_, v, _ := strings.Cut(ref, "@")
		opts := h.provide(v)
		if h.rng.IntN(2) == 0 {
			opts = append(opts, modreg.Require(nameCap, modreg.Optional()))
		}
		do("register", h.reg.Register(ctx, mod(name, v), opts...))
	case 3, 4:
		do("activate", h.reg.Activate(ctx, ref))
	case 5:
		do("unregister", h.reg.Unregister(ctx, ref))
	case 6:
		do("start", h.reg.Start(ctx, ref))
	case 7:
		do("stop", h.reg.Stop(ctx, ref))
	case 8:
		do("quarantine", h.reg.Quarantine(ctx, ref, "by chance"))
	case 9:
		do("release", h.reg.Release(ctx, ref))
	case 10:
		do("configure", h.reg.Configure(ctx, ref, map[string]int{"n": h.rng.IntN(5)}))
	case 11, 12:
		do("activate rock", h.reg.Activate(ctx, fmt.Sprintf("rock@%d.0.0", 1+h.rng.IntN(3))))
	case 13:
		do("stop rock", h.reg.Stop(ctx, "rock"))
	case 14:
		do("configure rock", h.reg.Configure(ctx, "rock", map[string]int{"n": h.rng.IntN(5)}))
	case 15:
		h.fails.Store(int64(h.rng.IntN(3)))
		h.log = append(h.log, "fail")
	}
}

// checkAgainstJournal folds the journal anew and compares.
func (h *history) checkAgainstJournal(ctx context.Context) {
	fresh := open(h.t, modreg.WithJournal(h.j))
	a, b := h.reg.Snapshot(), fresh.Snapshot()
	if a.Hash() != b.Hash() || refs(a.All()) != refs(b.All()) {
		h.t.Errorf("state %s, the journal says %s; history: %s", refs(a.All()), refs(b.All()), strings.Join(h.log, " "))
	}
	for m := range a.All() {
		if x, y := a.Config(m.Ref()), b.Config(m.Ref()); string(x) != string(y) {
			h.t.Errorf("configuration of %s is %s, the journal says %s", m, x, y)
		}
	}
}
