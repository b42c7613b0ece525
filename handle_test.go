package modreg_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/modreg/modreg"
)

func TestHandle_startsLazilyAndShares(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var s stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &s))
	h := lookup(t, reg, greet)
	if s.built.Load() != 0 || stateOf(t, reg, "a").State != modreg.StateRegistered {
		t.Fatal("the module was started by a lookup")
	}
	wantHello(t, h, "a")
	wantHello(t, lookup(t, reg, greet), "a")
	if s.built.Load() != 1 || stateOf(t, reg, "a").State != modreg.StateActive {
		t.Fatalf("built %d times, state %v", s.built.Load(), stateOf(t, reg, "a").State)
	}
}

func TestHandle_followsActiveVersion(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var v1, v2 stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a1", &v1))
	h := lookup(t, reg, greet)
	wantHello(t, h, "a1")
	register(t, reg, mod("a", "2.0.0"), provideProbe("a2", &v2))
	wantHello(t, h, "a1") // registering is not activating
	must(t, reg.Activate(context.Background(), "a@2.0.0"))
	wantHello(t, h, "a2")
	if v1.stopped.Load() != 1 {
		t.Error("the old version was not stopped")
	}
	must(t, reg.Activate(context.Background(), "a@1.0.0"))
	wantHello(t, h, "a1")
	if v2.stopped.Load() != 1 || v1.built.Load() != 2 {
		t.Errorf("after the way back: v2 stopped %d times, v1 built %d times", v2.stopped.Load(), v1.built.Load())
	}
}

func TestHandle_rangeKeepsVersionsSideBySide(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var v1, v2 stats
	provide := func(name, version string, s *stats) modreg.ModuleOption {
		return modreg.Provide(greet, func(context.Context, modreg.Deps) (greeter, error) {
			s.built.Add(1)
			return &probe{name: name, stats: s}, nil
		}, modreg.Version(version))
	}
	register(t, reg, mod("a", "1.0.0"), provide("a1", "1.0.0", &v1))
	register(t, reg, mod("a", "2.0.0"), provide("a2", "2.0.0", &v2))
	old, either := lookup(t, reg, greet, modreg.Range("^1")), lookup(t, reg, greet)
	next := lookup(t, reg, greet, modreg.Range("^2"))
	wantHello(t, old, "a1")
	wantHello(t, next, "a2")
	wantHello(t, either, "a1")
	must(t, reg.Activate(context.Background(), "a@2.0.0"))
	wantHello(t, either, "a2")
	wantHello(t, old, "a1")
	if v1.stopped.Load() != 0 {
		t.Fatal("the version that a handle asks for was stopped")
	}
	old.Close()
	eventually(t, "the version that nobody asks for any more is stopped", func() bool { return v1.stopped.Load() == 1 })
	wantHello(t, next, "a2")
}

func TestHandle_goesToTheNextMatchThenSaysUnavailable(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var sa, sb stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &sa))
	register(t, reg, mod("b", "1.0.0"), provideProbe("b", &sb))
	h := lookup(t, reg, greet)
	wantHello(t, h, "a")
	must(t, reg.Unregister(ctx, "a"))
	wantHello(t, h, "b")
	must(t, reg.Unregister(ctx, "b"))
	_, err := hello(ctx, h)
	wantCode(t, err, modreg.CodeUnavailable, "test.greet")
	register(t, reg, mod("c", "1.0.0"), provideProbe("c", &stats{}))
	wantHello(t, h, "c")
}

func TestHandle_keepsToItsModuleWhileThatMatches(t *testing.T) {
	t.Parallel()
	reg := open(t)
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}))
	h := lookup(t, reg, greet)
	wantHello(t, h, "a")
	register(t, reg, mod("better", "1.0.0"), modreg.Provide(greet, func(context.Context, modreg.Deps) (greeter, error) {
		return &probe{name: "better", stats: &stats{}}, nil
	}, modreg.Version("1.9.0")))
	wantHello(t, h, "a")
	wantHello(t, lookup(t, reg, greet, modreg.Range(">=1.5")), "better")
}

