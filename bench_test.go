package modreg_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/modreg/modreg"
)

type textProcessor interface {
	Process(ctx context.Context, s string) (string, error)
}

type echo struct{}

//go:noinline
func (e *echo) Process(_ context.Context, s string) (string, error) { return s, nil }

var text = modreg.NewCapability[textProcessor]("text.process")

func newEcho(context.Context, modreg.Deps) (textProcessor, error) { return &echo{}, nil }

func open(tb testing.TB, opts ...modreg.Option) *modreg.Registry {
	tb.Helper()
	reg, err := modreg.Open(context.Background(), opts...)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := reg.Close(context.Background()); err != nil {
			tb.Errorf("close: %v", err)
		}
	})
	return reg
}

func register(tb testing.TB, reg *modreg.Registry, m modreg.Manifest, opts ...modreg.ModuleOption) {
	tb.Helper()
	if err := reg.Register(context.Background(), m, opts...); err != nil {
		tb.Fatal(err)
	}
}

var sink string

func BenchmarkDirectCall(b *testing.B) {
	ctx := context.Background()
	var p textProcessor = &echo{}
	for b.Loop() {
		sink, _ = p.Process(ctx, "x")
	}
}

func BenchmarkDo(b *testing.B) {
	ctx := context.Background()
	reg := open(b)
	register(b, reg, modreg.Manifest{Name: "upper", Version: "1.0.0"}, modreg.Provide(text, newEcho))
	h, err := modreg.Lookup(ctx, reg, text)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		out, err := modreg.Do(ctx, h, func(ctx context.Context, p textProcessor) (string, error) { return p.Process(ctx, "x") })
		if err != nil {
			b.Fatal(err)
		}
		sink = out
	}
}

func BenchmarkLease(b *testing.B) {
	ctx := context.Background()
	reg := open(b)
	register(b, reg, modreg.Manifest{Name: "upper", Version: "1.0.0"}, modreg.Provide(text, newEcho))
	h, err := modreg.Lookup(ctx, reg, text)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("held", func(b *testing.B) {
		l, err := modreg.Acquire(ctx, h)
		if err != nil {
			b.Fatal(err)
		}
		defer l.Release()
		for b.Loop() {
			sink, _ = l.Value().Process(ctx, "x")
		}
	})
	b.Run("each", func(b *testing.B) {
		for b.Loop() {
			l, err := modreg.Acquire(ctx, h)
			if err != nil {
				b.Fatal(err)
			}
			sink, _ = l.Value().Process(ctx, "x")
			l.Release()
		}
	})
}

func BenchmarkRegister(b *testing.B) {
	ctx := context.Background()
	reg := open(b)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		register(b, reg, modreg.Manifest{Name: fmt.Sprintf("module-%d", i), Version: "1.0.0"},
			modreg.Provide(text, newEcho, modreg.Version("1.2.0"), modreg.Attr("lang", "en")))
		i++
	}
	_ = ctx
}

func BenchmarkGet(b *testing.B) {
	reg := open(b)
	for i := range 100_000 {
		register(b, reg, modreg.Manifest{Name: fmt.Sprintf("module-%d", i), Version: "1.0.0"})
	}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if _, ok := reg.Get("module-77"); !ok {
			b.Fatal("missing")
		}
	}
}
