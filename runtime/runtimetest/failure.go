package runtimetest

import (
	"context"
	"strings"
	"sync"

	"github.com/modreg/modreg"
)

func failureChecks() []check {
	return []check{
		{"an error of the module reaches the caller", needs(Fails), failingCalls},
		{"a panic is an error that names the module", needs(Panics), panickingCalls},
		{"panics of one module do not disturb another", needs(Panics, Upper), panicsBeside},
	}
}

func failingCalls(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Fails)
	h := r.handle(ctx)
	for range 3 {
		_, err := call(ctx, h, []byte("x"))
		if err == nil || !strings.Contains(err.Error(), FailureText) {
			r.Fatalf("error %v, want the module's own: %q", err, FailureText)
		}
		if code := modreg.CodeOf(err); code == modreg.CodePanic || code == modreg.CodeUnavailable {
			r.Errorf("an error that the module returned has the code %q", code)
		}
	}
	r.wantState("a", modreg.StateActive)
	r.wantInstances("a@1.0.0", 1, 0) // an error is an answer, and no reason to start anew
}

func panickingCalls(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.2.3"), Panics)
	h := r.handle(ctx)
	for range 3 {
		_, err := call(ctx, h, []byte("x"))
		r.wantCode(err, modreg.CodePanic, "a@1.2.3")
	}
	if n := r.status("a").InFlight; n != 0 {
		r.Errorf("%d calls are in flight after panics", n)
	}
}

func panicsBeside(ctx context.Context, r *rig) {
	r.register(ctx, process("bad", "1.0.0"), Panics)
	r.register(ctx, process("good", "1.0.0"), Upper)
	bad, good := r.handle(ctx, modreg.From("bad")), r.handle(ctx, modreg.From("good"))
	l := r.load(ctx, good, "HELLO")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				if _, err := call(ctx, bad, []byte("x")); modreg.CodeOf(err) != modreg.CodePanic {
					r.Errorf("error %v, want code %q", err, modreg.CodePanic)
				}
			}
		})
	}
	wg.Wait()
	l.flows(ctx)
	l.stop()
	r.wantInstances("good@1.0.0", 1, 0)
}
