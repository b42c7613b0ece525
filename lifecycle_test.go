package modreg_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest"
)

func TestStart_failures(t *testing.T) {
	t.Parallel()
	short := modreg.WithTimeouts(modreg.Timeouts{Start: 50 * time.Millisecond, Health: 50 * time.Millisecond})
	block := func(ctx context.Context) error { <-make(chan struct{}); return nil }
	factory := func(f func() (greeter, error)) modreg.ModuleOption {
		return modreg.Provide(greet, func(context.Context, modreg.Deps) (greeter, error) { return f() })
	}
	for name, tt := range map[string]struct {
		opt   modreg.ModuleOption
		code  modreg.Code
		parts []string
	}{
		"factory error":  {factory(func() (greeter, error) { return nil, errBoom }), modreg.CodeFailed, []string{"start a@1.0.0", "test.greet", "boom"}},
		"factory panic":  {factory(func() (greeter, error) { panic(errBoom) }), modreg.CodePanic, []string{"a@1.0.0", "boom"}},
		"factory nil":    {factory(func() (greeter, error) { return nil, nil }), modreg.CodeFailed, []string{"nil"}},
		"typed nil":      {factory(func() (greeter, error) { return (*probe)(nil), nil }), modreg.CodeFailed, []string{"nil"}},
		"factory blocks": {factory(func() (greeter, error) { <-make(chan struct{}); return nil, nil }), modreg.CodeDeadline, []string{"50ms"}},
		"start error":    {provideProbe("a", &stats{}, func(p *probe) { p.start = func(context.Context) error { return errBoom } }), modreg.CodeFailed, []string{"boom"}},
		"start panic":    {provideProbe("a", &stats{}, func(p *probe) { p.start = func(context.Context) error { panic("x") } }), modreg.CodePanic, nil},
		"start blocks":   {provideProbe("a", &stats{}, func(p *probe) { p.start = block }), modreg.CodeDeadline, nil},
		"unhealthy":      {provideProbe("a", &stats{}, func(p *probe) { p.health = func(context.Context) error { return errBoom } }), modreg.CodeFailed, []string{"healthy", "boom"}},
		"health blocks":  {provideProbe("a", &stats{}, func(p *probe) { p.health = block }), modreg.CodeDeadline, nil},
		"health panics":  {provideProbe("a", &stats{}, func(p *probe) { p.health = func(context.Context) error { panic("x") } }), modreg.CodePanic, nil},
		"second of two":  {modreg.Share(func(context.Context, modreg.Deps) (*probe, error) { return nil, nil }, modreg.As(greet, func(p *probe) greeter { return p })), modreg.CodeFailed, nil},
		"view gives nil": {modreg.Share(func(context.Context, modreg.Deps) (int, error) { return 1, nil }, modreg.As(greet, func(int) greeter { return nil })), modreg.CodeFailed, []string{"view"}},
		"view panics":    {modreg.Share(func(context.Context, modreg.Deps) (int, error) { return 1, nil }, modreg.As(greet, func(int) greeter { panic("x") })), modreg.CodePanic, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var opts []modreg.Option
			if tt.code == modreg.CodeDeadline { // the others are to have all the time of a busy machine
				opts = append(opts, short)
			}
			reg := open(t, opts...)
			register(t, reg, mod("a", "1.0.0"), tt.opt)
			h := lookup(t, reg, greet)
			_, err := hello(context.Background(), h)
			wantCode(t, err, tt.code, tt.parts...)
			st := stateOf(t, reg, "a")
			if st.State != modreg.StateFailed || st.Err == nil {
				t.Errorf("status %+v", st)
			}
			_, again := hello(context.Background(), h)
			wantCode(t, again, modreg.CodeUnavailable, tt.parts...)
			wantCode(t, reg.Start(context.Background(), "a"), tt.code)
		})
	}
}

func TestStart_stopsWhatStartedBefore(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var s stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &s),
		modreg.Provide(text, func(context.Context, modreg.Deps) (textProcessor, error) { return nil, errBoom }))
	wantCode(t, reg.Start(context.Background(), "a"), modreg.CodeFailed)
	if s.built.Load() != 1 || s.stopped.Load() != 1 {
		t.Errorf("built %d, stopped %d: the value before the failing one must be stopped", s.built.Load(), s.stopped.Load())
	}
}

func TestStart_lateFactoryIsUndone(t *testing.T) {
	t.Parallel()
	reg := open(t, modreg.WithTimeouts(modreg.Timeouts{Start: 20 * time.Millisecond}))
	var s stats
	release := make(chan struct{})
	register(t, reg, mod("a", "1.0.0"), modreg.Provide(greet, func(context.Context, modreg.Deps) (greeter, error) {
		<-release
		return &probe{name: "a", stats: &s}, nil
	}))
	wantCode(t, reg.Start(context.Background(), "a"), modreg.CodeDeadline)
	close(release)
	eventually(t, "what came too late is stopped", func() bool { return s.stopped.Load() == 1 })
}

