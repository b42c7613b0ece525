package runtimetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest"
)

// A rig is a registry with the runtime under test, and the steps that checks are made of.
type rig struct {
	testing.TB
	harness  Harness
	patience time.Duration
	reg      *modreg.Registry
	refs     []string // what was registered
}

func newRig(ctx context.Context, tb testing.TB, h Harness, patience time.Duration) *rig {
	tb.Helper()
	// The deadlines are generous, so that only those pass which a check sets in a manifest.
	limits := modreg.Timeouts{Start: patience, Stop: patience, Drain: patience, Health: patience}
	reg, err := modreg.Open(ctx, append([]modreg.Option{modreg.WithTimeouts(limits)}, h.Options...)...)
	if err != nil {
		tb.Fatalf("open a registry with the runtime: %v", err)
	}
	r := &rig{TB: tb, harness: h, patience: patience, reg: reg}
	tb.Cleanup(r.close)
	return r
}

// close closes the registry, after which no instance may be left. Module code that was given up on may need a
// moment to see that.
func (r *rig) close() {
	ctx, cancel := context.WithTimeout(context.Background(), r.patience)
	defer cancel()
	if err := r.reg.Close(ctx); err != nil {
		r.Errorf("close: %v", err)
	}
	for _, ref := range r.refs {
		r.eventually(ctx, "all instances of "+ref+" are gone after close", func() bool { return r.live(ref) == 0 })
	}
}

// process is the manifest of a module that provides what the suite calls.
func process(name, version string) modreg.Manifest {
	return modreg.Manifest{Name: name, Version: version, Provides: []manifest.Provision{{Capability: Process.Name()}}}
}

// dependency is the manifest of a module that provides what others require.
func dependency(name, version string) modreg.Manifest {
	return modreg.Manifest{Name: name, Version: version, Provides: []manifest.Provision{{Capability: Dependency.Name()}}}
}

// relay is the manifest of a module that requires the dependency.
func relay(name, version string) modreg.Manifest {
	m := process(name, version)
	m.Requires = []manifest.Requirement{{Capability: Dependency.Name()}}
	return m
}

func within(m modreg.Manifest, limits manifest.Limits) modreg.Manifest {
	m.Limits = &limits
	return m
}

// register registers a module.
func (r *rig) register(ctx context.Context, m modreg.Manifest, b Behaviour) {
	r.Helper()
	if err := r.harness.Register(ctx, r.reg, m, b); err != nil {
		r.Fatalf("register %s@%s (%v): %v", m.Name, m.Version, b, err)
	}
	r.refs = append(r.refs, m.Name+"@"+m.Version)
}

// handle looks up what the suite calls.
func (r *rig) handle(ctx context.Context, opts ...modreg.LookupOption) *modreg.Handle[modreg.Processor] {
	r.Helper()
	h, err := modreg.Lookup(ctx, r.reg, Process, opts...)
	if err != nil {
		r.Fatalf("look up %s: %v", Process.Name(), err)
	}
	return h
}

func call(ctx context.Context, h *modreg.Handle[modreg.Processor], in []byte) ([]byte, error) {
	return modreg.Do(ctx, h, func(ctx context.Context, p modreg.Processor) ([]byte, error) { return p.Process(ctx, in) })
}

func (r *rig) wantAnswer(ctx context.Context, h *modreg.Handle[modreg.Processor], in, want string) {
	r.Helper()
	if out, err := call(ctx, h, []byte(in)); err != nil || string(out) != want {
		r.Fatalf("call with %q: %q, %v; want %q", in, out, err, want)
	}
}

func (r *rig) must(doing string, err error) {
	r.Helper()
	if err != nil {
		r.Fatalf("%s: %v", doing, err)
	}
}

// wantCode expects an error with the code, whose text holds the parts.
func (r *rig) wantCode(err error, code modreg.Code, parts ...string) {
	r.Helper()
	if got := modreg.CodeOf(err); got != code {
		r.Fatalf("error has code %q, want %q: %v", got, code, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			r.Errorf("error does not say %q: %v", part, err)
		}
	}
}

// wantLate expects the error of a deadline that passed.
func (r *rig) wantLate(err error) {
	r.Helper()
	r.wantCode(err, modreg.CodeDeadline)
}

func (r *rig) status(ref string) modreg.Status {
	r.Helper()
	m, ok := r.reg.Get(ref)
	if !ok {
		r.Fatalf("%s is not registered", ref)
	}
	return m.Status()
}

func (r *rig) wantState(ref string, want modreg.State) {
	r.Helper()
	if st := r.status(ref); st.State != want {
		r.Fatalf("%s is %v, want %v: %s, error %v", ref, st.State, want, st.Reason, st.Err)
	}
}

// live returns how many instances of a version are there, 0 if they cannot be counted.
func (r *rig) live(ref string) int {
	if r.harness.Instances == nil {
		return 0
	}
	begun, gone := r.harness.Instances(ref)
	return begun - gone
}

// wantInstances expects how many instances of a version were begun, and how many of these are gone.
func (r *rig) wantInstances(ref string, begun, gone int) {
	r.Helper()
	if r.harness.Instances == nil {
		return
	}
	if b, g := r.harness.Instances(ref); b != begun || g != gone {
		r.Fatalf("%d instances of %s were begun and %d are gone, want %d and %d", b, ref, g, begun, gone)
	}
}

// eventually waits for what another goroutine brings about.
func (r *rig) eventually(ctx context.Context, what string, ok func() bool) {
	r.Helper()
	for !ok() {
		select {
		case <-ctx.Done():
			r.Fatalf("it never happened: %s", what)
		case <-time.After(time.Millisecond): // between looks
		}
	}
}
