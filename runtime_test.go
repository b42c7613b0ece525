package modreg_test

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest"
)

// bytesRuntime runs modules that answer bytes with their reference, as a runtime in another process would.
type bytesRuntime struct {
	live   bool // instances take configurations while they run
	refuse error
	starts atomic.Int64
	stops  atomic.Int64
}

func (r *bytesRuntime) Name() string                { return "bytes" }
func (r *bytesRuntime) Admit(modreg.Manifest) error { return r.refuse }

func (r *bytesRuntime) Start(_ context.Context, l modreg.Launch) (modreg.Instance, error) {
	if l.Manifest.Metadata["fail"] == "nil" {
		return nil, nil
	}
	r.starts.Add(1)
	i := &bytesInstance{rt: r, ref: l.Module + "@" + l.Version.String()}
	i.config.Store(&l.Config)
	if r.live {
		return &liveInstance{i}, nil
	}
	return i, nil
}

type bytesInstance struct {
	rt     *bytesRuntime
	ref    string
	config atomic.Pointer[modreg.Config]
}

func (i *bytesInstance) Invoke(_ context.Context, capability, operation string, in []byte) ([]byte, error) {
	return bytes.Join([][]byte{[]byte(i.ref), []byte(capability), []byte(operation), in, i.config.Load().JSON()}, []byte(" ")), nil
}
func (i *bytesInstance) Health(context.Context) error { return nil }
func (i *bytesInstance) Stop(context.Context) error   { i.rt.stops.Add(1); return nil }

type liveInstance struct{ *bytesInstance }

func (i *liveInstance) Configure(_ context.Context, c modreg.Config) error {
	if bytes.Contains(c.JSON(), []byte("refuse")) {
		return errBoom
	}
	i.config.Store(&c)
	return nil
}

var work = modreg.NewCapability[modreg.Processor]("test.work")

func bytesModule(version string) modreg.Manifest {
	m := mod("a", version)
	m.Runtime = "bytes"
	m.Provides = []manifest.Provision{{Capability: "test.work"}}
	return m
}

func process(h *modreg.Handle[modreg.Processor]) (string, error) {
	out, err := modreg.Do(context.Background(), h, func(ctx context.Context, p modreg.Processor) ([]byte, error) {
		return p.Process(ctx, []byte("in"))
	})
	return string(out), err
}

func wantProcess(t *testing.T, h *modreg.Handle[modreg.Processor], want string) {
	t.Helper()
	if out, err := process(h); err != nil || out != want {
		t.Fatalf("%q, %v; want %q", out, err, want)
	}
}

func TestRuntime_oneHandleAcrossRuntimes(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rt := &bytesRuntime{}
	reg := open(t, modreg.WithRuntime(rt))
	register(t, reg, mod("a", "1.0.0"), modreg.Provide(work, func(context.Context, modreg.Deps) (modreg.Processor, error) {
		return modreg.ProcessorFunc(func(_ context.Context, in []byte) ([]byte, error) { return append([]byte("native "), in...), nil }), nil
	}))
	register(t, reg, bytesModule("2.0.0"))
	h := lookup(t, reg, work)
	wantProcess(t, h, "native in")
	must(t, reg.Activate(ctx, "a@2.0.0"))
	wantProcess(t, h, "a@2.0.0 test.work process in ")
	if m, ok := h.Module(); !ok || m.Ref() != "a@2.0.0" || !m.Active() {
		t.Errorf("handle leads to %v", m)
	}
	must(t, reg.Configure(ctx, "a", []byte(`{"x": 1}`)))
	wantProcess(t, h, `a@2.0.0 test.work process in {"x":1}`)
	if rt.starts.Load() != 2 || rt.stops.Load() != 1 {
		t.Errorf("started %d, stopped %d", rt.starts.Load(), rt.stops.Load())
	}
	must(t, reg.Activate(ctx, "a@1.0.0"))
	wantProcess(t, h, "native in")
}

func TestRuntime_configuresItsInstancesLive(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	rt := &bytesRuntime{live: true}
	reg := open(t, modreg.WithRuntime(rt))
	register(t, reg, bytesModule("1.0.0"))
	h := lookup(t, reg, work)
	wantProcess(t, h, "a@1.0.0 test.work process in ")
	must(t, reg.Configure(ctx, "a", []byte(`{"x": 1}`)))
	wantCode(t, reg.Configure(ctx, "a", "refuse"), modreg.CodeFailed)
	wantProcess(t, h, `a@1.0.0 test.work process in {"x":1}`)
	if rt.starts.Load() != 1 {
		t.Errorf("started %d times", rt.starts.Load())
	}
}

