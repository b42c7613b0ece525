package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/internal/prove/measure"
)

func callBudgets() group {
	return group{
		budgets: []budget{
			atMost("core.call.do", 7, times),
			atMost("core.call.do.allocs", 0, count),
			atMost("core.call.lease", 4, times),
		},
		measure: func(note note) (got figures, err error) {
			err = withHandle(func(ctx context.Context, h *modreg.Handle[greeter]) error {
				got, err = measureCalls(ctx, h, note)
				return err
			})
			return got, err
		},
	}
}

func measureCalls(ctx context.Context, h *modreg.Handle[greeter], note note) (figures, error) {
	lease, err := modreg.Acquire(ctx, h)
	if err != nil {
		return nil, err
	}
	defer lease.Release()
	ns, err := measure.Benchmarks(20, 40*time.Millisecond, benchmarkDirect, benchmarkDo(h), benchmarkHeld(&lease))
	if err != nil {
		return nil, err
	}
	note("in the loop of package testing, a direct call takes %.2f ns, Do %.2f ns (the stretch is 5.5x), a held lease %.2f ns", ns[0], ns[1], ns[2])
	bare, err := callMinima(callDirectly(), callThrough(h), callHeld(&lease), callLeased(h))
	if err != nil {
		return nil, err
	}
	note("in a bare loop, where turns of direct calls overlap: %.2f ns, %.2f ns (%.1fx), %.2f ns; a lease for each call %.2f ns (%.1fx)",
		bare[0], bare[1], bare[1]/bare[0], bare[2], bare[3], bare[3]/bare[0])
	return figures{
		"core.call.do":        ns[1] / ns[0],
		"core.call.do.allocs": allocsOfDo(ctx, h),
		"core.call.lease":     ns[2] / ns[0],
	}, nil
}

// benchmarkDirect calls through an interface. It and the two below differ in how they get at the greeter and in nothing else.
func benchmarkDirect(b *testing.B) {
	b.Helper()
	ctx, g := context.Background(), newGreeter()
	for b.Loop() {
		if _, err := g.Greet(ctx, "x"); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkDo(h *modreg.Handle[greeter]) func(b *testing.B) {
	return func(b *testing.B) {
		b.Helper()
		ctx := context.Background()
		for b.Loop() {
			_, err := modreg.Do(ctx, h, func(ctx context.Context, g greeter) (string, error) { return g.Greet(ctx, "x") })
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func benchmarkHeld(lease *modreg.Lease[greeter]) func(b *testing.B) {
	return func(b *testing.B) {
		b.Helper()
		ctx := context.Background()
		for b.Loop() {
			if _, err := lease.Value().Greet(ctx, "x"); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// callMinima returns the nanoseconds that a call takes in each of the ways. It goes on for some seconds: a disturbance
// that lasts, such as a busy neighbour on the other half of a core, does not make all calls dearer by the same factor.
func callMinima(ways ...func(n int) error) ([]float64, error) {
	const rounds, slice = 500, time.Millisecond
	contestants, err := measure.AllSized(slice, ways...)
	if err != nil {
		return nil, err
	}
	return measure.Minima(rounds, contestants...)
}

// crowdingRounds is how many chance meetings of goroutines the budgets for many processors are about.
const crowdingRounds = 41

func parallelCallBudgets() group {
	return group{
		budgets: []budget{atMost("core.call.parallel", 1.3, times)},
		measure: func(note note) (got figures, err error) {
			err = withHandle(func(_ context.Context, h *modreg.Handle[greeter]) error {
				ours, err := measure.Crowding(crowdingRounds, callThrough(h))
				if err != nil {
					return err
				}
				counted, err := measure.Crowding(crowdingRounds, callCounted())
				if err != nil {
					return err
				}
				note("with %d processors calling, Do takes %.2fx as long; with one counter for all, it would take %.2fx",
					runtime.GOMAXPROCS(0), ours, counted)
				got = figures{"core.call.parallel": ours}
				return nil
			})
			return got, err
		},
	}
}

// allocsOfDo counts the allocations of a call, by a function that captures something as most do.
func allocsOfDo(ctx context.Context, h *modreg.Handle[greeter]) float64 {
	name := fmt.Sprint("some", "body")
	return testing.AllocsPerRun(1000, func() {
		out, err := modreg.Do(ctx, h, func(ctx context.Context, g greeter) (string, error) { return g.Greet(ctx, name) })
		if err != nil || out != name {
			name = ""
		}
	})
}

// The contestants below differ in how they get at the greeter and in nothing else.

// callDirectly calls through an interface.
func callDirectly() func(n int) error {
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
		return allAnswered(total, n)
	}
}

// callThrough calls by Do.
func callThrough(h *modreg.Handle[greeter]) func(n int) error {
	ctx := context.Background()
	return func(n int) error {
		total := 0
		for range n {
			out, err := modreg.Do(ctx, h, func(ctx context.Context, g greeter) (string, error) { return g.Greet(ctx, "x") })
			if err != nil {
				return err
			}
			total += len(out)
		}
		return allAnswered(total, n)
	}
}

// callHeld calls through a lease that is taken already.
func callHeld(lease *modreg.Lease[greeter]) func(n int) error {
	ctx := context.Background()
	return func(n int) error {
		total := 0
		for range n {
			out, err := lease.Value().Greet(ctx, "x")
			if err != nil {
				return err
			}
			total += len(out)
		}
		return allAnswered(total, n)
	}
}

// callLeased takes a lease for each call.
func callLeased(h *modreg.Handle[greeter]) func(n int) error {
	ctx := context.Background()
	return func(n int) error {
		total := 0
		for range n {
			lease, err := modreg.Acquire(ctx, h)
			if err != nil {
				return err
			}
			out, err := lease.Value().Greet(ctx, "x")
			lease.Release()
			if err != nil {
				return err
			}
			total += len(out)
		}
		return allAnswered(total, n)
	}
}

// callCounted calls as Do would if all callers shared one counter.
func callCounted() func(n int) error {
	ctx, g := context.Background(), newGreeter()
	var inFlight atomic.Int64
	return func(n int) error {
		total := 0
		for range n {
			out, err := counted(ctx, &inFlight, g, func(ctx context.Context, g greeter) (string, error) { return g.Greet(ctx, "x") })
			if err != nil {
				return err
			}
			total += len(out)
		}
		return allAnswered(total, n)
	}
}

func counted(
	ctx context.Context, inFlight *atomic.Int64, g greeter, f func(context.Context, greeter) (string, error),
) (out string, err error) {
	inFlight.Add(1)
	defer func() {
		inFlight.Add(-1)
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return f(ctx, g)
}

// allAnswered checks that each of n calls came back with its one letter.
func allAnswered(letters, n int) error {
	if letters != n {
		return errors.New("a call was not answered")
	}
	return nil
}