func TestStart_onceForManyCallers(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var s stats
	gate := make(chan struct{})
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &s, func(p *probe) {
		p.start = func(context.Context) error { <-gate; return nil }
	}))
	h := lookup(t, reg, greet)
	impatient, cancel := context.WithCancel(context.Background())
	first := make(chan error, 1)
	go func() { _, err := hello(impatient, h); first <- err }()
	eventually(t, "the start begins", func() bool { return stateOf(t, reg, "a").State == modreg.StateStarting })
	cancel()
	wantCode(t, <-first, modreg.CodeCanceled)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := hello(context.Background(), h); err != nil {
				t.Errorf("call: %v", err)
			}
		})
	}
	close(gate) // the start that the impatient caller began serves the others
	wg.Wait()
	if s.built.Load() != 1 {
		t.Errorf("built %d times", s.built.Load())
	}
}

func TestStart_failedProviderYieldsToTheNext(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var s stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &s, func(p *probe) { p.start = func(context.Context) error { return errBoom } }))
	register(t, reg, mod("b", "1.0.0"), provideProbe("b", &stats{}))
	wantHello(t, lookup(t, reg, greet), "b")
	if s.built.Load() != 1 {
		t.Errorf("the failing module was built %d times by one call", s.built.Load())
	}
}

func TestActivate_failedSwapKeepsTheOld(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var v1 stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a1", &v1))
	register(t, reg, mod("a", "2.0.0"), provideProbe("a2", &stats{}, func(p *probe) { p.health = func(context.Context) error { return errBoom } }))
	h := lookup(t, reg, greet)
	wantHello(t, h, "a1")
	seq := reg.Snapshot().Seq()
	wantCode(t, reg.Activate(ctx, "a@2.0.0"), modreg.CodeFailed, "boom")
	wantHello(t, h, "a1")
	if m, _ := reg.Get("a"); m.Version().String() != "1.0.0" || reg.Snapshot().Seq() != seq || v1.stopped.Load() != 0 {
		t.Error("the failed swap left traces")
	}
	wantCode(t, reg.Activate(ctx, "a@3.0.0"), modreg.CodeNotFound, "1.0.0", "2.0.0")
	wantCode(t, reg.Activate(ctx, "b"), modreg.CodeNotFound)
	wantCode(t, reg.Activate(ctx, "A"), modreg.CodeInvalid)
	wantCode(t, reg.Activate(ctx, "a@"), modreg.CodeInvalid)
	wantCode(t, reg.Activate(ctx, "a@1.x"), modreg.CodeInvalid)
	must(t, reg.Activate(ctx, "a@1.0.0"))
}

func TestActivate_ofWhatDoesNotRunOnlyRecords(t *testing.T) {
	t.Parallel()
	reg := open(t)
	var v2 stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a1", &stats{}))
	register(t, reg, mod("a", "2.0.0"), provideProbe("a2", &v2))
	must(t, reg.Activate(context.Background(), "a@2.0.0"))
	if v2.built.Load() != 0 {
		t.Error("nobody needed the module and it was started")
	}
	wantHello(t, lookup(t, reg, greet), "a2")
}

func TestDrain_waitsForCallsAndGivesUpAtItsDeadline(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	inside, release := make(chan struct{}), make(chan struct{})
	var s stats
	m := mod("a", "1.0.0")
	m.Limits = &manifest.Limits{Drain: "30ms"}
	register(t, reg, m, provideProbe("a", &s, func(p *probe) {
		p.onGreet = func(context.Context) error { inside <- struct{}{}; <-release; return nil }
	}))
	events := reg.Watch(ctx)
	h := lookup(t, reg, greet)
	call := make(chan error, 1)
	go func() { _, err := hello(ctx, h); call <- err }()
	<-inside
	must(t, reg.Stop(ctx, "a"))
	if s.stopped.Load() != 1 {
		t.Error("the module was not stopped after the drain's deadline")
	}
	close(release)
	must(t, <-call)
	for e, err := range events {
		must(t, err)
		if e.Kind == modreg.EventDrainTimeout && e.Module == "a" {
			break
		}
	}
}

func TestStop_failuresAreReportedAndFinal(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, tt := range map[string]struct {
		stop func(context.Context) error
		code modreg.Code
	}{
		"error":  {func(context.Context) error { return errBoom }, modreg.CodeFailed},
		"panic":  {func(context.Context) error { panic("x") }, modreg.CodePanic},
		"blocks": {func(context.Context) error { <-make(chan struct{}); return nil }, modreg.CodeDeadline},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var limits modreg.Timeouts
			if tt.code == modreg.CodeDeadline {
				limits.Stop = 30 * time.Millisecond
			}
			reg := open(t, modreg.WithTimeouts(limits))
			bad := true
			register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}, func(p *probe) {
				if bad {
					p.stop = tt.stop
				}
			}))
			h := lookup(t, reg, greet)
			wantHello(t, h, "a")
			wantCode(t, reg.Stop(ctx, "a"), tt.code, "stop a@1.0.0")
			if st := stateOf(t, reg, "a").State; st != modreg.StateStopped {
				t.Errorf("state %v", st)
			}
			bad = false
			wantHello(t, h, "a")
		})
	}
}

