package runtimetest

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/modreg/modreg"
)

// A pending call goes on in the background until its context ends.
type pending struct {
	r      *rig
	cancel context.CancelFunc
	done   chan struct{}
	err    error // guarded by done
}

// begin begins a call of a module that waits, and returns once the call is in flight there.
func (r *rig) begin(ctx context.Context, h *modreg.Handle[modreg.Processor], ref string) *pending {
	r.Helper()
	callCtx, cancel := context.WithCancel(ctx)
	p := &pending{r: r, cancel: cancel, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		_, p.err = call(callCtx, h, []byte("wait"))
	}()
	r.Cleanup(cancel)
	r.eventually(ctx, "the call is in flight", func() bool {
		select {
		case <-p.done:
			r.Fatalf("the call did not wait: %v", p.err)
		default:
		}
		return r.status(ref).InFlight > 0
	})
	return p
}

// end cancels the call and returns its error.
func (p *pending) end(ctx context.Context) error {
	p.r.Helper()
	p.cancel()
	select {
	case <-p.done:
	case <-ctx.Done():
		p.r.Fatalf("the call goes on although its context has ended")
	}
	return p.err
}

// A load is callers who call again and again until they are stopped. Each answer must be one of those expected.
type load struct {
	r       *rig
	stop    func() // ends the load and waits for the callers
	stopped chan struct{}
	callers sync.WaitGroup
	calls   atomic.Int64
}

const callers = 4

func (r *rig) load(ctx context.Context, h *modreg.Handle[modreg.Processor], answers ...string) *load {
	r.Helper()
	l := &load{r: r, stopped: make(chan struct{})}
	l.stop = sync.OnceFunc(func() {
		close(l.stopped)
		l.callers.Wait()
	})
	r.Cleanup(l.stop)
	for range callers {
		l.callers.Go(func() {
			for {
				select {
				case <-l.stopped:
					return
				default:
				}
				out, err := call(ctx, h, []byte("Hello"))
				if ctx.Err() != nil {
					return
				}
				if err != nil || !slices.Contains(answers, string(out)) {
					r.Errorf("a call under load: %q, %v; want one of %q", out, err, answers)
					return
				}
				l.calls.Add(1)
				runtime.Gosched() // callers who never wait would keep from running what they wait for
			}
		})
	}
	return l
}

// flows waits until calls went through since it was called.
func (l *load) flows(ctx context.Context) {
	l.r.Helper()
	before := l.calls.Load()
	l.r.eventually(ctx, "calls go through", func() bool { return l.r.Failed() || l.calls.Load() >= before+2*callers })
}
