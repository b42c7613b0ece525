package modreg

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"
)

// bounded runs module code: it isolates its panics, and gives up on it when the time is over or hurry is
// closed, as Go code cannot be stopped from outside. What was given up on goes on in its goroutine; if it ends
// well after all, what it returned undoes it. That ctx ends is for the module to see: it is waited for.
func (r *Registry) bounded(
	ctx context.Context, hurry <-chan struct{}, what string, limit time.Duration, u *unit,
	fn func(context.Context) (undo func(), err error),
) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	var (
		mu      sync.Mutex
		givenUp bool  // guarded by mu
		result  error // guarded by mu
	)
	done := make(chan struct{})
	go func() {
		defer cancel()
		undo, err := guard(u, func() (func(), error) { return fn(ctx) })
		mu.Lock()
		late := givenUp
		result = err
		close(done)
		mu.Unlock()
		if late && err == nil && undo != nil {
			undo()
		}
	}()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-hurry:
	}
	mu.Lock()
	defer mu.Unlock()
	select {
	case <-done: // perhaps just now
		return r.moduleError(what, result, u)
	case <-hurry:
		givenUp = true
		return interrupted(what, context.Canceled)
	default:
		givenUp = true
	}
	return &Error{
		Code: CodeDeadline, What: what, Why: fmt.Sprintf("it has not returned after %v", limit), Err: context.DeadlineExceeded,
		Fix: "make it watch its context, or raise the limit in the manifest or in WithTimeouts",
	}
}

// guard runs fn and turns a panic into an error.
func guard[T any](u *unit, fn func() (T, error)) (out T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = newPanicError(u, v)
		}
	}()
	return fn()
}

// newPanicError is called while the panic unwinds, so that the stack is that of the panic.
func newPanicError(u *unit, value any) *PanicError {
	return &PanicError{
		Module: u.v.name, Version: u.v.vers.String(), Value: value, Stack: debug.Stack(),
	}
}

// moduleError gives an error of module code a code, and reports panics.
func (r *Registry) moduleError(what string, err error, u *unit) error {
	if err == nil {
		return nil
	}
	if p, ok := errors.AsType[*PanicError](err); ok {
		err = &Error{Code: CodePanic, What: what, Err: p}
		r.announce(panicEvent(u, err))
		return err
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return &Error{Code: e.Code, What: what, Err: err}
	}
	return &Error{Code: codeOr(err, CodeFailed), What: what, Err: err} // a module that heeds its context returns its error
}

func panicEvent(u *unit, err error) Event {
	return Event{Kind: EventPanicked, Module: u.v.name, Version: u.v.vers.String(), Err: err}
}

func codeOr(err error, code Code) Code {
	if c := CodeOf(err); c != CodeUnknown {
		return c
	}
	return code
}
