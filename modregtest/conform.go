package modregtest

import (
	"context"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/runtime/runtimetest"
)

// Conform holds a module against what every registry expects, topic by topic as subtests:
//
//   - lifecycle: registering starts nothing; it starts, is healthy, serves and stops, several times in a row;
//   - concurrency: many goroutines use one instance; the race detector sees what they share;
//   - instances: two instances in one process do not depend on each other;
//   - cancellation: a use whose context has ended, or ends underway, returns, and later uses succeed;
//   - swap: under load it is replaced by the next version of itself, and back, and no use fails;
//   - configuration: one with an unknown field is refused, if the manifest has a schema;
//   - leaks: after all that no goroutine is left.
//
// It needs a Use that succeeds. A module of which only one instance can be in a process, for a port or a file,
// does not conform: while a version replaces another, both are there.
func Conform[T any](t *testing.T, s Subject[T]) {
	t.Helper()
	for _, topic := range topics[T]() {
		t.Run(topic.name, func(t *testing.T) { topic.examine(t, s) })
	}
}

// A topic is a part of what is expected of a module.
type topic[T any] struct {
	name string
	run  func(x *examination[T])
}

func topics[T any]() []topic[T] {
	return []topic[T]{
		{"lifecycle", lifecycle[T]},
		{"concurrency", concurrency[T]},
		{"instances", instances[T]},
		{"cancellation", cancellation[T]},
		{"swap", swap[T]},
		{"configuration", configuration[T]},
		{"leaks", leaks[T]},
	}
}

func (c topic[T]) examine(tb testing.TB, s Subject[T]) {
	tb.Helper()
	if s.Use == nil {
		tb.Fatalf("Subject.Use is nil")
	}
	if s.Patience <= 0 {
		s.Patience = 10 * time.Second
	}
	c.run(&examination[T]{TB: tb, Subject: s})
}

func lifecycle[T any](x *examination[T]) {
	reg := x.open()
	h := x.handle(reg)
	name := x.Manifest.Name
	if m, ok := reg.Get(name); ok && m.Status().State != modreg.StateRegistered && m.Manifest().Start != "eager" {
		x.Errorf("registering it made it %v", m.Status().State)
	}
	for range 3 {
		x.must("start", reg.Start(x.Context(), name))
		x.must("probe", reg.Health(x.Context(), name))
		x.must("use", x.use(x.Context(), h))
		x.must("stop", reg.Stop(x.Context(), name))
	}
	x.must("use after a stop, which starts it", x.use(x.Context(), h))
}

const (
	users    = 8
	usesEach = 25
)

func concurrency[T any](x *examination[T]) {
	h := x.handle(x.open())
	x.must("use", x.use(x.Context(), h))
	done := make(chan error, users)
	for range users {
		go func() {
			var err error
			for i := 0; i < usesEach && err == nil; i++ {
				err = x.use(x.Context(), h)
			}
			done <- err
		}()
	}
	for range users {
		if err := x.returns("uses at the same time", func() error { return <-done }); err != nil {
			x.Errorf("use beside others: %v", err)
		}
	}
}

func instances[T any](x *examination[T]) {
	first, second := x.open(), x.open()
	a, b := x.handle(first), x.handle(second)
	x.must("use the first instance", x.use(x.Context(), a))
	x.must("use the second instance", x.use(x.Context(), b))
	x.must("use the first instance beside the second", x.use(x.Context(), a))
	x.must("close the registry of the first instance", first.Close(x.Context()))
	x.must("use the second instance without the first", x.use(x.Context(), b))
}

func cancellation[T any](x *examination[T]) {
	h := x.handle(x.open())
	x.must("use", x.use(x.Context(), h))
	ended, cancel := context.WithCancel(x.Context())
	cancel()
	// Whether the answer is an error is the module's to say.
	_ = x.returns("use with an ended context", func() error { return x.use(ended, h) })

	underway, cancel := context.WithCancel(x.Context())
	defer cancel()
	done := make(chan error, users)
	for range users {
		go func() { done <- x.use(underway, h) }()
	}
	cancel()
	for range users {
		_ = x.returns("use whose context ends underway", func() error { return <-done })
	}
	x.must("use after others were cancelled", x.use(x.Context(), h))
}

func leaks[T any](x *examination[T]) {
	runtimetest.NoLeaks(x, x.Patience)
	reg := x.open()
	h := x.handle(reg)
	x.must("use", x.use(x.Context(), h))
	x.must("stop", reg.Stop(x.Context(), x.Manifest.Name))
	x.must("use after a stop", x.use(x.Context(), h))
}
