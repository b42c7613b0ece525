package merkle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	maxBackoff = time.Minute // the longest pause after failures
	grace      = time.Second // that a sink has to return after its context ended, before it counts as hanging
)

// A publisher hands checkpoints to one sink: the newest one only, not more often than the interval, and less often the
// more the sink fails.
type publisher struct {
	sink     Sink
	origin   string
	timeout  time.Duration
	interval time.Duration
	problem  func(error)
	wake     chan struct{} // something is pending
	stop     chan struct{} // closed to ask for a last publication
	done     chan struct{} // closed when the goroutine has ended

	mu      sync.Mutex
	pending *Checkpoint // guarded by mu
	last    []byte      // guarded by mu: the note that the sink has
	status  SinkStatus  // guarded by mu
}

// startSinks begins to publish. known are the checkpoints that the sinks have.
func (l *Log) startSinks(known []Checkpoint) {
	if l.key == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	l.stop = cancel
	for i, s := range l.o.Sinks {
		p := &publisher{
			sink: s, origin: l.o.Origin, timeout: l.o.SinkTimeout, interval: l.o.SinkInterval, problem: l.o.Problem,
			wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
			last: known[i].Note, status: SinkStatus{Name: s.Name(), Size: known[i].Size},
		}
		l.sinks = append(l.sinks, p)
		go p.run(ctx)
	}
}

// closeSinks waits for the last publications, as long as the options say.
func (l *Log) closeSinks() error {
	if l.stop == nil {
		return nil
	}
	defer l.stop()
	for _, p := range l.sinks {
		close(p.stop)
	}
	ended := make(chan struct{})
	go func() { // it ends with the last sink, however late that is
		defer close(ended)
		for _, p := range l.sinks {
			<-p.done
		}
	}()
	if !within(ended, l.o.CloseTimeout) {
		l.stop()
		within(ended, 2*grace) // for those that heed their context
	}
	var errs []error
	for _, p := range l.sinks {
		s := p.read()
		if s.Pending == 0 {
			continue
		}
		if s.Err == nil {
			s.Err = context.DeadlineExceeded
		}
		errs = append(errs, fmt.Errorf("sink %q does not have the checkpoint of size %d: %w", s.Name, s.Pending, s.Err))
	}
	return errors.Join(errs...)
}

// within waits for a channel to be closed and reports whether it was in time.
func within(ended <-chan struct{}, d time.Duration) bool {
	late := time.NewTimer(d)
	defer late.Stop()
	select {
	case <-ended:
		return true
	case <-late.C:
		return false
	}
}

// offer makes a checkpoint the one to be published next. It never waits.
func (p *publisher) offer(cp Checkpoint) {
	p.mu.Lock()
	if bytes.Equal(cp.Note, p.last) {
		p.mu.Unlock()
		return
	}
	p.pending = &cp
	p.mu.Unlock()
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

func (p *publisher) read() SinkStatus {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.status
	if p.pending != nil {
		s.Pending = p.pending.Size
	}
	return s
}

// run publishes until it is asked to stop or ctx ends.
func (p *publisher) run(ctx context.Context) {
	defer close(p.done)
	for {
		stopping := false
		select {
		case <-p.wake:
		case <-p.stop:
		}
		select {
		case <-p.stop:
			stopping = true
		default:
		}
		pause := p.publish(ctx)
		if stopping || ctx.Err() != nil {
			return
		}
		select {
		case <-time.After(pause):
		case <-p.stop: // the next round is the last
		}
	}
}

// publish hands over what is pending, if anything is, and returns how long to wait before the next time.
func (p *publisher) publish(ctx context.Context) time.Duration {
	p.mu.Lock()
	cp := p.pending
	p.mu.Unlock()
	if cp == nil {
		return 0
	}
	err := p.call(ctx, *cp)
	failures := p.note(cp, err)
	if err == nil {
		return p.interval
	}
	p.problem(fmt.Errorf("log %q: publish the checkpoint of size %d to sink %q: %w", p.origin, cp.Size, p.sink.Name(), err))
	select {
	case p.wake <- struct{}{}: // it is still pending
	default:
	}
	return min(max(p.interval, time.Millisecond)<<min(failures, 16), maxBackoff)
}

// note keeps how a publication went and returns how many in a row have failed.
func (p *publisher) note(cp *Checkpoint, err error) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status.Err = err
	if err != nil {
		p.status.Failures++
		return p.status.Failures
	}
	p.status.Size, p.status.At, p.status.Failures, p.last = cp.Size, time.Now(), 0, cp.Note
	if p.pending == cp {
		p.pending = nil
	}
	return 0
}

// call calls the sink once and waits for it. If the sink does not heed its context this is told, and no other call is made
// until it returns or the log is closed.
func (p *publisher) call(ctx context.Context, cp Checkpoint) error {
	limited, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	returned := make(chan error, 1)
	go func() {
		returned <- guarded(func() error { return p.sink.Publish(limited, cp) })
	}()
	select {
	case err := <-returned:
		return err
	case <-limited.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case err := <-returned:
		return err
	case <-late.C:
	}
	hangs := fmt.Errorf("it hangs: it does not return %v after its context ended", grace)
	p.mu.Lock()
	p.status.Err = hangs
	p.mu.Unlock()
	p.problem(fmt.Errorf("log %q: publish to sink %q: %w", p.origin, p.sink.Name(), hangs))
	select {
	case err := <-returned:
		return err
	case <-ctx.Done():
		return hangs
	}
}
