package runtimetest

import (
	"context"

	"github.com/modreg/modreg"
)

func swapChecks() []check {
	return []check{
		{"a swap under load loses no call", needs(Upper, Lower), swapUnderLoad},
		{"a swap with the native runtime loses no call", needs(Lower), swapWithNative},
		{"a configuration under load loses no call", needs(Upper), configureUnderLoad},
		{"a swap drains what it replaces", needs(Waits, Upper), drainingSwap},
		{"a swap to what does not start keeps what serves", needs(Upper, StartFails), swapToFailing(StartFails)},
		{"a swap to what panics keeps what serves", needs(Upper, StartPanics), swapToFailing(StartPanics)},
		{"a swap to what is not healthy keeps what serves", needs(Upper, HealthFails), swapToFailing(HealthFails)},
	}
}

const swaps = 10

// swapBackAndForth swaps the two versions of module "a" under load. The first answers in upper case, the second
// in lower case.
func (r *rig) swapBackAndForth(ctx context.Context) {
	r.Helper()
	h := r.handle(ctx)
	l := r.load(ctx, h, "HELLO", "hello")
	l.flows(ctx)
	for range swaps {
		for _, to := range []struct{ ref, answer string }{{"a@2.0.0", "hello"}, {"a@1.0.0", "HELLO"}} {
			r.must("activate", r.reg.Activate(ctx, to.ref))
			r.wantAnswer(ctx, h, "Hello", to.answer)
			l.flows(ctx)
		}
	}
	l.stop()
}

func swapUnderLoad(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Upper)
	r.register(ctx, process("a", "2.0.0"), Lower)
	r.swapBackAndForth(ctx)
	r.eventually(ctx, "one instance is left, of the active version", func() bool {
		return r.harness.Instances == nil || r.live("a@1.0.0")+r.live("a@2.0.0") == 1
	})
}

func swapWithNative(ctx context.Context, r *rig) {
	native := modreg.Provide(Process, func(context.Context, modreg.Deps) (modreg.Processor, error) {
		return NewSample(Upper, nil), nil
	})
	r.must("register a native module", r.reg.Register(ctx, process("a", "1.0.0"), native))
	r.register(ctx, process("a", "2.0.0"), Lower)
	r.swapBackAndForth(ctx)
}

func configureUnderLoad(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Upper)
	h := r.handle(ctx)
	l := r.load(ctx, h, "HELLO")
	l.flows(ctx)
	for i := range swaps {
		r.must("configure", r.reg.Configure(ctx, "a", map[string]int{"round": i}))
		l.flows(ctx)
	}
	l.stop()
	r.wantState("a", modreg.StateActive)
}

func drainingSwap(ctx context.Context, r *rig) {
	r.register(ctx, process("a", "1.0.0"), Waits)
	r.register(ctx, process("a", "2.0.0"), Upper)
	h := r.handle(ctx)
	p := r.begin(ctx, h, "a@1.0.0")
	swapped := make(chan error, 1)
	go func() { swapped <- r.reg.Activate(ctx, "a@2.0.0") }()
	r.eventually(ctx, "the new version is active", func() bool {
		m, ok := h.Module()
		return ok && m.Ref() == "a@2.0.0"
	})
	r.wantAnswer(ctx, h, "Hello", "HELLO")
	r.wantInstances("a@1.0.0", 1, 0) // the call is still there
	r.wantCode(p.end(ctx), modreg.CodeCanceled)
	r.must("activate", <-swapped)
	r.wantInstances("a@1.0.0", 1, 1)
}

func swapToFailing(b Behaviour) func(context.Context, *rig) {
	return func(ctx context.Context, r *rig) {
		r.register(ctx, process("a", "1.0.0"), Upper)
		r.register(ctx, process("a", "2.0.0"), b)
		l := r.load(ctx, r.handle(ctx), "HELLO")
		l.flows(ctx)
		for range 3 {
			if err := r.reg.Activate(ctx, "a@2.0.0"); err == nil {
				r.Fatalf("a version that does not start became the active one")
			}
			l.flows(ctx)
		}
		l.stop()
		if m, _ := r.reg.Get("a"); m.Ref() != "a@1.0.0" {
			r.Errorf("the active version is %s", m.Ref())
		}
		r.wantInstances("a@1.0.0", 1, 0)
	}
}
