package runtimetest_test

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/modregtest"
	"github.com/modreg/modreg/runtime/runtimetest"
)

// A fault makes a sound runtime break the contract, and names the check that must see it.
type fault struct {
	name, caught string
	// plant puts the fault in. What it hangs in ends with release.
	plant func(f *faulty, release <-chan struct{})
}

func faults() []fault {
	return []fault{
		{"has one buffer for all answers", "call: input and output belong to the caller", sharedAnswer},
		{"works in the caller's buffer", "call: input and output belong to the caller", sharedInput},
		{"ends answers at a zero byte", "call: bytes go in and come out as they are", cString},
		{"does not pass on the context", "call: cancelling a call reaches the module", deaf},
		{"makes calls of all modules wait for one another", "call: calls that wait do not hold up others", oneLock},
		{"makes panics errors like others", "failure: a panic is an error that names the module", hiddenPanic},
		{"loses errors of calls", "failure: an error of the module reaches the caller", lostError},
		{"starts what did not start", "start: a start that fails leaves nothing", lostStartError},
		{"leaves what did not start", "start: a start that fails leaves nothing", leftStart},
		{"does not probe", "start: a module that is not healthy does not serve", noProbe},
		{"loses errors of stops", "stop: a stop that fails is reported and final", lostStopError},
		{"does not stop", "stop: unregistering stops", noStop},
		{"stops what others use", "swap: a swap with the native runtime loses no call", earlyEnd},
		{"leaves a goroutine of each start", "start: registering and looking up start nothing, the first call does", leftGoroutine},
	}
}

func TestRun_findsFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range faults() {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			defer close(release)
			found := modregtest.Findings(t, func(tb testing.TB) {
				tb.Helper()
				f := newFaulty()
				fault.plant(f, release)
				// Enough to see that what a check waits for does not come.
				runtimetest.Examine(tb, f.harness, fault.caught, 100*time.Millisecond)
			})
			if len(found) == 0 {
				t.Errorf("the check %q does not see it", fault.caught)
			}
			for _, text := range found {
				t.Log(text)
			}
		})
	}
}

func sharedAnswer(f *faulty, _ <-chan struct{}) {
	var buf []byte // the check that must see it has one caller
	f.invoke = func(ctx context.Context, sound invokeFunc, in []byte) ([]byte, error) {
		out, err := sound(ctx, in)
		buf = append(buf[:0], out...)
		return buf, err
	}
}

func sharedInput(f *faulty, _ <-chan struct{}) {
	f.invoke = func(ctx context.Context, sound invokeFunc, in []byte) ([]byte, error) {
		out, err := sound(ctx, in)
		return in[:copy(in, out)], err
	}
}

func cString(f *faulty, _ <-chan struct{}) {
	f.invoke = func(ctx context.Context, sound invokeFunc, in []byte) ([]byte, error) {
		out, err := sound(ctx, in)
		out, _, _ = bytes.Cut(out, []byte{0})
		return out, err
	}
}

func deaf(f *faulty, release <-chan struct{}) {
	f.invoke = func(_ context.Context, sound invokeFunc, in []byte) ([]byte, error) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() { <-release; cancel() }()
		return sound(ctx, in)
	}
}

func oneLock(f *faulty, _ <-chan struct{}) {
	token := make(chan struct{}, 1)
	f.invoke = func(ctx context.Context, sound invokeFunc, in []byte) ([]byte, error) {
		select {
		case token <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		defer func() { <-token }()
		return sound(ctx, in)
	}
}

func hiddenPanic(f *faulty, _ <-chan struct{}) {
	f.invoke = func(ctx context.Context, sound invokeFunc, in []byte) ([]byte, error) {
		out, err := sound(ctx, in)
		if err != nil {
			err = errors.New("the module has a problem")
		}
		return out, err
	}
}

func lostError(f *faulty, _ <-chan struct{}) {
	f.invoke = func(ctx context.Context, sound invokeFunc, in []byte) ([]byte, error) {
		out, _ := sound(ctx, in)
		return out, nil
	}
}

// idle is an instance that does nothing.
type idle struct{}

func (idle) Invoke(context.Context, string, string, []byte) ([]byte, error) { return nil, nil }
func (idle) Health(context.Context) error                                   { return nil }
func (idle) Stop(context.Context) error                                     { return nil }

func lostStartError(f *faulty, _ <-chan struct{}) {
	f.start = func(ctx context.Context, l modreg.Launch) (modreg.Instance, error) {
		if in, err := f.bytesRuntime.Start(ctx, l); err == nil {
			return in, nil
		}
		return idle{}, nil
	}
}

func leftStart(f *faulty, _ <-chan struct{}) {
	f.start = func(ctx context.Context, l modreg.Launch) (modreg.Instance, error) {
		f.instances.began(l.Module + "@" + l.Version.String())
		return f.bytesRuntime.Start(ctx, l)
	}
}

func noProbe(f *faulty, _ <-chan struct{}) {
	f.health = func(context.Context, probeFunc) error { return nil }
}

func lostStopError(f *faulty, _ <-chan struct{}) {
	f.stop = func(ctx context.Context, sound probeFunc) error {
		_ = sound(ctx)
		return nil
	}
}

func noStop(f *faulty, _ <-chan struct{}) {
	f.stop = func(context.Context, probeFunc) error { return nil }
}

// earlyEnd makes the runtime end all instances when it stops one.
func earlyEnd(f *faulty, _ <-chan struct{}) {
	var ended sync.Once
	over := make(chan struct{})
	f.stop = func(ctx context.Context, sound probeFunc) error {
		ended.Do(func() { close(over) })
		return sound(ctx)
	}
	f.invoke = func(ctx context.Context, sound invokeFunc, in []byte) ([]byte, error) {
		select {
		case <-over:
			return nil, errors.New("the machine is off")
		default:
			return sound(ctx, in)
		}
	}
}

func leftGoroutine(f *faulty, release <-chan struct{}) {
	f.start = func(ctx context.Context, l modreg.Launch) (modreg.Instance, error) {
		go hold(release)
		return f.bytesRuntime.Start(ctx, l)
	}
}
