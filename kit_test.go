package modreg_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modreg/modreg"
)

// greeter is the capability that most tests use: it says who answered.
type greeter interface {
	Greet(ctx context.Context, name string) (string, error)
}

var greet = modreg.NewCapability[greeter]("test.greet")

// probe is a greeter that counts its life and does what a test tells it to.
type probe struct {
	name    string
	stats   *stats
	onGreet func(context.Context) error
	stopped atomic.Bool
	start   func(context.Context) error
	health  func(context.Context) error
	stop    func(context.Context) error
}

// stats are shared by all instances of a module.
type stats struct {
	built, stopped, calls, late atomic.Int64
}

func (p *probe) Greet(ctx context.Context, name string) (string, error) {
	p.stats.calls.Add(1)
	if p.stopped.Load() {
		p.stats.late.Add(1)
	}
	if p.onGreet != nil {
		if err := p.onGreet(ctx); err != nil {
			return "", err
		}
	}
	if p.stopped.Load() {
		p.stats.late.Add(1)
	}
	return p.name + " greets " + name, nil
}

func (p *probe) Start(ctx context.Context) error {
	if p.start != nil {
		return p.start(ctx)
	}
	return nil
}

func (p *probe) Health(ctx context.Context) error {
	if p.health != nil {
		return p.health(ctx)
	}
	return nil
}

func (p *probe) Stop(ctx context.Context) error {
	if !p.stopped.CompareAndSwap(false, true) {
		return errors.New("stopped twice")
	}
	p.stats.stopped.Add(1)
	if p.stop != nil {
		return p.stop(ctx)
	}
	return nil
}

// provideProbe provides greet by probes called name, changed by the functions.
func provideProbe(name string, s *stats, change ...func(*probe)) modreg.ModuleOption {
	return modreg.Provide(greet, func(context.Context, modreg.Deps) (greeter, error) {
		p := &probe{name: name, stats: s}
		for _, f := range change {
			f(p)
		}
		s.built.Add(1)
		return p, nil
	})
}

func mod(name, version string) modreg.Manifest { return modreg.Manifest{Name: name, Version: version} }

func lookup[T any](t *testing.T, reg *modreg.Registry, c modreg.Capability[T], opts ...modreg.LookupOption) *modreg.Handle[T] {
	t.Helper()
	h, err := modreg.Lookup(context.Background(), reg, c, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func hello(ctx context.Context, h *modreg.Handle[greeter]) (string, error) {
	return modreg.Do(ctx, h, func(ctx context.Context, g greeter) (string, error) { return g.Greet(ctx, "you") })
}

func wantHello(t *testing.T, h *modreg.Handle[greeter], from string) {
	t.Helper()
	out, err := hello(context.Background(), h)
	if want := from + " greets you"; err != nil || out != want {
		t.Fatalf("call = %q, %v; want %q", out, err, want)
	}
}

func wantCode(t *testing.T, err error, code modreg.Code, parts ...string) {
	t.Helper()
	if got := modreg.CodeOf(err); got != code {
		t.Fatalf("error has code %q, want %q: %v", got, code, err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("error does not say %q: %v", part, err)
		}
	}
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("it never happened: %s", what)
		}
		time.Sleep(time.Millisecond) // between looks, not instead of one
	}
}

func stateOf(t *testing.T, reg *modreg.Registry, ref string) modreg.Status {
	t.Helper()
	m, ok := reg.Get(ref)
	if !ok {
		t.Fatalf("module %q is not registered", ref)
	}
	return m.Status()
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func refs(modules func(func(modreg.Module) bool)) string {
	var all []string
	for m := range modules {
		s := m.Ref()
		if m.Active() {
			s += "*"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

var errBoom = fmt.Errorf("boom")

// fixPrev chains stored records: each gets the hash of the one before.
func fixPrev(records []string) {
	for i := 1; i < len(records); i++ {
		sum := sha256.Sum256([]byte(records[i-1]))
		at := strings.Index(records[i], `"prev":"`) + len(`"prev":"`)
		records[i] = records[i][:at] + hex.EncodeToString(sum[:]) + records[i][at+2*len(sum):]
	}
}
