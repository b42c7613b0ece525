package modregtest

import (
	"context"
	"fmt"
	"testing"

	"github.com/modreg/modreg"
)

// A FakeModule is a module whose value a test made. Its methods fail the test if they cannot do what they say;
// they are called from the test's goroutine, while handles may be used from any.
type FakeModule[T any] struct {
	tb       testing.TB
	reg      *modreg.Registry
	provides modreg.Capability[T]
	opts     []modreg.ProvideOption
	name     string
	version  int // the minor one of the module's version
}

// Fake registers a module that provides c by the value, and starts it. The options give the capability's version
// and attributes. The module has a name of its own, and handles prefer providers that were registered before
// it if these provide the same version of c.
//
// The value is shared by all callers, and is the test's: the registry calls none of its methods, not even those by
// which a module is started and stopped.
func Fake[T any](tb testing.TB, reg *modreg.Registry, c modreg.Capability[T], value T, opts ...modreg.ProvideOption) *FakeModule[T] {
	tb.Helper()
	f := &FakeModule[T]{tb: tb, reg: reg, provides: c, opts: opts}
	for i := 1; ; i++ {
		f.name = fmt.Sprintf("fake-%d", i)
		err := f.register(value)
		if err == nil {
			break
		}
		if modreg.CodeOf(err) != modreg.CodeConflict { // else another fake has the name
			tb.Fatalf("fake %s: %v", c.Name(), err)
		}
	}
	if err := reg.Start(tb.Context(), f.Ref()); err != nil {
		tb.Fatalf("fake %s: %v", c.Name(), err)
	}
	return f
}

// Name returns the module's name, as for [modreg.From].
func (f *FakeModule[T]) Name() string { return f.name }

// Ref returns the version that is registered now: "name@version".
func (f *FakeModule[T]) Ref() string { return fmt.Sprintf("%s@1.%d.0", f.name, f.version) }

// Replace puts another value in the place of the one before, as a new version of the module: calls in flight end
// with the old value, and calls that begin after Replace returned get the new one. It also brings back what was
// taken away.
func (f *FakeModule[T]) Replace(value T) {
	f.tb.Helper()
	old := f.Ref()
	f.version++
	err := f.register(value)
	for _, step := range []func() error{
		func() error { return f.reg.Activate(f.tb.Context(), f.Ref()) },
		func() error { return f.reg.Start(f.tb.Context(), f.Ref()) },
		func() error { return f.reg.Unregister(f.tb.Context(), old) },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		f.tb.Fatalf("replace %s: %v", old, err)
	}
}

// TakeAway makes the module unable to serve: when calls in flight have ended it is stopped, and callers get the
// next provider, or an error with CodeUnavailable.
func (f *FakeModule[T]) TakeAway() {
	f.tb.Helper()
	if err := f.reg.Quarantine(f.tb.Context(), f.Ref(), "the test took it away"); err != nil {
		f.tb.Fatalf("take %s away: %v", f.Ref(), err)
	}
}

// BringBack ends what [FakeModule.TakeAway] began.
func (f *FakeModule[T]) BringBack() {
	f.tb.Helper()
	if err := f.reg.Release(f.tb.Context(), f.Ref()); err != nil {
		f.tb.Fatalf("bring %s back: %v", f.Ref(), err)
	}
}

// A held value is what the module is in the eyes of the registry, which looks for methods on it.
type held[T any] struct{ value T }

func (f *FakeModule[T]) register(value T) error {
	build := func(context.Context, modreg.Deps) (*held[T], error) { return &held[T]{value}, nil }
	view := func(h *held[T]) T { return h.value }
	m := modreg.Manifest{Name: f.name, Version: fmt.Sprintf("1.%d.0", f.version), Description: "a fake of a test"}
	return f.reg.Register(f.tb.Context(), m, modreg.Share(build, modreg.As(f.provides, view, f.opts...)))
}
