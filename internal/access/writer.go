package access

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

// stream is the journal stream that a store folds.
const stream = "access"

// maxBatch is how many callers the writer packs into one append.
const maxBatch = 256

// A writer is the one place that moves the state: it appends to the journal and folds. Callers that arrive while it
// works are taken together in the next append.
type writer struct {
	queueMu sync.Mutex
	queue   []*write // guarded by queueMu

	mu     sync.Mutex // held while appending and folding; taken after queueMu was released
	broken error      // guarded by mu; why the journal cannot be followed any further
}

// A write is one caller's change.
type write struct {
	// build validates against the draft and does operations on it. It may run several times, each time on another
	// draft. If it returns an error, what it did is undone.
	build  func(d *draft) error
	origin record.Origin
	do     string // the first operation that build does, and what it is about
	about  string
	err    error
	done   bool // guarded by writer.mu
}

// errRepeated says that a request was carried out before.
var errRepeated = errors.New("the request was carried out before")

// commit runs build on the newest state, appends what it did, and returns once the result is visible to every reader of
// this store. If the origin has a request that was carried out before, build does not run and errRepeated is returned.
func (s *Store) commit(ctx context.Context, do, about string, build func(d *draft) error) error {
	if !s.begin() {
		return errClosed(do)
	}
	defer s.work.Done()
	return s.enqueue(&write{build: build, origin: record.OriginOf(ctx), do: do, about: about})
}

// enqueue is commit for work that has begun.
func (s *Store) enqueue(w *write) error {
	s.w.queueMu.Lock()
	s.w.queue = append(s.w.queue, w)
	s.w.queueMu.Unlock()

	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	for !w.done { // another caller may have taken it along
		s.writeBatch(s.takeBatch())
	}
	return w.err
}

func (s *Store) takeBatch() []*write {
	s.w.queueMu.Lock()
	defer s.w.queueMu.Unlock()
	n := min(len(s.w.queue), maxBatch)
	batch := append([]*write(nil), s.w.queue[:n]...)
	s.w.queue = append([]*write(nil), s.w.queue[n:]...)
	return batch
}

// writeBatch is called with s.w.mu held.
func (s *Store) writeBatch(batch []*write) {
	err := s.tryBatch(batch)
	for errors.Is(err, modreg.ErrHeadMoved) {
		moved, base := err, s.snapshot.Load().seq
		if err = s.catchUp(s.life); err != nil {
			break
		}
		if s.snapshot.Load().seq == base {
			err = &modreg.Error{Code: modreg.CodeJournal, What: "write to the journal", Err: moved, Why: "it says that its head has moved, and has no later records"}
			break
		}
		err = s.tryBatch(batch) // validate again on what the others wrote
	}
	for _, w := range batch {
		if w.err == nil {
			w.err = err
		}
		w.done = true
	}
}

// tryBatch builds all writes of a batch on the newest snapshot, appends and publishes. Its error concerns the append;
// that of a single write is in the write.
func (s *Store) tryBatch(batch []*write) error {
	if s.w.broken != nil {
		return s.w.broken
	}
	base := s.snapshot.Load()
	d := &draft{Snapshot: *base, now: later(time.Now().UTC().Round(0), base.time)}
	var records [][]byte
	for _, w := range batch {
		var data []byte
		if data, w.err = s.buildOne(d, w); data != nil {
			records = append(records, data)
		}
	}
	if len(records) == 0 {
		return nil
	}
	// The append is not the caller's to cancel: others may be in the batch.
	head, err := s.journal.Append(s.life, stream, base.seq, records)
	if errors.Is(err, modreg.ErrHeadMoved) {
		return err
	}
	if want := base.seq + uint64(len(records)); err == nil && head != want {
		err = fmt.Errorf("it says that its head is %d, and should say %d", head, want)
	}
	if err != nil {
		return s.afterFailedAppend(err)
	}
	s.publish(d)
	return nil
}

// buildOne runs one write on the draft and returns its record; nil if there is nothing to write.
func (s *Store) buildOne(d *draft, w *write) ([]byte, error) {
	if err := w.repeated(d); err != nil {
		return nil, err
	}
	before := d.Snapshot
	err := w.build(d)
	ops := d.ops
	d.ops = nil
	if err == nil && len(ops) == 0 {
		return nil, nil
	}
	var data []byte
	t := transaction{head: record.Transaction{Prev: d.hash, Time: d.now, Node: s.o.Node, Origin: w.origin}, ops: ops}
	if err == nil {
		data, err = t.append(nil)
	}
	if err == nil && (len(data) > MaxRecord || len(ops) > maxOps) {
		err = invalid(w.do, errors.New("the change is too large for one record"))
	}
	if err != nil {
		d.Snapshot = before
		return nil, err
	}
	d.enter(d.seq+1, &t, data)
	return data, nil
}