func TestHandle_closed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}))
	h := lookup(t, reg, greet)
	wantHello(t, h, "a")
	h.Close()
	h.Close()
	_, err := hello(ctx, h)
	wantCode(t, err, modreg.CodeClosed)
	_, err = modreg.Acquire(ctx, h)
	wantCode(t, err, modreg.CodeClosed)
	if _, ok := h.Module(); ok {
		t.Error("a closed handle leads to a module")
	}
	wantHello(t, lookup(t, reg, greet), "a") // the question's other handles live on
	var zero modreg.Handle[greeter]
	_, err = hello(ctx, &zero)
	wantCode(t, err, modreg.CodeInvalid)
	zero.Close()
}

func TestHandle_forgottenIsReleased(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var v1 stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a1", &v1))
	func() {
		h := lookup(t, reg, greet, modreg.Range("1.0.0"))
		wantHello(t, h, "a1")
	}()
	register(t, reg, mod("a", "2.0.0"), modreg.Provide(greet, func(context.Context, modreg.Deps) (greeter, error) {
		return &probe{name: "a2", stats: &stats{}}, nil
	}, modreg.Version("2.0.0")))
	must(t, reg.Activate(context.Background(), "a@2.0.0"))
	eventually(t, "a collected handle lets its version go", func() bool { runtime.GC(); return v1.stopped.Load() == 1 })
}

func TestDo_isolatesPanics(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	register(t, reg, mod("a", "1.2.3"), provideProbe("a", &stats{}, func(p *probe) {
		p.onGreet = func(context.Context) error { panic(errBoom) }
	}))
	h := lookup(t, reg, greet)
	for range 3 {
		_, err := hello(ctx, h)
		wantCode(t, err, modreg.CodePanic, "a@1.2.3", "boom")
		p, ok := errors.AsType[*modreg.PanicError](err)
		if !ok || p.Module != "a" || p.Version != "1.2.3" || !strings.Contains(string(p.Stack), "onGreet") && !strings.Contains(string(p.Stack), "Greet") {
			t.Fatalf("panic error %+v", p)
		}
		if !errors.Is(err, errBoom) {
			t.Error("the value of the panic is not in the chain")
		}
	}
	if n := stateOf(t, reg, "a").InFlight; n != 0 {
		t.Errorf("%d calls in flight after panics", n)
	}
}

func TestDo_goexitGivesThePlaceBack(t *testing.T) {
	t.Parallel()
	reg := open(t)
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}))
	h := lookup(t, reg, greet)
	wantHello(t, h, "a")
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = modreg.Do(context.Background(), h, func(context.Context, greeter) (int, error) { runtime.Goexit(); return 0, nil })
	}()
	<-done
	if n := stateOf(t, reg, "a").InFlight; n != 0 {
		t.Errorf("%d calls in flight", n)
	}
}

func TestDo_passesOnErrorsAndAllocatesNothing(t *testing.T) {
	reg := open(t)
	register(t, reg, mod("a", "1.0.0"), modreg.Provide(text, newEcho))
	h := lookup(t, reg, text)
	ctx := context.Background()
	_, err := modreg.Do(ctx, h, func(context.Context, textProcessor) (int, error) { return 0, errBoom })
	if err != errBoom { //nolint:errorlint // it must be the very error
		t.Fatalf("error %v, want the function's own", err)
	}
	if n := testing.AllocsPerRun(100, func() {
		_, _ = modreg.Do(ctx, h, func(ctx context.Context, p textProcessor) (string, error) { return p.Process(ctx, "x") })
	}); n != 0 {
		t.Errorf("Do allocates %v times", n)
	}
}

func TestLease(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var v1 stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a1", &v1))
	register(t, reg, mod("a", "2.0.0"), provideProbe("a2", &stats{}))
	h := lookup(t, reg, greet)
	l, err := modreg.Acquire(ctx, h)
	must(t, err)
	swapped := make(chan error, 1)
	go func() { swapped <- reg.Activate(ctx, "a@2.0.0") }()
	eventually(t, "calls go to the new version", func() bool {
		out, err := hello(ctx, h)
		return err == nil && out == "a2 greets you"
	})
	if got := l.Module().Ref(); got != "a@1.0.0" {
		t.Errorf("the lease is on %s", got)
	}
	if out, err := l.Value().Greet(ctx, "you"); err != nil || out != "a1 greets you" {
		t.Errorf("leased value: %q, %v", out, err)
	}
	if v1.stopped.Load() != 0 {
		t.Error("the old version was stopped under a lease")
	}
	l.Release()
	l.Release()
	must(t, <-swapped)
	if v1.stopped.Load() != 1 || v1.late.Load() != 0 {
		t.Errorf("stopped %d times, %d calls after the stop", v1.stopped.Load(), v1.late.Load())
	}
}