func TestRuntime_stubs(t *testing.T) {
	t.Parallel()
	reg := open(t, modreg.WithRuntime(&bytesRuntime{}))
	register(t, reg, bytesModule("1.0.0"))
	bare := modreg.NewCapability[namer]("test.work")
	_, err := modreg.Do(context.Background(), lookup(t, reg, bare), func(_ context.Context, n namer) (string, error) { return n.Name(), nil })
	wantCode(t, err, modreg.CodeUnsupported, "bytes", "NewCapabilityStub")

	other := open(t, modreg.WithRuntime(&bytesRuntime{}))
	register(t, other, bytesModule("1.0.0"))
	stubbed := modreg.NewCapabilityStub("test.work", func(in modreg.Invoker) namer { return invokerNamer{in} })
	out, err := modreg.Do(context.Background(), lookup(t, other, stubbed), func(_ context.Context, n namer) (string, error) { return n.Name(), nil })
	if want := "a@1.0.0 test.work name  "; err != nil || out != want {
		t.Errorf("%q, %v; want %q", out, err, want)
	}
}

type invokerNamer struct{ in modreg.Invoker }

func (n invokerNamer) Name() string {
	out, err := n.in.Invoke(context.Background(), "name", nil)
	if err != nil {
		return err.Error()
	}
	return string(out)
}

func TestRuntime_refusals(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t, modreg.WithRuntime(&bytesRuntime{}))
	m := bytesModule("1.0.0")
	m.Metadata = map[string]string{"fail": "nil"}
	register(t, reg, m)
	wantCode(t, reg.Start(ctx, "a"), modreg.CodeFailed, "neither an instance nor an error")
	wantCode(t, reg.Register(ctx, bytesModule("2.0.0"), modreg.Provide(work, func(context.Context, modreg.Deps) (modreg.Processor, error) { return nil, nil })),
		modreg.CodeInvalid, "native code")
	refusing := open(t, modreg.WithRuntime(&bytesRuntime{refuse: errBoom}))
	if err := refusing.Register(ctx, bytesModule("1.0.0")); !errors.Is(err, errBoom) {
		t.Errorf("refused by the runtime: %v", err)
	}
	_, err := modreg.Open(ctx, modreg.WithRuntime(&bytesRuntime{}), modreg.WithRuntime(&bytesRuntime{}))
	wantCode(t, err, modreg.CodeConflict)
}

func TestEager_waitsForWhatItLacksAndRetriesWhatFails(t *testing.T) {
	t.Parallel()
	reg := open(t)
	m := mod("app", "1.0.0")
	m.Start = manifest.StartEager
	register(t, reg, m, modreg.Require(greet), modreg.Provide(text, newEcho))
	eventually(t, "it lacks something", func() bool { return stateOf(t, reg, "app").State == modreg.StateFailed })
	wantCode(t, stateOf(t, reg, "app").Err, modreg.CodeUnresolved)
	var tries atomic.Int64
	register(t, reg, mod("greeter", "1.0.0"), modreg.Provide(greet, func(context.Context, modreg.Deps) (greeter, error) {
		if tries.Add(1) == 1 {
			return nil, errBoom
		}
		return &probe{name: "g", stats: &stats{}}, nil
	}))
	eventually(t, "it starts by itself", func() bool { return stateOf(t, reg, "app").State == modreg.StateActive })
	if tries.Load() != 2 {
		t.Errorf("the provider was tried %d times", tries.Load())
	}
}

func TestStrings(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		modreg.EventDrainTimeout.String(): "drain_timeout", modreg.EventKind(0).String(): "event(0)", modreg.EventKind(99).String(): "event(99)",
		modreg.StateQuarantined.String(): "quarantined", modreg.State(0).String(): "", modreg.State(99).String(): "state(99)",
		string(modreg.CodeOf(nil)): "", string(modreg.CodeOf(errBoom)): "unknown",
		string(modreg.CodeOf(context.Canceled)): "canceled", string(modreg.CodeOf(context.DeadlineExceeded)): "deadline",
		greet.Name(): "test.greet", modreg.Capability[greeter]{}.Name(): "",
		(&modreg.Error{What: "open x", Err: errBoom, Fix: "close it"}).Error(): "open x: boom (close it)",
		(&modreg.PanicError{Module: "a", Version: "1.0.0", Value: 7}).Error():  "module a@1.0.0 panicked: 7",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestModule_accessors(t *testing.T) {
	t.Parallel()
	reg := open(t)
	m := mod("a", "1.2.3-rc.1")
	m.Kind, m.Description, m.Licence = "analyzer", "what it does", "MIT"
	register(t, reg, m, modreg.Require(text, modreg.Range("^2"), modreg.Optional()), provideProbe("a", &stats{}))
	got, ok := reg.Get("a@1.2.3-rc.1")
	if !ok || got.Name() != "a" || got.Version().String() != "1.2.3-rc.1" || got.Kind() != "analyzer" || !got.Active() ||
		got.Registered() != 1 || len(got.Requires()) != 1 || !got.Requires()[0].Optional || got.String() != "a@1.2.3-rc.1" {
		t.Errorf("module %v: %+v", ok, got)
	}
	doc := got.Manifest()
	if doc.Description != "what it does" || doc.Licence != "MIT" || doc.Requires[0].Range != ">=2.0.0 <3.0.0" || doc.Start != "lazy" {
		t.Errorf("manifest %+v", doc)
	}
	checked, err := manifest.Check(doc)
	if err != nil || checked.Digest != got.Digest() {
		t.Errorf("the manifest read back has another digest: %v", err)
	}
}
