package runtimetest_test

import (
	"context"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/runtime/runtimetest"
)

// faulty is the sound runtime of bytes_test.go with a fault in one or more methods, its own or its instances'.
type faulty struct {
	*bytesRuntime
	start  func(ctx context.Context, l modreg.Launch) (modreg.Instance, error)
	invoke func(ctx context.Context, sound invokeFunc, in []byte) ([]byte, error)
	health func(ctx context.Context, sound probeFunc) error
	stop   func(ctx context.Context, sound probeFunc) error
}

type (
	invokeFunc func(ctx context.Context, in []byte) ([]byte, error)
	probeFunc  func(ctx context.Context) error
)

// newFaulty returns a runtime that is sound until a function is replaced.
func newFaulty() *faulty {
	rt := &bytesRuntime{}
	return &faulty{
		bytesRuntime: rt,
		start:        rt.Start,
		invoke:       func(ctx context.Context, sound invokeFunc, in []byte) ([]byte, error) { return sound(ctx, in) },
		health:       func(ctx context.Context, sound probeFunc) error { return sound(ctx) },
		stop:         func(ctx context.Context, sound probeFunc) error { return sound(ctx) },
	}
}

func (f *faulty) harness() runtimetest.Harness { return harnessOf(f, f.instances.of) }

func (f *faulty) Start(ctx context.Context, l modreg.Launch) (modreg.Instance, error) {
	in, err := f.start(ctx, l)
	if err != nil {
		return nil, err
	}
	return &faultyInstance{in, f}, nil
}

type faultyInstance struct {
	modreg.Instance
	f *faulty
}

func (i *faultyInstance) Invoke(ctx context.Context, capability, operation string, in []byte) ([]byte, error) {
	return i.f.invoke(ctx, func(ctx context.Context, in []byte) ([]byte, error) {
		return i.Instance.Invoke(ctx, capability, operation, in)
	}, in)
}

func (i *faultyInstance) Health(ctx context.Context) error { return i.f.health(ctx, i.Instance.Health) }

func (i *faultyInstance) Stop(ctx context.Context) error { return i.f.stop(ctx, i.Instance.Stop) }
