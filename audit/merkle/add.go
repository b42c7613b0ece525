package merkle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
)

const (
	maxGroup      = 1024    // records that one batch of Add has at most,
	maxGroupBytes = 8 << 20 // unless fewer are this large
)

// A queue holds the callers of Add. One of them leads: it writes the batch of all who waited when it began. Then it
// passes the lead to the first of those who came in the meantime.
type queue struct {
	mu      sync.Mutex
	waiting []*addition // guarded by mu
	led     bool        // guarded by mu: somebody leads
}

// An addition is one caller of Add.
type addition struct {
	data  []byte
	leaf  tlog.Hash
	seq   uint64
	err   error
	done  bool          // seq and err are set; written before woken
	woken chan struct{} // closed when it is done or leads
}

// Add appends one record to the end of a stream that nobody but this log writes, and returns its number once it is as
// durable as the journal makes it and the checkpoint that covers it is stored. Callers at the same time share one batch
// and one checkpoint. An error from the journal leaves open whether the record is in the stream; otherwise the errors
// are those of [Log.Append]. A context that ends while others are written takes the record out of the queue; once the
// record is being written the context no longer counts.
func (l *Log) Add(ctx context.Context, data []byte) (uint64, error) {
	leaves, err := hashBatch([][]byte{data})
	if err != nil {
		return 0, fmt.Errorf("add to log %q: %w", l.o.Origin, err)
	}
	if err := ctx.Err(); err != nil {
		return 0, fmt.Errorf("add to log %q: %w", l.o.Origin, err)
	}
	a := &addition{data: data, leaf: leaves[0], woken: make(chan struct{})}
	if !l.queue.enter(a) {
		select {
		case <-a.woken:
		case <-ctx.Done():
			if l.queue.leave(a) {
				return 0, fmt.Errorf("add to log %q: %w", l.o.Origin, ctx.Err())
			}
			<-a.woken
		}
	}
	if !a.done {
		l.lead(ctx)
	}
	if a.err != nil {
		return 0, fmt.Errorf("add to log %q: %w", l.o.Origin, a.err)
	}
	return a.seq, nil
}

// enter adds a caller and reports whether it leads.
func (q *queue) enter(a *addition) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, a)
	leads := !q.led
	q.led = true
	return leads
}

// leave takes a caller out that has neither been taken into a batch nor leads, and reports whether it did.
func (q *queue) leave(a *addition) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	select {
	case <-a.woken: // it leads
		return false
	default:
	}
	i := slices.Index(q.waiting, a)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// take returns the batch of the leader, who is the first that waits.
func (q *queue) take() []*addition {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, size := 0, 0
	for n < min(len(q.waiting), maxGroup) && (n == 0 || size+len(q.waiting[n].data) <= maxGroupBytes) {
		size += len(q.waiting[n].data)
		n++
	}
	batch := slices.Clone(q.waiting[:n])
	q.waiting = slices.Delete(q.waiting, 0, n)
	return batch
}

// pass wakes those of a batch that was written, and the first of those who wait to lead the next.
func (q *queue) pass(batch []*addition) {
	for _, a := range batch {
		a.done = true
	}
	q.mu.Lock()
	if q.led = len(q.waiting) > 0; q.led {
		close(q.waiting[0].woken)
	}
	q.mu.Unlock()
	for _, a := range batch[1:] { // the first is the leader
		close(a.woken)
	}
}

// lead writes the batch of those who wait. The context is the leader's; it must not end what the others wait for.
func (l *Log) lead(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	err := l.acquire(ctx)
	batch := l.queue.take() // as late as can be: more callers come along
	if err == nil {
		err = l.writeGroup(ctx, batch)
		l.release()
	}
	for _, a := range batch {
		a.err = err
	}
	l.queue.pass(batch)
}

// writeGroup is called by the holder of the turn.
func (l *Log) writeGroup(ctx context.Context, batch []*addition) error {
	records, leaves := make([][]byte, len(batch)), make([]tlog.Hash, len(batch))
	for i, a := range batch {
		records[i], leaves[i] = a.data, a.leaf
	}
	for attempt := 0; ; attempt++ {
		head := l.tree.size
		_, err := l.append(ctx, head, records, leaves)
		if err == nil {
			for i, a := range batch {
				a.seq = head + 1 + uint64(i)
			}
			return nil
		}
		// The head moved without this log if an append failed before and its records are in the stream all the same.
		if !errors.Is(err, modreg.ErrHeadMoved) || attempt == 3 {
			return err
		}
		if err := l.advance(ctx); err != nil {
			return err
		}
	}
}
