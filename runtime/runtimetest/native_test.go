package runtimetest_test

import (
	"context"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/runtime/runtimetest"
)

func TestNative(t *testing.T) {
	t.Parallel()
	runtimetest.Run(t, func(*testing.T) runtimetest.Harness { return nativeHarness() })
}

func BenchmarkNative(b *testing.B) {
	runtimetest.RunBenchmarks(b, func(*testing.B) runtimetest.Harness { return nativeHarness() })
}

func nativeHarness() runtimetest.Harness {
	var n tally
	return runtimetest.Harness{
		Register: func(ctx context.Context, reg *modreg.Registry, m modreg.Manifest, b runtimetest.Behaviour) error {
			ref := m.Name + "@" + m.Version
			return reg.Register(ctx, m, modreg.Provide(capabilityOf(m), func(_ context.Context, d modreg.Deps) (modreg.Processor, error) {
				dep, err := dependencyOf(m, d)
				if err != nil {
					return nil, err
				}
				n.began(ref)
				return &counted{Sample: runtimetest.NewSample(b, dep), gone: func() { n.left(ref) }}, nil
			}))
		},
		Instances: n.of,
	}
}

// counted is a sample that says when it is gone.
type counted struct {
	*runtimetest.Sample
	gone func()
}

func (c *counted) Stop(ctx context.Context) error {
	defer c.gone()
	return c.Sample.Stop(ctx)
}
