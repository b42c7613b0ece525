package runtimetest

import (
	"context"
	"sync"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest"
)

func startChecks() []check {
	return []check{
		{"registering and looking up start nothing, the first call does", needs(Upper), lazyStart},
		{"an eager module starts by itself", needs(Upper), eagerStart},
		{"callers who come at once share one instance", needs(Upper), sharedStart},
		{"it is started and probed by hand", needs(Upper), manualStart},
		{"a start that fails leaves nothing", needs(StartFails), failingStart},
		{"a start that panics leaves nothing", needs(StartPanics), panickingStart},
		{"a start has a deadline", needs(StartWaits), endlessStart},
		{"a module that is not healthy does not serve", needs(HealthFails), unhealthyStart},
		{"a health probe has a deadline", needs(HealthWaits), endlessProbe},
		{"a caller in a hurry does not end the start of others", needs(StartWaits), impatientCaller},
	}
}

func lazyStart(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Upper)
	h := r.handle(ctx)
	r.wantState("a", modreg.StateRegistered)
	r.wantInstances("a@1.0.0", 0, 0)
	r.wantAnswer(ctx, h, "Hello", "HELLO")
	r.wantState("a", modreg.StateActive)
	r.wantAnswer(ctx, r.handle(ctx), "again", "AGAIN")
	r.wantInstances("a@1.0.0", 1, 0)
}

func eagerStart(ctx context.Context, r *rig) {
	m := process("a", "1.0.0")
	m.Start = manifest.StartEager
	r.register(ctx, m, Upper)
	r.eventually(ctx, "it serves", func() bool { return r.status("a").State == modreg.StateActive })
	r.wantInstances("a@1.0.0", 1, 0)
}

func sharedStart(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Upper)
	h := r.handle(ctx)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if out, err := call(ctx, h, []byte("x")); err != nil || string(out) != "X" {
				r.Errorf("one of the first calls: %q, %v", out, err)
			}
		})
	}
	wg.Wait()
	r.wantInstances("a@1.0.0", 1, 0)
}

func manualStart(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Upper)
	r.wantCode(r.reg.Health(ctx, "a"), modreg.CodeUnavailable)
	for i := range 2 {
		r.must("start", r.reg.Start(ctx, "a"))
		r.must("start what runs", r.reg.Start(ctx, "a"))
		r.wantState("a", modreg.StateActive)
		r.must("probe", r.reg.Health(ctx, "a"))
		r.wantInstances("a@1.0.0", i+1, i)
		r.must("stop", r.reg.Stop(ctx, "a"))
		r.wantState("a", modreg.StateStopped)
		r.wantInstances("a@1.0.0", i+1, i+1)
	}
	r.wantAnswer(ctx, r.handle(ctx), "Hello", "HELLO")
}

// wantNotStarted starts a module that cannot start, expects that to be said, and that nothing is left of it.
func (r *rig) wantNotStarted(ctx context.Context, want func(error)) {
	r.Helper()
	for range 2 {
		want(r.reg.Start(ctx, "a"))
		if st := r.status("a"); st.State != modreg.StateFailed || st.Err == nil {
			r.Errorf("after a failed start it is %v with error %v, want %v with an error", st.State, st.Err, modreg.StateFailed)
		}
	}
	// Module code that was given up on may need a moment to see that.
	r.eventually(ctx, "instances that did not start are gone", func() bool { return r.live("a@1.0.0") == 0 })
	if _, err := call(ctx, r.handle(ctx), []byte("x")); err == nil {
		r.Error("a module that did not start answers a call")
	}
}

func failingStart(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), StartFails)
	r.wantNotStarted(ctx, func(err error) { r.wantCode(err, modreg.CodeFailed, "a@1.0.0", FailureText) })
}

func panickingStart(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), StartPanics)
	r.wantNotStarted(ctx, func(err error) { r.wantCode(err, modreg.CodePanic, "a@1.0.0") })
}

func endlessStart(ctx context.Context, r *rig) {
	r.register(ctx, within(process("a", "1.0.0"), manifest.Limits{Start: "20ms"}), StartWaits)
	r.wantNotStarted(ctx, r.wantLate)
}

func unhealthyStart(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), HealthFails)
	r.wantNotStarted(ctx, func(err error) { r.wantCode(err, modreg.CodeFailed, "a@1.0.0", FailureText) })
}

func endlessProbe(ctx context.Context, r *rig) {
	r.register(ctx, within(process("a", "1.0.0"), manifest.Limits{Health: "20ms"}), HealthWaits)
	r.wantNotStarted(ctx, r.wantLate)
}

func impatientCaller(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), StartWaits)
	h := r.handle(ctx)
	hurry, cancel := context.WithCancel(ctx)
	impatient, patient := make(chan error, 1), make(chan error, 1)
	go func() { _, err := call(hurry, h, nil); impatient <- err }()
	r.eventually(ctx, "the start begins", func() bool { return r.status("a").State == modreg.StateStarting })
	go func() { _, err := call(ctx, h, nil); patient <- err }()
	cancel()
	r.wantCode(<-impatient, modreg.CodeCanceled)
	r.wantState("a", modreg.StateStarting)

	r.must("close", r.reg.Close(ctx)) // ends the start
	if err := <-patient; err == nil {
		r.Error("a module that never started answered a call")
	}
}
