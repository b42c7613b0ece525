package modreg

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"
	"time"
)

// stream is the journal stream that a registry folds.
const stream = "registry"

// maxBatch is how many callers the writer packs into one append.
const maxBatch = 256

// A writer is the one place that moves the desired state: it appends to the journal and folds. Callers that
// arrive while it works are taken together in the next append.
type writer struct {
	queueMu sync.Mutex
	queue   []*write // guarded by queueMu

	mu     sync.Mutex // held while appending and folding; taken after queueMu was released
	broken error      // guarded by mu; why the journal cannot be followed any further

	// What a batch works with, kept for the next one; guarded by mu.
	draft   draft
	batch   []*write
	records [][]byte
	buf     []byte // of the records
}

// A write is one caller's transaction.
type write struct {
	// build validates against the draft and adds operations to it. It may run several times, each time on
	// another draft. If it returns an error the draft must be as before.
	build func(d *draft) error
	err   error
	done  bool // guarded by writer.mu
}

// commit runs build on the newest state, appends what it did, and returns once the result is visible to
// every reader of this registry. It returns build's error, or one with CodeJournal or CodeClosed.
func (r *Registry) commit(build func(d *draft) error) error {
	if !r.begin() {
		return errClosed("write")
	}
	defer r.work.Done()
	w := &write{build: build}
	r.w.queueMu.Lock()
	r.w.queue = append(r.w.queue, w)
	r.w.queueMu.Unlock()

	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	for !w.done { // another caller may have taken it along
		r.writeBatch(r.takeBatch())
	}
	return w.err
}

func (r *Registry) takeBatch() []*write {
	r.w.queueMu.Lock()
	defer r.w.queueMu.Unlock()
	n := min(len(r.w.queue), maxBatch)
	r.w.batch = append(r.w.batch[:0], r.w.queue[:n]...)
	rest := copy(r.w.queue, r.w.queue[n:])
	clear(r.w.queue[rest:])
	r.w.queue = r.w.queue[:rest]
	return r.w.batch
}

// writeBatch is called with r.w.mu held.
func (r *Registry) writeBatch(batch []*write) {
	defer func() {
		for _, w := range batch {
			w.done = true
		}
	}()
	for {
		err := r.tryBatch(batch)
		if err == nil {
			return
		}
		if errors.Is(err, ErrHeadMoved) {
			if err = r.catchUp(); err == nil {
				continue // validate again on what the others wrote
			}
		}
		for _, w := range batch {
			if w.err == nil {
				w.err = err
			}
		}
		return
	}
}

// tryBatch builds all writes of a batch on the newest snapshot, appends and publishes. Its error concerns the
// append; that of a single write is in the write.
func (r *Registry) tryBatch(batch []*write) error {
	if r.w.broken != nil {
		return r.w.broken
	}
	base := r.snapshot.Load()
	d := &r.w.draft
	d.begin(base)
	defer d.end()
	now := time.Now()
	records, buf := r.w.records[:0], r.w.buf[:0]
	for _, w := range batch {
		if w.err = w.build(d); w.err != nil || len(d.ops) == 0 {
			continue
		}
		start := len(buf)
		buf = appendRecord(buf, now, d.hash, d.ops)
		record := buf[start:len(buf):len(buf)]
		d.seal(record)
		records = append(records, record)
	}
	r.w.records, r.w.buf = records, keepSmall(buf)
	if len(records) == 0 {
		return nil
	}
	// The append is not the caller's to cancel: others may be in the batch, and a batch cut off half-way
	// through a durable journal leaves open whether it counts.
	if _, err := r.journal.Append(r.life, stream, base.seq, records); err != nil {
		if errors.Is(err, ErrHeadMoved) {
			return err
		}
		return r.afterFailedAppend(err)
	}
	r.publish(d)
	return nil
}

// keepSmall returns the buffer for reuse unless one large manifest has blown it up.
func keepSmall(buf []byte) []byte {
	if cap(buf) > 64<<10 {
		return nil
	}
	return buf
}

// afterFailedAppend finds out what a failed append left behind. The batch may be in the journal all the same;
// then it is folded like everybody's records, and the callers learn that the outcome was in doubt.
func (r *Registry) afterFailedAppend(cause error) error {
	err := &Error{
		Code: CodeJournal, What: "write to the journal", Err: cause,
		Fix: "look the module up before trying again: the change may have been recorded",
	}
	if catchErr := r.catchUp(); catchErr != nil {
		err.Err = errors.Join(cause, catchErr)
	}
	return err
}

// catchUp folds what the journal holds beyond the newest snapshot. It is called with r.w.mu held.
func (r *Registry) catchUp() error {
	for rec, err := range r.journal.Read(r.life, stream, r.snapshot.Load().seq+1) {
		if err != nil {
			return &Error{Code: CodeJournal, What: "read the journal", Err: err}
		}
		if err := r.fold(rec); err != nil {
			return err
		}
	}
	return nil
}

// fold applies a record that is in the journal and publishes the snapshot. It is called with r.w.mu held.
func (r *Registry) fold(rec Record) error {
	base := r.snapshot.Load()
	if rec.Seq <= base.seq {
		return nil
	}
	if r.w.broken != nil {
		return r.w.broken
	}
	d := &r.w.draft
	d.begin(base)
	defer d.end()
	if err := d.replay(rec); err != nil {
		r.w.broken = &Error{
			Code: CodeJournal, What: fmt.Sprintf("read record %d of the journal", rec.Seq), Err: err,
			Fix: "reads go on from the last good record; restore the journal or use the version of modreg that wrote it",
		}
		return r.w.broken
	}
	r.publish(d)
	return nil
}

// replay folds a record into the draft after checking that it is the next one of this history.
func (d *draft) replay(rec Record) error {
	if rec.Seq != d.seq+1 {
		return fmt.Errorf("record %d follows record %d", rec.Seq, d.seq)
	}
	prev, ops, err := decodeRecord(rec.Data)
	if err != nil {
		return err
	}
	if prev != d.hash {
		return errors.New("the hash of the record before does not fit: the journal was changed")
	}
	for _, o := range ops {
		if _, err := d.apply(o, rec.Seq); err != nil {
			return err
		}
	}
	d.seq, d.hash = rec.Seq, sha256.Sum256(rec.Data)
	return nil
}

// publish makes the draft the newest snapshot and tells everybody who must know. It is called with r.w.mu
// held, so that snapshots are published in order.
func (r *Registry) publish(d *draft) {
	s := new(Snapshot) // not a part of the draft, which would keep its changes alive
	*s = d.Snapshot
	r.bindEntries(d.changes)
	r.finder.enter(s, d.changes)
	r.snapshot.Store(s)
	r.signalMoved()
	r.rerouteChanged(s, d.changes)
	if r.events.watched() {
		for _, c := range d.changes {
			r.events.publish(Event{Kind: c.kind, Seq: c.seq, Module: c.v.name, Version: c.v.vers.String()})
		}
	}
	r.reconcile(d.changes)
}

// follow folds what other registries append, until the registry is closed.
func (r *Registry) follow(ctx context.Context) {
	const longest = 5 * time.Second
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, longest) {
		for rec, err := range r.journal.Watch(ctx, stream, r.snapshot.Load().seq+1) {
			if err == nil {
				r.w.mu.Lock()
				err = r.fold(rec)
				r.w.mu.Unlock()
			}
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				r.events.publish(Event{Kind: EventJournalFailed, Seq: r.snapshot.Load().seq, Err: err})
				break
			}
			wait = 10 * time.Millisecond
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
