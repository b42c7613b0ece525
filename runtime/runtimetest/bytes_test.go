package runtimetest_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/runtime/runtimetest"
)

// What the native runtime shows of Go values, this one shows of bytes: the suite holds for both.
func TestBytes(t *testing.T) {
	t.Parallel()
	runtimetest.Run(t, func(*testing.T) runtimetest.Harness { return bytesHarness() })
}

func BenchmarkBytes(b *testing.B) {
	runtimetest.RunBenchmarks(b, func(*testing.B) runtimetest.Harness { return bytesHarness() })
}

func bytesHarness() runtimetest.Harness {
	rt := &bytesRuntime{}
	return harnessOf(rt, rt.instances.of)
}

// harnessOf is the harness of a runtime that finds its modules by the names of their behaviours.
func harnessOf(rt modreg.Runtime, instances func(ref string) (begun, gone int)) runtimetest.Harness {
	return runtimetest.Harness{
		Options: []modreg.Option{modreg.WithRuntime(rt)},
		Register: func(ctx context.Context, reg *modreg.Registry, m modreg.Manifest, b runtimetest.Behaviour) error {
			m.Runtime, m.Entry = rt.Name(), b.String()
			return reg.Register(ctx, m)
		},
		Instances: instances,
	}
}

// bytesRuntime runs the programs of the suite, which manifests name by their entry. Nothing but bytes passes
// between a program and its callers.
type bytesRuntime struct{ instances tally }

func (*bytesRuntime) Name() string { return "bytes" }

func (*bytesRuntime) Admit(m modreg.Manifest) error {
	if m.Permissions != nil {
		return &modreg.Error{Code: modreg.CodeUnsupported, What: "module " + m.Name, Why: "runtime \"bytes\" enforces no permissions"}
	}
	return nil
}

func (rt *bytesRuntime) Start(ctx context.Context, l modreg.Launch) (modreg.Instance, error) {
	behaviours := runtimetest.Behaviours()
	i := slices.IndexFunc(behaviours, func(b runtimetest.Behaviour) bool { return b.String() == l.Manifest.Entry })
	if i < 0 {
		return nil, fmt.Errorf("there is no program %q", l.Manifest.Entry)
	}
	dep, err := dependencyOf(l.Manifest, l.Deps)
	if err != nil {
		return nil, err
	}
	in := &bytesInstance{
		ref: l.Module + "@" + l.Version.String(), capability: l.Manifest.Provides[0].Capability,
		program: runtimetest.NewSample(behaviours[i], dep), instances: &rt.instances,
	}
	in.instances.began(in.ref)
	if err := in.isolated("start", func() error { return in.program.Start(ctx) }); err != nil {
		in.instances.left(in.ref)
		return nil, err
	}
	return in, nil
}

type bytesInstance struct {
	ref, capability string
	program         *runtimetest.Sample
	instances       *tally
}

func (in *bytesInstance) Invoke(ctx context.Context, capability, operation string, input []byte) (out []byte, err error) {
	if capability != in.capability || operation != runtimetest.Operation {
		return nil, &modreg.Error{Code: modreg.CodeUnsupported, What: fmt.Sprintf("operation %q of %q", operation, capability)}
	}
	err = in.isolated("call", func() (err error) {
		out, err = in.program.Process(ctx, bytes.Clone(input))
		return err
	})
	return out, err
}

func (in *bytesInstance) Health(ctx context.Context) error { return in.program.Health(ctx) }

func (in *bytesInstance) Stop(ctx context.Context) error {
	defer in.instances.left(in.ref)
	return in.program.Stop(ctx)
}

// isolated makes an error of what would be a trap in a runtime with a machine of its own.
func (in *bytesInstance) isolated(doing string, fn func() error) (err error) {
	defer func() {
		if trap := recover(); trap != nil {
			err = &modreg.Error{Code: modreg.CodePanic, What: doing + " " + in.ref, Why: fmt.Sprintf("it trapped: %v", trap)}
		}
	}()
	return fn()
}
