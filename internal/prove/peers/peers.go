package main

import (
	"context"
	"errors"
	"sync"

	"github.com/caddyserver/caddy/v2"
	"github.com/samber/do/v2"
	"go.uber.org/dig"
)

// A greeter is what every peer gets at; modreg's is the same in the program prove.
type greeter interface {
	Greet(ctx context.Context, name string) (string, error)
}

type hello struct{}

//go:noinline
func (*hello) Greet(_ context.Context, name string) (string, error) { return name, nil }

// CaddyModule makes hello a module of Caddy.
func (*hello) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{ID: "peers.hello", New: func() caddy.Module { return &hello{} }}
}

// newGreeter hides from the compiler what is behind the interface.
//
//go:noinline
func newGreeter() greeter { return &hello{} }

var errWrong = errors.New("the wrong answer")

func peers() ([]peer, error) {
	bySamber, err := invokeWithSamber()
	if err != nil {
		return nil, err
	}
	byDig, err := invokeWithDig()
	if err != nil {
		return nil, err
	}
	return []peer{
		{"direct", direct(), 500_000},
		{"samber/do InvokeNamed", bySamber, 5_000},
		{"dig Invoke", byDig, 2_000},
		{"caddy GetModule and New", getFromCaddy(), 50_000},
		{"sync.Map Load", loadFromSyncMap(), 100_000},
	}, nil
}

// answered checks the sum of the lengths of n answers.
func answered(total, n int) error {
	if total != n {
		return errWrong
	}
	return nil
}

func direct() func(n int) error {
	ctx, g := context.Background(), newGreeter()
	return func(n int) error {
		total := 0
		for range n {
			out, err := g.Greet(ctx, "x")
			if err != nil {
				return err
			}
			total += len(out)
		}
		return answered(total, n)
	}
}

// repeat makes a peer of a function that gets at a greeter and calls it once. It costs the peers a call of a closure,
// which is nothing beside what they take.
func repeat(once func() (string, error)) func(n int) error {
	return func(n int) error {
		total := 0
		for range n {
			out, err := once()
			if err != nil {
				return err
			}
			total += len(out)
		}
		return answered(total, n)
	}
}

func invokeWithSamber() (func(n int) error, error) {
	ctx, injector := context.Background(), do.New()
	do.ProvideNamed(injector, "hello", func(do.Injector) (greeter, error) { return newGreeter(), nil })
	_, err := do.InvokeNamed[greeter](injector, "hello") // the first builds it
	return repeat(func() (string, error) {
		g, err := do.InvokeNamed[greeter](injector, "hello")
		if err != nil {
			return "", err
		}
		return g.Greet(ctx, "x")
	}), err
}

func invokeWithDig() (func(n int) error, error) {
	ctx, container := context.Background(), dig.New()
	err := container.Provide(newGreeter)
	return repeat(func() (out string, err error) {
		invokeErr := container.Invoke(func(g greeter) { out, err = g.Greet(ctx, "x") })
		return out, errors.Join(err, invokeErr)
	}), err
}

// getFromCaddy does what Caddy does for each module in a configuration, but for its JSON.
func getFromCaddy() func(n int) error {
	ctx := context.Background()
	caddy.RegisterModule(&hello{})
	return repeat(func() (string, error) {
		info, err := caddy.GetModule("peers.hello")
		if err != nil {
			return "", err
		}
		g, ok := info.New().(greeter)
		if !ok {
			return "", errWrong
		}
		return g.Greet(ctx, "x")
	})
}

func loadFromSyncMap() func(n int) error {
	ctx := context.Background()
	var table sync.Map
	table.Store("hello", newGreeter())
	return repeat(func() (string, error) {
		v, ok := table.Load("hello")
		if !ok {
			return "", errWrong
		}
		g, ok := v.(greeter)
		if !ok {
			return "", errWrong
		}
		return g.Greet(ctx, "x")
	})
}
