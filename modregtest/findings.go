package modregtest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Findings runs a check and returns the failures that it reported, instead of letting tb fail. By it a suite, or
// a helper of tests, is seen to find what it should. The check runs to its end, its cleanups included, in
// goroutines of its own; a check that skips has no findings.
func Findings(tb testing.TB, check func(tb testing.TB)) []string {
	tb.Helper()
	ctx, cancel := context.WithCancel(tb.Context())
	defer cancel()
	r := &recorder{TB: tb, ctx: ctx}
	apart(func() { check(r) })
	cancel()
	for cleanup := r.pop(); cleanup != nil; cleanup = r.pop() {
		apart(cleanup)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.findings)
}

// apart runs fn, which may end its goroutine.
func apart(fn func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	<-done
}

// A recorder is a testing.TB that takes note of failures. What neither fails, skips nor cleans up is passed on.
type recorder struct {
	testing.TB
	ctx context.Context //nolint:containedctx // testing.TB hands it out

	mu       sync.Mutex
	findings []string // guarded by mu
	cleanups []func() // guarded by mu
}

func (r *recorder) find(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.findings = append(r.findings, strings.TrimSuffix(text, "\n"))
}

func (r *recorder) pop() func() {
	r.mu.Lock()
	defer r.mu.Unlock()
	last := len(r.cleanups) - 1
	if last < 0 {
		return nil
	}
	cleanup := r.cleanups[last]
	r.cleanups = r.cleanups[:last]
	return cleanup
}

func (r *recorder) Cleanup(fn func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, fn)
}

func (r *recorder) Failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.findings) > 0
}

func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Error(args ...any)                 { r.find(fmt.Sprintln(args...)) }
func (r *recorder) Errorf(format string, args ...any) { r.find(fmt.Sprintf(format, args...)) }
func (r *recorder) Fail()                             { r.find("it failed") }

func (r *recorder) FailNow() {
	r.Fail()
	runtime.Goexit()
}

func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skip(...any)          { runtime.Goexit() }
func (r *recorder) Skipf(string, ...any) { runtime.Goexit() }
func (r *recorder) SkipNow()             { runtime.Goexit() }