func TestLookup_errors(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	register(t, reg, mod("a", "1.0.0"), modreg.Provide(greet, func(context.Context, modreg.Deps) (greeter, error) {
		return &probe{stats: &stats{}}, nil
	}, modreg.Version("1.2.0"), modreg.Attr("lang", "en"), modreg.Attr("pages", 3), modreg.Attr("tags", []string{"x", "y"})))
	find := func(opts ...modreg.LookupOption) error {
		_, err := modreg.Lookup(ctx, reg, greet, opts...)
		return err
	}
	must(t, find(modreg.Where("lang", "en"), modreg.Where("tags", "x"), modreg.Filter("pages >= 3"), modreg.Range("^1")))
	wantCode(t, find(modreg.Where("lang", "de")), modreg.CodeNotFound, `lang = "de"`, "a@1.0.0 provides")
	wantCode(t, find(modreg.Range("^2")), modreg.CodeNotFound, "1.2.0")
	wantCode(t, find(modreg.Range("nonsense")), modreg.CodeInvalid, "nonsense")
	wantCode(t, find(modreg.Range("^1"), modreg.Range("^1")), modreg.CodeInvalid)
	wantCode(t, find(modreg.Filter("pages >=")), modreg.CodeInvalid, "pages >=")
	wantCode(t, find(modreg.Where("Bad Name", "x")), modreg.CodeInvalid)
	register(t, reg, mod("other", "1.0.0"), modreg.Provide(text, newEcho))
	wantCode(t, find(modreg.From("othre")), modreg.CodeNotFound, "no module has this name", `did you mean "other"?`)
	wantCode(t, find(modreg.From("other")), modreg.CodeNotFound, "does not provide it")
	wantCode(t, find(modreg.From("B!")), modreg.CodeInvalid)
	must(t, find(modreg.From("b"), modreg.AllowMissing()))

	_, err := modreg.Lookup(ctx, reg, modreg.NewCapability[greeter]("test.gret"))
	wantCode(t, err, modreg.CodeNotFound, `did you mean "test.greet"?`)
	_, err = modreg.Lookup(ctx, reg, modreg.NewCapability[greeter]("Test Greet"))
	wantCode(t, err, modreg.CodeInvalid)
	_, err = modreg.Lookup(ctx, reg, modreg.NewCapability[greeter]("module/a"))
	wantCode(t, err, modreg.CodeInvalid)
	_, err = modreg.Lookup(ctx, reg, modreg.Capability[greeter]{})
	wantCode(t, err, modreg.CodeInvalid)
	_, err = modreg.Lookup(ctx, reg, modreg.NewCapability[textProcessor]("test.greet"))
	wantCode(t, err, modreg.CodeTypeConflict, "kit_test.go:", "handle_test.go:", "greeter", "textProcessor")
	done, cancel := context.WithCancel(ctx)
	cancel()
	_, err = modreg.Lookup(done, reg, greet)
	wantCode(t, err, modreg.CodeCanceled)
}

func TestLookupAll_pinsEachModule(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	for _, name := range []string{"a", "b", "c"} {
		register(t, reg, mod(name, "1.0.0"), provideProbe(name, &stats{}))
	}
	register(t, reg, mod("b", "2.0.0"), provideProbe("b2", &stats{}))
	all, err := modreg.LookupAll(ctx, reg, greet)
	must(t, err)
	if len(all) != 3 {
		t.Fatalf("%d handles, want 3", len(all))
	}
	wantHello(t, all[1], "b")
	must(t, reg.Activate(ctx, "b@2.0.0"))
	wantHello(t, all[1], "b2")
	must(t, reg.Unregister(ctx, "a"))
	_, err = hello(ctx, all[0])
	wantCode(t, err, modreg.CodeUnavailable)
	wantHello(t, all[2], "c")
}
