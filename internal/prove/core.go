package main

import (
	"context"

	"github.com/modreg/modreg"
)

// core are the budgets of the library without any runtime but the native one.
func core() []group {
	return []group{
		callBudgets(), parallelCallBudgets(), getBudgets(), parallelGetBudgets(),
		registerBudgets(), memoryBudgets(), cpuBudgets(), peerBudgets(),
	}
}

// A greeter is what the contestants call.
type greeter interface {
	Greet(ctx context.Context, name string) (string, error)
}

type hello struct{}

//go:noinline
func (*hello) Greet(_ context.Context, name string) (string, error) { return name, nil }

// newGreeter hides from the compiler what is behind the interface, which it would call without the interface's help.
//
//go:noinline
func newGreeter() greeter { return &hello{} }

func newHello(context.Context, modreg.Deps) (greeter, error) { return newGreeter(), nil }

// greet is one call through a handle.
func greet(ctx context.Context, h *modreg.Handle[greeter]) (string, error) {
	return modreg.Do(ctx, h, func(ctx context.Context, g greeter) (string, error) { return g.Greet(ctx, "x") })
}

// providing is what most modules register with here: a version and an attribute beside the name.
func providing(c modreg.Capability[greeter]) modreg.ModuleOption {
	return modreg.Provide(c, newHello, modreg.Version("1.2.0"), modreg.Attr("lang", "en"))
}

// withRegistry opens a registry, passes it on and closes it.
func withRegistry(use func(ctx context.Context, reg *modreg.Registry) error) error {
	ctx := context.Background()
	reg, err := modreg.Open(ctx)
	if err != nil {
		return err
	}
	err = use(ctx, reg)
	if closeErr := reg.Close(ctx); err == nil {
		err = closeErr
	}
	return err
}

// withHandle is withRegistry with one module that runs, and a handle on it.
func withHandle(use func(ctx context.Context, h *modreg.Handle[greeter]) error) error {
	return withRegistry(func(ctx context.Context, reg *modreg.Registry) error {
		c := modreg.NewCapability[greeter]("test.greet")
		if err := reg.Register(ctx, modreg.Manifest{Name: "hello", Version: "1.0.0"}, providing(c)); err != nil {
			return err
		}
		h, err := modreg.Lookup(ctx, reg, c)
		if err != nil {
			return err
		}
		if err := reg.Start(ctx, "hello"); err != nil {
			return err
		}
		return use(ctx, h)
	})
}
