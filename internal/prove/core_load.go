package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/internal/prove/measure"
)

// The typical workload.
const (
	workloadModules = 100
	workloadRate    = 1000 // calls a second
	// requiringEvery is how many modules there are to one that requires another.
	requiringEvery = 5
)

func memoryBudgets() group {
	return group{
		budgets: []budget{atMost("core.memory.100modules", 200, kilobytes)},
		measure: func(note note) (figures, error) {
			const rounds = 5
			var took []float64
			for range rounds {
				before := measure.Heap()
				err := withWorkload(func(_ context.Context, handles []*modreg.Handle[greeter]) error {
					took = append(took, float64(measure.Heap()-before)/1000)
					runtime.KeepAlive(handles)
					return nil
				})
				if err != nil {
					return nil, err
				}
			}
			middle := measure.Median(took)
			note("the heap of %d modules in %d rounds: %.0f to %.0f KB", workloadModules, rounds, took[0], took[rounds-1])
			return figures{"core.memory.100modules": middle}, nil
		},
	}
}

func cpuBudgets() group {
	return group{
		budgets: []budget{atMost("core.cpu.1000calls", 1, percent)},
		measure: func(note note) (got figures, err error) {
			err = withWorkload(func(ctx context.Context, handles []*modreg.Handle[greeter]) error {
				busy, idle, err := measureShare(ctx, handles)
				got = figures{"core.cpu.1000calls": max(0, busy-idle)}
				note("%d calls a second take %.2f %% of a processor; pacing them, %.2f %% of it", workloadRate, busy, idle)
				return err
			})
			return got, err
		},
	}
}

// measureShare returns the percentage of a processor that paced calls take, and that pacing takes without them.
func measureShare(ctx context.Context, handles []*modreg.Handle[greeter]) (busy, idle float64, err error) {
	const rounds, length = 3, time.Second
	call := func(i int) error {
		_, err := greet(ctx, handles[i%len(handles)])
		return err
	}
	for round := range rounds {
		with, err := paced(length, call)
		if err != nil {
			return 0, 0, err
		}
		without, err := paced(length, func(int) error { return nil })
		if err != nil {
			return 0, 0, err
		}
		if round == 0 {
			busy, idle = with, without
		}
		busy, idle = min(busy, with), min(idle, without)
	}
	return busy, idle, nil
}

// paced calls f at the workload's rate for some time and returns the percentage of a processor that the process took.
func paced(length time.Duration, f func(i int) error) (float64, error) {
	const gap = time.Second / workloadRate
	runtime.GC()
	before, err := measure.CPUTime()
	if err != nil {
		return 0, err
	}
	tick := time.NewTicker(gap)
	defer tick.Stop()
	start := time.Now()
	for i := range int(length / gap) {
		for time.Since(start) < time.Duration(i)*gap { // a late tick is made up for
			<-tick.C
		}
		if err := f(i); err != nil {
			return 0, err
		}
	}
	elapsed := time.Since(start)
	after, err := measure.CPUTime()
	return 100 * float64(after-before) / float64(elapsed), err
}

// withWorkload is withRegistry with the typical workload: modules that run, each with a capability of its own and a
// handle on it, some requiring another.
func withWorkload(use func(ctx context.Context, handles []*modreg.Handle[greeter]) error) error {
	return withRegistry(func(ctx context.Context, reg *modreg.Registry) error {
		handles, err := startWorkload(ctx, reg)
		if err != nil {
			return err
		}
		return use(ctx, handles)
	})
}

// startWorkload registers the modules, looks each up and calls it once, which starts it.
func startWorkload(ctx context.Context, reg *modreg.Registry) ([]*modreg.Handle[greeter], error) {
	handles := make([]*modreg.Handle[greeter], workloadModules)
	var before modreg.Capability[greeter]
	for i := range handles {
		c := modreg.NewCapability[greeter](fmt.Sprintf("test.greet-%d", i))
		opts := []modreg.ModuleOption{providing(c)}
		if i%requiringEvery == requiringEvery-1 {
			opts = append(opts, modreg.Require(before, modreg.Range("^1")))
		}
		manifest := modreg.Manifest{Name: fmt.Sprintf("module-%d", i), Version: "1.0.0"}
		if err := reg.Register(ctx, manifest, opts...); err != nil {
			return nil, err
		}
		h, err := modreg.Lookup(ctx, reg, c)
		if err != nil {
			return nil, err
		}
		if _, err := greet(ctx, h); err != nil {
			return nil, err
		}
		handles[i], before = h, c
	}
	return handles, nil
}
