package runtimetest

import (
	"context"

	"github.com/modreg/modreg"
)

func dependencyChecks() []check {
	return []check{
		{"what is required is started first and answers", needs(Relays, Upper), relayed},
		{"without it the module does not start", needs(Relays, Upper), missing},
		{"a swap of it is followed", needs(Relays, Upper, Lower), relayedSwap},
		{"its failures pass through", needs(Relays, Fails, Panics), relayedFailure},
		{"cancelling passes through", needs(Relays, Waits), relayedCancel},
	}
}

func relayed(ctx context.Context, r *rig) {
	r.register(ctx, relay("relay", "1.0.0"), Relays)
	r.register(ctx, dependency("dep", "1.0.0"), Upper)
	h := r.handle(ctx)
	r.wantState("dep", modreg.StateRegistered)
	r.wantAnswer(ctx, h, "Hello", "HELLO")
	r.wantState("dep", modreg.StateActive)
	r.wantInstances("dep@1.0.0", 1, 0)
	r.wantInstances("relay@1.0.0", 1, 0)
	r.wantCode(r.reg.Unregister(ctx, "dep"), modreg.CodeInUse, "relay@1.0.0")
	r.wantAnswer(ctx, h, "Hello", "HELLO")
}

func missing(ctx context.Context, r *rig) {
	r.register(ctx, relay("relay", "1.0.0"), Relays)
	r.wantCode(r.reg.Start(ctx, "relay"), modreg.CodeUnresolved, "relay@1.0.0", Dependency.Name())
	r.wantInstances("relay@1.0.0", 0, 0)
	r.register(ctx, dependency("dep", "1.0.0"), Upper)
	r.wantAnswer(ctx, r.handle(ctx), "Hello", "HELLO")
}

func relayedSwap(ctx context.Context, r *rig) {
	r.register(ctx, relay("relay", "1.0.0"), Relays)
	r.register(ctx, dependency("dep", "1.0.0"), Upper)
	r.register(ctx, dependency("dep", "2.0.0"), Lower)
	h := r.handle(ctx)
	l := r.load(ctx, h, "HELLO", "hello")
	l.flows(ctx)
	r.must("activate", r.reg.Activate(ctx, "dep@2.0.0"))
	r.wantAnswer(ctx, h, "Hello", "hello")
	r.must("activate", r.reg.Activate(ctx, "dep@1.0.0"))
	r.wantAnswer(ctx, h, "Hello", "HELLO")
	l.flows(ctx)
	l.stop()
	r.wantInstances("relay@1.0.0", 1, 0)
}

func relayedFailure(ctx context.Context, r *rig) {
	r.register(ctx, dependency("dep", "1.0.0"), Fails)
	r.register(ctx, dependency("dep", "2.0.0"), Panics)
	r.register(ctx, relay("relay", "1.0.0"), Relays)
	h := r.handle(ctx)
	for _, ref := range []string{"dep@1.0.0", "dep@2.0.0"} {
		r.must("activate", r.reg.Activate(ctx, ref))
		if out, err := call(ctx, h, []byte("x")); err == nil {
			r.Errorf("call through %s: %q, want an error", ref, out)
		}
	}
	r.wantState("relay", modreg.StateActive)
	r.wantInstances("relay@1.0.0", 1, 0)
}

func relayedCancel(ctx context.Context, r *rig) {
	r.register(ctx, relay("relay", "1.0.0"), Relays)
	r.register(ctx, dependency("dep", "1.0.0"), Waits)
	r.wantCode(r.begin(ctx, r.handle(ctx), "dep").end(ctx), modreg.CodeCanceled)
	r.wantState("relay", modreg.StateActive)
}
