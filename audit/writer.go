package audit

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
)

const (
	maxWaiting      = 8192    // events that wait for one append
	maxWaitingBytes = 8 << 20 // and how large they are together
	clockSlack      = time.Second
)

// A writer appends events to the node's log. Events that arrive while it works are taken together in the next append.
// It stamps them in the order in which they are written, which is why it does not leave the grouping to merkle.
type writer struct {
	log     *merkle.Log
	now     func() time.Time
	node    string
	retry   time.Duration
	spool   *spool
	problem func(error)
	saved   func(head uint64) // told of the head after an append, by the committer

	mu     sync.Mutex
	ids    ids       // guarded by mu
	last   time.Time // stamp of the last event; guarded by mu
	behind bool      // the clock is behind last, and that is in the log; guarded by mu
	next   *batch    // what goes into the next append; guarded by mu
	closed bool      // guarded by mu

	wake  chan struct{} // of capacity 1
	ended chan struct{} // closed when the committer has ended

	since   atomic.Int64          // when the append that is going on began, in Unix nanoseconds; 0 if there is none
	failure atomic.Pointer[error] // why the last append failed; nil if it did not
	spooled atomic.Bool           // there may be something in the spool

	// What only the committer uses.
	head    uint64
	inDoubt bool // an append failed: head may be another
	intents intents
}

// A batch is what one append writes. Its callers wait for done.
type batch struct {
	records [][]byte
	buf     []byte // where the records are
	marks   []mark
	done    chan struct{}
	err     error // set before done is closed
}

// A mark says which record of a batch begins or ends something.
type mark struct {
	at     int
	intent string
	ends   bool
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

// add stamps e and puts it into the next batch. From then on it will be written, whatever becomes of the caller.
func (w *writer) add(e *Event) (*batch, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stamp(e)
	switch {
	case w.closed:
		return nil, merkle.ErrClosed
	case len(w.next.records) >= maxWaiting || len(w.next.buf) >= maxWaitingBytes:
		return nil, fmt.Errorf("%d events wait for the log already", len(w.next.records))
	}
	w.next.add(e)
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return w.next, nil
}

// name stamps an event that is not written.
func (w *writer) name(e *Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stamp(e)
}

// stamp gives e its time and, if it has none, its ID. If the clock went back it also puts an event into the next batch
// that says so, once until the clock has caught up. It is called with mu held.
func (w *writer) stamp(e *Event) {
	now := w.now().Round(0).UTC() // without the monotonic reading, which would hide a clock that goes back
	switch {
	case !now.Before(w.last):
		w.last, w.behind = now, false
	case !w.behind && w.last.Sub(now) > clockSlack && !w.closed:
		w.behind = true
		by := w.last.Sub(now).Round(time.Second)
		clock := Event{
			Time: w.last, ID: w.ids.next(w.last), Node: w.node, Actor: systemActor(w.node), Class: ClassSystem, Action: "system:clock",
			Outcome: OutcomeError, Reason: fmt.Sprintf("the clock is %v behind the last entry", by),
		}
		w.next.add(&clock)
	}
	e.Time = w.last
	if e.ID == "" {
		e.ID = w.ids.next(w.last)
	}
	if e.Node == "" {
		e.Node = w.node
	}
}

// add encodes e at the end of the batch. Records before keep their bytes when the buffer grows.
func (b *batch) add(e *Event) {
	switch {
	case e.Activity == ActivityIntent:
		b.marks = append(b.marks, mark{at: len(b.records), intent: e.ID})
	case e.Intent != "": // a result, or the report of an orphan
		b.marks = append(b.marks, mark{at: len(b.records), intent: e.Intent, ends: true})
	}
	start := len(b.buf)
	b.buf = e.Append(b.buf)
	b.records = append(b.records, b.buf[start:len(b.buf):len(b.buf)])
}

// run is the committer. It ends when the context does or the writer is closed, after what was added before.
func (w *writer) run(ctx context.Context) {
	defer close(w.ended)
	for {
		var again <-chan time.Time
		if w.spooled.Load() {
			again = time.After(w.retry)
		}
		select {
		case <-w.wake:
		case <-again:
		case <-ctx.Done():
		}
		w.gather()
		b, closed := w.take()
		err := w.write(ctx, b)
		if err == nil && w.spooled.Load() {
			if err := w.drain(ctx); err != nil {
				w.problem(fmt.Errorf("drain the emergency spool: %w", err))
			}
		}
		if closed || ctx.Err() != nil {
			return
		}
	}
}

// gather lets callers that were woken together come back together, as long as more of them do: a flush costs as much as
// hundreds of turns.
func (w *writer) gather() {
	const turns = 8
	for n, turn := 0, 0; turn < turns; turn++ {
		runtime.Gosched()
		w.mu.Lock()
		grown := len(w.next.records)
		w.mu.Unlock()
		if grown == n {
			return
		}
		n = grown
	}
}

// take returns the next batch.
func (w *writer) take() (b *batch, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.swap(), w.closed
}

// swap is called with mu held.
func (w *writer) swap() *batch {
	b := w.next
	w.next = newBatch()
	return b
}

// write appends a batch, if there is anything in it, and tells its callers. It is the committer's.
func (w *writer) write(ctx context.Context, b *batch) error {
	if len(b.records) == 0 {
		return nil
	}
	defer close(b.done)
	w.since.Store(time.Now().UnixNano())
	b.err = w.append(ctx, b.records)
	w.since.Store(0)
	if b.err != nil && ctx.Err() != nil {
		b.err = fmt.Errorf("%w, and the journal had not answered", merkle.ErrClosed)
	}
	if b.err != nil {
		w.failure.Store(&b.err)
		w.mu.Lock()
		w.behind = false // if the clock is, that is not in the log
		w.mu.Unlock()
		return b.err
	}
	w.failure.Store(nil)
	first := w.head - uint64(len(b.records)) + 1
	for _, m := range b.marks {
		w.intents.see(m, first+uint64(m.at))
	}
	w.saved(w.head)
	return nil
}

func (w *writer) append(ctx context.Context, records [][]byte) error {
	for attempt := 0; ; attempt++ {
		if w.inDoubt {
			if err := w.log.Advance(ctx); err != nil {
				return err
			}
			w.head, w.inDoubt = w.log.Checkpoint().Size, false
		}
		head, err := w.log.Append(ctx, w.head, records)
		if err == nil {
			w.head = head
			return nil
		}
		// An append that failed before may be in the stream all the same; then the head is not where it was.
		w.inDoubt = true
		if !errors.Is(err, modreg.ErrHeadMoved) || attempt == 3 {
			return err
		}
	}
}

// poke makes the committer try to drain the spool, if there is anything in it.
func (w *writer) poke() {
	if !w.spooled.Load() {
		return
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// stuck reports whether the append that is going on has taken longer than d.
func (w *writer) stuck(d time.Duration) bool {
	since := w.since.Load()
	return since != 0 && time.Since(time.Unix(0, since)) > d
}

// stop closes the writer to new events and waits until those before are written, or ctx ends; then it cancels what is going on.
func (w *writer) stop(ctx context.Context, cancel context.CancelFunc) {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
	select {
	case <-w.ended:
	case <-ctx.Done():
	}
	cancel()
	<-w.ended
}
