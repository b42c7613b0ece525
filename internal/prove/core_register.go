package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/internal/prove/measure"
)

// more is how many modules are registered, beyond the many, while the clock runs.
const more = 20_000

func registerBudgets() group {
	return group{
		budgets: []budget{
			atMost("core.register", 10, micros),
			atMost("core.register.p99", 100, micros),
		},
		measure: func(note note) (figures, error) {
			const rounds = 3
			var amortised, p99, slowest [rounds]float64
			for round := range rounds {
				each, err := registerMore(moduleNames(many + more))
				if err != nil {
					return nil, err
				}
				amortised[round] = mean(each) / 1000
				p99[round] = measure.Percentile(each, 99) / 1000
				slowest[round] = measure.Percentile(each, 100) / 1000
			}
			note("register in %d rounds: %.1f us amortised, p99 %.1f us, the slowest %.0f us", rounds, amortised, p99, slowest)
			return figures{"core.register": slices.Min(amortised[:]), "core.register.p99": slices.Min(p99[:])}, nil
		},
	}
}

// registerMore fills a registry with the first many of the names, and returns the nanoseconds that each of the rest took.
func registerMore(names []string) (each []float64, err error) {
	err = withRegistry(func(ctx context.Context, reg *modreg.Registry) error {
		if _, err := register(ctx, reg, names[:many]); err != nil {
			return err
		}
		runtime.GC()
		each, err = register(ctx, reg, names[many:])
		return err
	})
	return each, err
}

// register registers a module for each name, looks whether the next reader sees it, and returns the nanoseconds that
// each took, with the garbage collector's share.
func register(ctx context.Context, reg *modreg.Registry, names []string) ([]float64, error) {
	opt := providing(modreg.NewCapability[greeter]("test.greet"))
	took := make([]float64, 0, len(names))
	for _, name := range names {
		start := time.Now()
		if err := reg.Register(ctx, modreg.Manifest{Name: name, Version: "1.0.0"}, opt); err != nil {
			return nil, err
		}
		took = append(took, float64(time.Since(start).Nanoseconds()))
		if m, ok := reg.Get(name); !ok || m.Name() != name {
			return nil, fmt.Errorf("module %q is registered and the next reader does not see it", name)
		}
	}
	return took, nil
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
