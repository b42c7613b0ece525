package modreg_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest"
)

type namer interface{ Name() string }

type named string

func (n named) Name() string { return string(n) }

// diary notes who started and stopped, in order.
type diary struct {
	mu    sync.Mutex
	notes []string
}

func (d *diary) note(s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notes = append(d.notes, s)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.notes, " ")
}

type diarist struct {
	named
	d *diary
}

func (n *diarist) Start(context.Context) error { n.d.note("+" + n.Name()); return nil }
func (n *diarist) Stop(context.Context) error  { n.d.note("-" + n.Name()); return nil }

// node provides cap.<name>, requires cap.<each of needs>, and notes its life.
func node(t *testing.T, reg *modreg.Registry, d *diary, name string, needs ...string) {
	t.Helper()
	opts := []modreg.ModuleOption{modreg.Provide(modreg.NewCapability[namer]("cap."+name),
		func(_ context.Context, deps modreg.Deps) (namer, error) {
			for _, n := range needs {
				if _, err := modreg.Need(deps, modreg.NewCapability[namer]("cap."+strings.TrimSuffix(n, "?"))); err != nil {
					return nil, err
				}
			}
			return &diarist{named(name), d}, nil
		})}
	for _, n := range needs {
		c, opt := modreg.NewCapability[namer]("cap."+strings.TrimSuffix(n, "?")), []modreg.RequireOption(nil)
		if strings.HasSuffix(n, "?") {
			opt = append(opt, modreg.Optional())
		}
		opts = append(opts, modreg.Require(c, opt...))
	}
	register(t, reg, mod(name, "1.0.0"), opts...)
}

func TestDeps_startInOrderStopInReverse(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg, err := modreg.Open(ctx)
	must(t, err)
	var d diary
	node(t, reg, &d, "app", "web", "store")
	node(t, reg, &d, "web", "log", "auth")
	node(t, reg, &d, "auth", "store")
	node(t, reg, &d, "store", "log")
	node(t, reg, &d, "log")
	node(t, reg, &d, "idle", "log")
	must(t, reg.Start(ctx, "app"))
	if got := d.String(); got != "+log +store +auth +web +app" {
		t.Errorf("started %s", got)
	}
	must(t, reg.Close(ctx))
	if got := d.String(); got != "+log +store +auth +web +app -app -web -auth -store -log" {
		t.Errorf("whole life %s", got)
	}
}

func TestDeps_stopOrderSurvivesASwapOfWhatIsNeeded(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg, err := modreg.Open(ctx)
	must(t, err)
	var d diary
	node(t, reg, &d, "app", "log")
	node(t, reg, &d, "log")
	must(t, reg.Start(ctx, "app"))
	register(t, reg, mod("log", "2.0.0"), modreg.Provide(modreg.NewCapability[namer]("cap.log"),
		func(context.Context, modreg.Deps) (namer, error) { return &diarist{"log2", &d}, nil }))
	must(t, reg.Activate(ctx, "log@2.0.0"))
	must(t, reg.Close(ctx))
	if got := d.String(); got != "+log +app +log2 -log -app -log2" {
		t.Errorf("life %s", got)
	}
}

func TestDeps_cycleIsNamedInFull(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var d diary
	node(t, reg, &d, "a", "b")
	node(t, reg, &d, "b", "c")
	node(t, reg, &d, "c", "a")
	node(t, reg, &d, "free")
	err := reg.Start(ctx, "a")
	wantCode(t, err, modreg.CodeCycle, "a@1.0.0", "b@1.0.0", "c@1.0.0", "cap.a", "cap.b", "cap.c")
	if stateOf(t, reg, "a").State != modreg.StateFailed || d.String() != "" {
		t.Errorf("state %v, life %q", stateOf(t, reg, "a").State, d.String())
	}
	must(t, reg.Start(ctx, "free"))
	node(t, reg, &d, "x", "y?")
	node(t, reg, &d, "y", "x")
	must(t, reg.Start(ctx, "x")) // an optional requirement orders nothing
	must(t, reg.Start(ctx, "y"))
}

func TestDeps_missingIsExplainedAndHealsByItself(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var d diary
	node(t, reg, &d, "app", "stor")
	node(t, reg, &d, "store")
	h := lookup(t, reg, modreg.NewCapability[namer]("cap.app"))
	call := func() error {
		_, err := modreg.Do(ctx, h, func(_ context.Context, n namer) (string, error) { return n.Name(), nil })
		return err
	}
	wantCode(t, call(), modreg.CodeUnresolved, "cap.stor", "app@1.0.0", `did you mean "cap.store"?`)
	node(t, reg, &d, "late", "log")
	node(t, reg, &d, "stor", "log")
	node(t, reg, &d, "log")
	must(t, call())
	if got := d.String(); got != "+log +stor +app" {
		t.Errorf("started %s", got)
	}
}