func TestQuarantine(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var s stats
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &s))
	h := lookup(t, reg, greet)
	wantHello(t, h, "a")
	must(t, reg.Quarantine(ctx, "a", "it misbehaves"))
	_, err := hello(ctx, h)
	wantCode(t, err, modreg.CodeUnavailable, "it misbehaves")
	wantCode(t, reg.Start(ctx, "a"), modreg.CodeQuarantined, "it misbehaves")
	must(t, reg.Stop(ctx, "a")) // is no way around it
	must(t, reg.Activate(ctx, "a"))
	if st := stateOf(t, reg, "a"); st.State != modreg.StateQuarantined || s.stopped.Load() != 1 {
		t.Errorf("status %+v, stopped %d times", st, s.stopped.Load())
	}
	must(t, reg.Release(ctx, "a"))
	wantCode(t, reg.Release(ctx, "a"), modreg.CodeConflict)
	wantHello(t, h, "a")

	register(t, reg, mod("b", "1.0.0"), provideProbe("b", &stats{}))
	must(t, reg.Quarantine(ctx, "a", "again"))
	wantHello(t, h, "b")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var sick atomic.Bool
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}, func(p *probe) {
		p.health = func(context.Context) error {
			if sick.Load() {
				return errBoom
			}
			return nil
		}
	}))
	wantCode(t, reg.Health(ctx, "a"), modreg.CodeUnavailable)
	must(t, reg.Start(ctx, "a"))
	must(t, reg.Health(ctx, "a"))
	sick.Store(true)
	wantCode(t, reg.Health(ctx, "a"), modreg.CodeFailed, "boom")
	wantCode(t, reg.Health(ctx, "b"), modreg.CodeNotFound)
}

func TestEager(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var v1, v2 stats
	m := mod("a", "1.0.0")
	m.Start = manifest.StartEager
	register(t, reg, m, provideProbe("a1", &v1))
	eventually(t, "it starts by itself", func() bool { return stateOf(t, reg, "a").State == modreg.StateActive })
	m.Version = "2.0.0"
	register(t, reg, m, provideProbe("a2", &v2))
	must(t, reg.Activate(ctx, "a@2.0.0"))
	if v2.built.Load() != 1 || v1.stopped.Load() != 1 {
		t.Errorf("v2 built %d times, v1 stopped %d times", v2.built.Load(), v1.stopped.Load())
	}
}

func TestClose_duringEverything(t *testing.T) {
	t.Parallel()
	for range 20 {
		ctx := context.Background()
		reg, err := modreg.Open(ctx, modreg.WithTimeouts(modreg.Timeouts{Drain: 5 * time.Second}))
		must(t, err)
		var s stats
		register(t, reg, mod("a", "1.0.0"), provideProbe("a1", &s))
		register(t, reg, mod("a", "2.0.0"), provideProbe("a2", &s))
		h := lookup(t, reg, greet)
		var wg sync.WaitGroup
		try := func(f func(i int) error) {
			wg.Go(func() {
				for i := 0; ; i++ {
					if err := f(i); modreg.CodeOf(err) == modreg.CodeClosed {
						return
					} else if err != nil && modreg.CodeOf(err) != modreg.CodeUnavailable && modreg.CodeOf(err) != modreg.CodeNotFound {
						t.Errorf("unexpected: %v", err)
						return
					}
				}
			})
		}
		for range 3 {
			try(func(int) error { _, err := hello(ctx, h); return err })
		}
		try(func(i int) error { return reg.Activate(ctx, []string{"a@1.0.0", "a@2.0.0"}[i%2]) })
		try(func(i int) error {
			m := mod("b", "1.0.0")
			if err := reg.Register(ctx, m, provideProbe("b", &s)); err != nil {
				return err
			}
			return reg.Unregister(ctx, "b")
		})
		try(func(int) error { _, err := reg.Wait(ctx, 1<<40); return err })
		eventually(t, "calls flow", func() bool { return s.calls.Load() > 50 })
		must(t, reg.Close(ctx))
		must(t, reg.Close(ctx))
		wg.Wait()
		if s.built.Load() != s.stopped.Load() || s.late.Load() != 0 {
			t.Fatalf("built %d, stopped %d, %d calls after a stop", s.built.Load(), s.stopped.Load(), s.late.Load())
		}
	}
}

func TestClose_isNotHeldUpByCallsForEver(t *testing.T) {
	t.Parallel()
	reg, err := modreg.Open(context.Background())
	must(t, err)
	inside, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}, func(p *probe) {
		p.onGreet = func(context.Context) error { close(inside); <-release; return nil }
	}))
	h := lookup(t, reg, greet)
	go func() { _, _ = hello(context.Background(), h) }()
	<-inside
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	must(t, reg.Close(ctx))
	wantCode(t, reg.Register(context.Background(), mod("x", "1.0.0"), modreg.Provide(text, newEcho)), modreg.CodeClosed)
	if _, err := hello(context.Background(), h); !errors.As(err, new(*modreg.Error)) || modreg.CodeOf(err) != modreg.CodeClosed {
		t.Errorf("call after close: %v", err)
	}
}
