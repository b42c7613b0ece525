package runtimetest

import (
	"bytes"
	"context"
	"testing"
)

// RunBenchmarks measures a runtime: calls with 1 KiB through a handle, by one caller and by one for each
// processor, and a start together with a stop. It calls open for each; the runtime must support [Upper].
func RunBenchmarks(b *testing.B, open func(b *testing.B) Harness) {
	b.Helper()
	for _, bench := range []struct {
		name string
		run  func(ctx context.Context, b *testing.B, r *rig)
	}{
		{"call", benchmarkCall},
		{"parallel call", benchmarkParallelCall},
		{"start and stop", benchmarkStart},
	} {
		b.Run(bench.name, func(b *testing.B) {
			r := newRig(b.Context(), b, open(b), patience)
			r.register(b.Context(), process("a", "1.0.0"), Upper)
			b.ReportAllocs()
			bench.run(b.Context(), b, r)
		})
	}
}

// input is what benchmarks call with.
func input() []byte { return bytes.Repeat([]byte("0123abcd"), 128) }

func benchmarkCall(ctx context.Context, b *testing.B, r *rig) {
	b.Helper()
	h, in := r.handle(ctx), input()
	for b.Loop() {
		if _, err := call(ctx, h, in); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkParallelCall(ctx context.Context, b *testing.B, r *rig) {
	b.Helper()
	h := r.handle(ctx)
	r.must("start", r.reg.Start(ctx, "a"))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for in := input(); pb.Next(); {
			if _, err := call(ctx, h, in); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func benchmarkStart(ctx context.Context, b *testing.B, r *rig) {
	b.Helper()
	for b.Loop() {
		r.must("start", r.reg.Start(ctx, "a"))
		r.must("stop", r.reg.Stop(ctx, "a"))
	}
}
