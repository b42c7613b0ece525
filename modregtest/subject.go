package modregtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/semver"
)

// A Subject is the module that [Conform] examines, and how it is used.
type Subject[T any] struct {
	// Manifest and Options are what the module is registered with; see [modreg.Registry.Register]. They are used many
	// times, also with a higher version in the manifest.
	Manifest modreg.Manifest
	Options  []modreg.ModuleOption

	// Capability is one that the module provides, and Use calls its value as a program would. Use returns nil if the
	// answer was right, and is called by many goroutines at once.
	Capability modreg.Capability[T]
	Use        func(ctx context.Context, value T) error

	// Registry are options that a registry needs to run the module, such as its runtime; each is used for several
	// registries. May be nil.
	Registry []modreg.Option
	// Prepare is called with every new registry before the module is registered, to register what it requires; see
	// [Fake]. May be nil.
	Prepare func(tb testing.TB, reg *modreg.Registry)
	// Patience is how long one step may take, a start or a use, before it counts as hanging. Default 10 s.
	Patience time.Duration
}

// An examination is one topic on one subject, reporting to one test.
type examination[T any] struct {
	testing.TB
	Subject[T]
}

// open opens a registry with the module in it.
func (x *examination[T]) open() *modreg.Registry {
	x.Helper()
	limits := modreg.Timeouts{Start: x.Patience, Stop: x.Patience, Drain: x.Patience, Health: x.Patience}
	reg := New(x, append([]modreg.Option{modreg.WithTimeouts(limits)}, x.Registry...)...)
	if x.Prepare != nil {
		x.Prepare(x, reg)
	}
	x.must("register", reg.Register(x.Context(), x.Manifest, x.Options...))
	return reg
}

// handle looks the module up in a registry.
func (x *examination[T]) handle(reg *modreg.Registry) *modreg.Handle[T] {
	x.Helper()
	h, err := modreg.Lookup(x.Context(), reg, x.Capability, modreg.From(x.Manifest.Name))
	x.must("look up", err)
	return h
}

// use calls the module once.
func (x *examination[T]) use(ctx context.Context, h *modreg.Handle[T]) error {
	_, err := modreg.Do(ctx, h, func(ctx context.Context, value T) (struct{}, error) { return struct{}{}, x.Use(ctx, value) })
	return err
}

func (x *examination[T]) must(doing string, err error) {
	x.Helper()
	if err != nil {
		x.Fatalf("%s: %v", doing, err)
	}
}

// returns runs fn, which may hang, and returns its error.
func (x *examination[T]) returns(doing string, fn func() error) error {
	x.Helper()
	done := make(chan error, 1)
	go func() { done <- fn() }()
	select {
	case err := <-done:
		return err
	case <-time.After(x.Patience):
		x.Fatalf("%s: it has not returned after %v", doing, x.Patience)
		return nil
	}
}

// nextVersion is the reference of the module's next patch release.
func (x *examination[T]) nextVersion() string {
	v, err := semver.Parse(x.Manifest.Version)
	x.must("version of the module", err)
	return fmt.Sprintf("%d.%d.%d", v.Major(), v.Minor(), v.Patch()+1)
}