func TestDeps_onlyWhatIsDeclared(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}))
	other := modreg.NewCapability[namer]("cap.other")
	var kept modreg.Deps
	register(t, reg, mod("b", "1.0.0"), modreg.Require(greet),
		modreg.Provide(other, func(_ context.Context, d modreg.Deps) (namer, error) {
			kept = d
			if _, err := modreg.Need(d, text); modreg.CodeOf(err) != modreg.CodeUndeclared {
				t.Errorf("undeclared need: %v", err)
			}
			if _, err := modreg.Need(d, modreg.NewCapability[namer]("test.greet")); modreg.CodeOf(err) != modreg.CodeTypeConflict {
				t.Errorf("need with another type: %v", err)
			}
			h, err := modreg.Need(d, greet)
			if err != nil {
				return nil, err
			}
			out, err := hello(ctx, h) // what is needed runs already
			return named(out), err
		}))
	h := lookup(t, reg, other)
	out, err := modreg.Do(ctx, h, func(_ context.Context, n namer) (string, error) { return n.Name(), nil })
	if err != nil || out != "a greets you" {
		t.Fatalf("%q, %v", out, err)
	}
	if _, err := modreg.Need(kept, greet); modreg.CodeOf(err) != modreg.CodeClosed {
		t.Errorf("need after the start: %v", err)
	}
	if _, err := modreg.Need(modreg.Deps{}, greet); modreg.CodeOf(err) != modreg.CodeUndeclared {
		t.Errorf("need of the zero Deps: %v", err)
	}
}

func TestDeps_optionalAppearsAndDisappears(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var handle *modreg.Handle[greeter]
	register(t, reg, mod("app", "1.0.0"), modreg.Require(greet, modreg.Optional()),
		modreg.Provide(text, func(_ context.Context, d modreg.Deps) (textProcessor, error) {
			var err error
			handle, err = modreg.Need(d, greet)
			return &echo{}, err
		}))
	must(t, reg.Start(ctx, "app"))
	_, err := hello(ctx, handle)
	wantCode(t, err, modreg.CodeUnavailable)
	register(t, reg, mod("a", "1.0.0"), provideProbe("a", &stats{}))
	wantHello(t, handle, "a")
	must(t, reg.Unregister(ctx, "a"))
	_, err = hello(ctx, handle)
	wantCode(t, err, modreg.CodeUnavailable)
	must(t, reg.Stop(ctx, "app"))
	_, err = hello(ctx, handle)
	wantCode(t, err, modreg.CodeClosed) // a module's handles end with it
}

func TestDeps_many(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	for _, name := range []string{"a", "b", "c"} {
		register(t, reg, mod(name, "1.0.0"), provideProbe(name, &stats{}))
	}
	var names []string
	register(t, reg, mod("app", "1.0.0"), modreg.Require(greet, modreg.Many()),
		modreg.Provide(text, func(ctx context.Context, d modreg.Deps) (textProcessor, error) {
			all, err := modreg.NeedAll(d, greet)
			for _, h := range all {
				out, err := hello(ctx, h)
				if err != nil {
					return nil, err
				}
				names = append(names, strings.Fields(out)[0])
			}
			return &echo{}, err
		}))
	must(t, reg.Start(ctx, "app"))
	if !slices.Equal(names, []string{"a", "b", "c"}) {
		t.Errorf("needed %v", names)
	}
}

func TestUnregister_refusesWhatARunningModuleNeeds(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var d diary
	node(t, reg, &d, "app", "log")
	node(t, reg, &d, "log")
	must(t, reg.Start(ctx, "app"))
	wantCode(t, reg.Unregister(ctx, "log"), modreg.CodeInUse, "app@1.0.0", "cap.log")
	register(t, reg, mod("log2", "1.0.0"), modreg.Provide(modreg.NewCapability[namer]("cap.log"),
		func(context.Context, modreg.Deps) (namer, error) { return named("log2"), nil }))
	must(t, reg.Unregister(ctx, "log"))
	wantCode(t, reg.Unregister(ctx, "log2"), modreg.CodeInUse)
	must(t, reg.Unregister(ctx, "app"))
	must(t, reg.Unregister(ctx, "log2"))
	if reg.Snapshot().Len() != 0 {
		t.Error("something is left")
	}
}

func TestConditions(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	env := map[string]string{"MODE": "test"}
	reg := open(t, modreg.WithEnvironment(func(name string) (string, bool) { v, ok := env[name]; return v, ok }))
	with := func(name string, c manifest.Conditions) {
		m := mod(name, "1.0.0")
		m.Conditions = &c
		register(t, reg, m, provideProbe(name, &stats{}))
	}
	with("mode", manifest.Conditions{Environment: map[string][]string{"MODE": {"prod"}}})
	with("unset", manifest.Conditions{Environment: map[string][]string{"OTHER": {}}})
	with("plan9", manifest.Conditions{OS: []string{"plan9"}})
	with("arch", manifest.Conditions{Arch: []string{"mips"}})
	with("after", manifest.Conditions{Capabilities: []string{"text.process"}})
	h := lookup(t, reg, greet)
	_, err := hello(ctx, h)
	wantCode(t, err, modreg.CodeUnavailable, "MODE")
	if strings.Contains(err.Error(), `"test"`) {
		t.Error("the error shows the value of an environment variable")
	}
	wantCode(t, reg.Start(ctx, "plan9"), modreg.CodeUnresolved, "operating system")
	wantCode(t, reg.Start(ctx, "arch"), modreg.CodeUnresolved, "architecture")
	wantCode(t, reg.Start(ctx, "unset"), modreg.CodeUnresolved, "OTHER")
	register(t, reg, mod("t", "1.0.0"), modreg.Provide(text, newEcho))
	wantHello(t, h, "after")
	must(t, reg.Unregister(ctx, "t"))
	with("free", manifest.Conditions{Environment: map[string][]string{"MODE": {"test"}}})
	wantHello(t, lookup(t, reg, greet), "free")
}