// repeated returns errRepeated if the request of the write was carried out before, and a conflict if it did something else.
func (w *write) repeated(d *draft) error {
	if w.origin.Request == "" {
		return nil
	}
	was, ok := d.requests.byID.Get(w.origin.Request)
	switch {
	case !ok:
		return nil
	case was.do != w.do || was.about != w.about:
		return conflict(w.do, fmt.Sprintf("the request was used for %s, by record %d", was.do, was.seq), "give each request an identifier of its own")
	}
	return errRepeated
}

// later returns the time for a record: times do not go back in a journal, whatever the clock does.
func later(now, last time.Time) time.Time {
	if now.Before(last) {
		return last
	}
	return now
}

// afterFailedAppend finds out what a failed append left behind. The batch may be in the journal all the same; then it is
// folded like everybody's records, and the callers learn that the outcome was in doubt.
func (s *Store) afterFailedAppend(cause error) error {
	err := &modreg.Error{
		Code: modreg.CodeJournal, What: "write to the journal", Err: cause,
		Fix: "try again with the same request identifier, or look first: the change may have been recorded",
	}
	if catchErr := s.catchUp(s.life); catchErr != nil {
		err.Err = errors.Join(cause, catchErr)
	}
	return err
}

// catchUp folds what the journal holds beyond the newest snapshot. It is called with s.w.mu held.
func (s *Store) catchUp(ctx context.Context) error {
	d := &draft{Snapshot: *s.snapshot.Load()}
	for rec, err := range s.journal.Read(ctx, stream, d.seq+1) {
		if err == nil {
			err = d.replay(rec)
		}
		if err != nil {
			s.publish(d)
			return s.unreadable(rec.Seq, err)
		}
	}
	s.publish(d)
	return nil
}

// unreadable says that a record cannot be folded; unless it was only the reading that failed, the store stops there.
func (s *Store) unreadable(seq uint64, cause error) error {
	err := &modreg.Error{
		Code: modreg.CodeJournal, What: fmt.Sprintf("read record %d of the stream %s", seq, stream), Err: cause,
		Fix: "restore the journal or use the version of modreg that wrote it",
	}
	if _, ok := errors.AsType[*damage](cause); ok {
		s.w.broken = err
	}
	return err
}

// fold applies a record that is in the journal and publishes the snapshot. It is called with s.w.mu held.
func (s *Store) fold(rec modreg.Record) error {
	base := s.snapshot.Load()
	if rec.Seq <= base.seq {
		return nil
	}
	if s.w.broken != nil {
		return s.w.broken
	}
	d := &draft{Snapshot: *base}
	if err := d.replay(rec); err != nil {
		return s.unreadable(rec.Seq, err)
	}
	s.publish(d)
	return nil
}

// damage is an error of a record that will not go away.
type damage struct{ cause error }

func (d *damage) Error() string { return d.cause.Error() }
func (d *damage) Unwrap() error { return d.cause }

// replay folds a record into the draft after checking that it is the next one of this history. If it returns an error, the
// draft is as before.
func (d *draft) replay(rec modreg.Record) error {
	if rec.Seq != d.seq+1 {
		return &damage{fmt.Errorf("record %d follows record %d", rec.Seq, d.seq)}
	}
	t, err := decode(rec.Data)
	if err != nil {
		return &damage{err}
	}
	if t.head.Prev != d.hash {
		return &damage{errors.New("the hash of the record before does not fit: the journal was changed")}
	}
	before := d.Snapshot
	d.now = t.head.Time
	for _, o := range t.ops {
		if err := o.apply(d); err != nil {
			d.Snapshot = before
			return &damage{err}
		}
	}
	d.enter(rec.Seq, &t, rec.Data)
	return nil
}

// publish makes the draft the newest snapshot. It is called with s.w.mu held, so that snapshots are published in order.
func (s *Store) publish(d *draft) {
	if next := d.Snapshot; next.seq > s.snapshot.Load().seq {
		s.snapshot.Store(&next)
	}
}
