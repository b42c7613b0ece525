package runtimetest

import (
	"context"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest"
)

func stopChecks() []check {
	return []check{
		{"a stop waits for calls in flight", needs(Waits), drainingStop},
		{"a drain has a deadline", needs(Waits), endlessDrain},
		{"a stop that fails is reported and final", needs(StopFails), failingStop},
		{"a stop has a deadline", needs(StopWaits), endlessStop},
		{"unregistering stops", needs(Upper), unregister},
		{"a quarantine stops and keeps from starting", needs(Upper, Lower), quarantine},
		{"closing stops everything, calls in flight among it", needs(Upper, Waits), closing},
	}
}

func drainingStop(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Waits)
	p := r.begin(ctx, r.handle(ctx), "a")
	stopped := make(chan error, 1)
	go func() { stopped <- r.reg.Stop(ctx, "a") }()
	r.eventually(ctx, "it drains", func() bool { return r.status("a").State == modreg.StateDraining })
	r.wantInstances("a@1.0.0", 1, 0)
	r.wantCode(p.end(ctx), modreg.CodeCanceled) // of the call, not of the module
	r.must("stop", <-stopped)
	r.wantState("a", modreg.StateStopped)
	r.wantInstances("a@1.0.0", 1, 1)
}

func endlessDrain(ctx context.Context, r *rig) {
	r.register(ctx, within(process("a", "1.0.0"), manifest.Limits{Drain: "20ms"}), Waits)
	p := r.begin(ctx, r.handle(ctx), "a")
	r.must("stop", r.reg.Stop(ctx, "a"))
	r.wantState("a", modreg.StateStopped)
	if err := p.end(ctx); err == nil {
		r.Error("a call that never came to its end was answered")
	}
	r.wantInstances("a@1.0.0", 1, 1)
}

func failingStop(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), StopFails)
	for i := range 2 {
		r.wantAnswer(ctx, r.handle(ctx), "Hello", "HELLO")
		r.wantCode(r.reg.Stop(ctx, "a"), modreg.CodeFailed, "a@1.0.0", FailureText)
		r.wantState("a", modreg.StateStopped)
		r.wantInstances("a@1.0.0", i+1, i+1)
	}
}

func endlessStop(ctx context.Context, r *rig) {
	r.register(ctx, within(process("a", "1.0.0"), manifest.Limits{Stop: "20ms"}), StopWaits)
	r.wantAnswer(ctx, r.handle(ctx), "Hello", "HELLO")
	r.wantLate(r.reg.Stop(ctx, "a"))
	r.wantState("a", modreg.StateStopped)
}

func unregister(ctx context.Context, r *rig) {
	h := r.handle(ctx, modreg.AllowMissing())
	for i := range 2 {
		r.register(ctx, process("a", "1.0.0"), Upper)
		r.wantAnswer(ctx, h, "Hello", "HELLO")
		r.must("unregister", r.reg.Unregister(ctx, "a"))
		r.wantInstances("a@1.0.0", i+1, i+1)
		_, err := call(ctx, h, nil)
		r.wantCode(err, modreg.CodeUnavailable)
	}
}

func quarantine(ctx context.Context, r *rig) {
	const reason = "it is suspected"
	r.register(ctx, process("a", "1.0.0"), Upper)
	h := r.handle(ctx)
	r.wantAnswer(ctx, h, "Hello", "HELLO")
	r.must("quarantine", r.reg.Quarantine(ctx, "a", reason))
	r.wantState("a", modreg.StateQuarantined)
	r.wantInstances("a@1.0.0", 1, 1)
	_, err := call(ctx, h, nil)
	r.wantCode(err, modreg.CodeUnavailable, reason)
	r.wantCode(r.reg.Start(ctx, "a"), modreg.CodeQuarantined, reason)

	r.register(ctx, process("b", "1.0.0"), Lower)
	r.wantAnswer(ctx, h, "Hello", "hello") // the next provider
	r.must("release", r.reg.Release(ctx, "a"))
	r.wantAnswer(ctx, r.handle(ctx, modreg.From("a")), "Hello", "HELLO")
	r.wantInstances("a@1.0.0", 2, 1)
}

func closing(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Upper)
	r.register(ctx, process("b", "1.0.0"), Waits)
	a, b := r.handle(ctx, modreg.From("a")), r.handle(ctx, modreg.From("b"))
	r.wantAnswer(ctx, a, "Hello", "HELLO")
	p := r.begin(ctx, b, "b")
	impatient, cancel := context.WithCancel(ctx)
	cancel()
	r.must("close without patience for calls", r.reg.Close(impatient))
	r.wantInstances("a@1.0.0", 1, 1)
	r.wantInstances("b@1.0.0", 1, 1)
	for _, h := range []*modreg.Handle[modreg.Processor]{a, b} {
		_, err := call(ctx, h, nil)
		r.wantCode(err, modreg.CodeClosed)
	}
	if err := p.end(ctx); err == nil {
		r.Error("a call that never came to its end was answered")
	}
}
