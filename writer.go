package modreg

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/modreg/modreg/record"
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

	// lead is held by the one caller that writes, for itself and those who wait. What it knows of the batch before: how
	// many callers there seemed to be, and how long the append took.
	lead    chan struct{}
	callers int           // guarded by lead
	took    time.Duration // guarded by lead

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
	build  func(d *draft) error
	origin record.Origin
	do     string // the operation that build adds, and the name of the module that it is about
	module string
	err    error         // guarded by done
	done   chan struct{} // closed when it has been carried out, or not
}

// commit runs build on the newest state, appends what it did, and returns once the result is visible to
// every reader of this registry. What it did is the operation do on the named module, on behalf of ctx's
// origin; if that has a request which was carried out before, build does not run and errRepeated is returned. Other
// errors are build's, or have CodeInvalid, CodeConflict, CodeAuditUnavailable, CodeJournal or CodeClosed.
func (r *Registry) commit(ctx context.Context, do, module string, build func(d *draft) error) error {
	w := &write{build: build, origin: record.OriginOf(ctx), do: do, module: module, done: make(chan struct{})}
	if err := w.origin.Check(); err != nil {
		return invalid(do+" "+module+": on whose behalf", err)
	}
	if !r.begin() {
		return errClosed("write")
	}
	defer r.work.Done()
	r.w.queueMu.Lock()
	r.w.queue = append(r.w.queue, w)
	r.w.queueMu.Unlock()
	select {
	case <-w.done: // another caller took it along
	case r.w.lead <- struct{}{}:
		r.leadUntil(w.done)
	}
	return w.err
}

// leadUntil writes batches until the leader's own write was in one. It is called with r.w.lead held, and lets go of it,
// whatever a runtime that is asked meanwhile does.
func (r *Registry) leadUntil(done <-chan struct{}) {
	defer func() { <-r.w.lead }()
	for {
		select {
		case <-done:
			return
		default:
		}
		r.gather()
		begun := time.Now()
		n := r.writeOne()
		r.w.took = time.Since(begun)
		r.w.callers = n + r.queued()
	}
}

// writeOne writes a batch of those who wait and returns how many they were.
func (r *Registry) writeOne() int {
	r.w.mu.Lock()
	defer r.w.mu.Unlock()
	batch := r.takeBatch()
	r.writeBatch(batch)
	return len(batch)
}

// gather waits for callers that were in the last batch to queue again, for a part of what that batch took: an append to a
// journal that lasts takes so much longer than they do that it pays to take them along.
func (r *Registry) gather() {
	if r.w.callers < 2 {
		return
	}
	for until := time.Now().Add(r.w.took / 4); r.queued() < r.w.callers && time.Now().Before(until); {
		runtime.Gosched()
	}
}

func (r *Registry) queued() int {
	r.w.queueMu.Lock()
	defer r.w.queueMu.Unlock()
	return len(r.w.queue)
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
		for i, w := range batch {
			close(w.done)
			batch[i] = nil
		}
	}()
	for {
		base := r.snapshot.Load().seq
		err := r.tryBatch(batch)
		if err == nil {
			return
		}
		if errors.Is(err, ErrHeadMoved) {
			moved := err
			switch err = r.catchUp(); {
			case err == nil && r.snapshot.Load().seq > base:
				continue // validate again on what the others wrote
			case err == nil:
				err = &Error{Code: CodeJournal, What: "write to the journal", Err: moved, Why: "it says that its head has moved, and has no later records"}
			}
		}
		s := r.snapshot.Load()
		for _, w := range batch {
			if w.verdict(s) == nil {
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
	now := later(time.Now().UTC().Round(0), base.time) // without the monotonic reading, which would hide a clock that goes back
	records, buf := r.w.records[:0], r.w.buf[:0]
	for _, w := range batch {
		if w.err = w.run(d); w.err != nil || len(d.ops) == 0 {
			continue
		}
		t := record.Transaction{Prev: d.hash, Time: now, Node: r.opts.node, Origin: w.origin, Ops: d.ops}
		start := len(buf)
		buf = t.Append(buf)
		data := buf[start:len(buf):len(buf)]
		d.seal(&t, data)
		records = append(records, data)
	}
	r.w.records, r.w.buf = records, keepSmall(buf)
	if len(records) == 0 {
		return nil
	}
	// The append is not the caller's to cancel: others may be in the batch, and a batch cut off half-way
	// through a durable journal leaves open whether it counts.
	head, err := r.journal.Append(r.life, stream, base.seq, records)
	if errors.Is(err, ErrHeadMoved) {
		return err
	}
	if want := base.seq + uint64(len(records)); err == nil && head != want {
		err = fmt.Errorf("it says that its head is %d, and should say %d", head, want)
	}
	if err != nil {
		return r.afterFailedAppend(err)
	}
	r.publish(d)
	return nil
}

// run builds the write unless its request was carried out before.
func (w *write) run(d *draft) error {
	if w.origin.Request == "" {
		return w.build(d)
	}
	was, ok := d.requests.find(w.origin.Request)
	switch {
	case !ok:
		return w.build(d)
	case was.do != w.do || was.module != w.module:
		return &Error{
			Code: CodeConflict, What: w.do + " " + w.module,
			Why: fmt.Sprintf("request %q was used to %s %s, by record %d", w.origin.Request, was.do, was.module, was.seq),
			Fix: "give each request an identifier of its own",
		}
	case w.do == record.Register: // for what it does in this process: it binds the code
		return w.again(d)
	}
	return errRepeated
}

// errRepeated says that a request was carried out before.
var errRepeated = errors.New("the request was carried out before")

// verdict returns the error of a write in a batch that failed; nil if it has none of its own. That its request was carried
// out before is none if s does not know the request: then that was in this batch.
func (w *write) verdict(s *Snapshot) error {
	if errors.Is(w.err, errRepeated) {
		if _, ok := s.requests.find(w.origin.Request); !ok {
			return nil
		}
	}
	return w.err
}

// unlessRepeated makes a success of a request that was carried out before.
func unlessRepeated(err error) error {
	if errors.Is(err, errRepeated) {
		return nil
	}
	return err
}

// again builds a registration that was recorded before. If it was unregistered since, the request stays done.
func (w *write) again(d *draft) error {
	snapshot, changes := d.Snapshot, len(d.changes)
	err := w.build(d)
	if len(d.ops) > 0 {
		clear(d.changes[changes:])
		clear(d.ops)
		d.Snapshot, d.changes, d.ops = snapshot, d.changes[:changes], d.ops[:0]
		return errRepeated
	}
	return err
}

// later returns the time for a record: times do not go back in a journal, whatever the clock does.
func later(now, last time.Time) time.Time {
	if now.Before(last) {
		return last
	}
	return now
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
		Fix: "try again with the same request identifier, or look the module up first: the change may have been recorded",
	}
	if e, ok := errors.AsType[*Error](cause); ok { // what keeps the audit log knows better what is wrong
		err.Code, err.Fix = e.Code, e.Fix
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
	t, err := record.Decode(rec.Data)
	if err != nil {
		return err
	}
	if t.Prev != d.hash {
		return errors.New("the hash of the record before does not fit: the journal was changed")
	}
	for _, o := range t.Ops {
		if _, err := d.apply(o, rec.Seq); err != nil {
			return err
		}
	}
	d.enter(rec.Seq, &t, rec.Data)
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
	r.keepSometimes(s)
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
