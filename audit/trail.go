package audit

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/record"
)

// A Trail is the audit trail of one node, see [Open]. It is safe for concurrent use.
type Trail struct {
	o       Options
	dir     string
	reg     *merkle.Log
	node    *merkle.Log
	w       *writer
	cancel  context.CancelFunc // ends the writer
	orphans []Event
	broken  atomic.Pointer[error] // the first contradiction that was found
	savedAt uint64                // head when the state was last saved; the writer's
	noisy   atomic.Int64          // when a problem was last taken down, in Unix nanoseconds

	mu     sync.Mutex
	state  state  // guarded by mu
	opened bool   // the writer runs; guarded by mu
	early  *Event // about a problem before that; guarded by mu

	retention sync.Mutex // held while holds are changed and something is pruned; taken before mu

	closing  sync.Once
	closeErr error
}

// Record writes one event into the node's log, and returns once it is durable. It sets ID, Time and Node, and ignores what
// the event has there, as well as Log, Seq and Spooled. Actor, OnBehalfOf, Request, Trace, Approval, Incident, Reason
// and Sealed are those of [record.OriginOf] where the event has none; what still has no actor was done by the system.
//
// A context that has ended does not keep an event from being written: who hangs up leaves traces all the same. It ends the
// wait only. The error then is the context's; it leaves open whether the event will be in the log.
//
// Other errors are [*modreg.Error]s: CodeInvalid if a field is outside its grammar, which the error names without its
// value; CodeAuditUnavailable if the log cannot be written; CodeClosed.
func (t *Trail) Record(ctx context.Context, e Event) error {
	return t.record(ctx, &e)
}

// record is Record for who wants to know the ID and the time of the event.
func (t *Trail) record(ctx context.Context, e *Event) error {
	if err := t.prepare(ctx, e); err != nil {
		return err
	}
	return t.write(ctx, e)
}

// prepare fills an event in from the context and checks it.
func (t *Trail) prepare(ctx context.Context, e *Event) error {
	o := record.OriginOf(ctx)
	e.ID, e.Log, e.Seq, e.Spooled, e.Time, e.Node = "", "", 0, time.Time{}, time.Time{}, t.o.Node
	if e.Actor.IsZero() {
		e.Actor = o.Actor
	}
	if e.Actor.IsZero() {
		e.Actor = systemActor(t.o.Node)
	}
	if e.OnBehalfOf.IsZero() {
		e.OnBehalfOf = o.OnBehalfOf
	}
	if len(e.Sealed) == 0 {
		e.Sealed = o.Sealed
	}
	for _, f := range [...]struct {
		value     *string
		otherwise string
	}{
		{&e.Request, o.Request}, {&e.Trace, o.Trace}, {&e.Approval, o.Approval}, {&e.Incident, o.Incident}, {&e.Reason, o.Reason},
	} {
		if *f.value == "" {
			*f.value = f.otherwise
		}
	}
	if err := e.checkBody(); err != nil {
		return &modreg.Error{Code: modreg.CodeInvalid, What: "record an event", Err: err}
	}
	return nil
}

// write adds a prepared event to the log and waits for it. The event has its ID and time afterwards, whatever the error.
func (t *Trail) write(ctx context.Context, e *Event) error {
	b, err := t.add(e)
	if err != nil {
		return err
	}
	select {
	case <-b.done:
		return t.unavailable(b.err)
	case <-ctx.Done():
		return fmt.Errorf("record an event: it may be in the log or not: %w", ctx.Err())
	}
}

func (t *Trail) add(e *Event) (*batch, error) {
	if broken := t.broken.Load(); broken != nil {
		t.w.name(e)
		return nil, t.unavailable(*broken)
	}
	b, err := t.w.add(e)
	return b, t.unavailable(err)
}

// unavailable says that what must be taken down cannot be. Errors of a head that moved and of contexts are passed on as they
// are: they say nothing of the log.
func (t *Trail) unavailable(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, merkle.ErrClosed):
		return &modreg.Error{Code: modreg.CodeClosed, What: "write to the audit log", Why: "it is closed", Err: err}
	case errors.Is(err, modreg.ErrHeadMoved), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, merkle.ErrTooLarge):
		return &modreg.Error{Code: modreg.CodeInvalid, What: "write to the audit log", Err: err}
	}
	fix := "what changes something is refused until it can be taken down again: see that the journal can be written"
	if tampered, ok := errors.AsType[*merkle.TamperError](err); ok {
		var cause error = tampered
		t.broken.CompareAndSwap(nil, &cause)
		fix = "keep the folder and the journal as evidence, and compare them with a checkpoint kept elsewhere"
	}
	return &modreg.Error{Code: modreg.CodeAuditUnavailable, What: "write to the audit log", Err: err, Fix: fix}
}

// Orphans returns the intents that had no result when the trail was opened: the process ended in between, and what was
// intended may have happened or not. Each is in the log as an event "audit:orphan" too, so that it is reported once. The
// caller owns the slice.
func (t *Trail) Orphans() []Event { return append([]Event(nil), t.orphans...) }

// A Status says how a trail is.
type Status struct {
	Node     string
	Registry merkle.Checkpoint // the newest of the registry's log
	Log      merkle.Checkpoint // the newest of the node's log
	Sinks    []SinkStatus      // how far those who keep checkpoints have followed
	Broken   error             // the contradiction because of which nothing is written any more; nil if there is none
	Failure  error             // why the last append to the node's log failed; nil if it did not
	Spooled  int64             // bytes that wait in the emergency spool
	Spool    int64             // bytes that the spool holds
	Lost     uint64            // events that had no room there, and are not in the log yet
	Holds    []Hold            // legal holds
	Orphans  int               // intents without a result, when the trail was opened
}

// A SinkStatus says how far a sink has followed a log.
type SinkStatus struct {
	Log string // [LogRegistry] or [LogNode]
	merkle.SinkStatus
}

// Status returns how the trail is. It does not wait for the journals.
func (t *Trail) Status() Status {
	s := Status{
		Node: t.o.Node, Registry: t.reg.Checkpoint(), Log: t.node.Checkpoint(), Spool: spoolSize - spoolData, Orphans: len(t.orphans),
	}
	for _, log := range []string{LogRegistry, LogNode} {
		if l, err := t.logOf(log); err == nil {
			for _, sink := range l.Status().Sinks {
				s.Sinks = append(s.Sinks, SinkStatus{Log: log, SinkStatus: sink})
			}
		}
	}
	if err := t.broken.Load(); err != nil {
		s.Broken = *err
	}
	if err := t.w.failure.Load(); err != nil {
		s.Failure = *err
	}
	s.Spooled, s.Lost = t.w.spool.use()
	t.mu.Lock()
	defer t.mu.Unlock()
	s.Holds = append([]Hold(nil), t.state.Holds...)
	return s
}

// closeTimeout is how long Close waits for a journal that does not answer.
const closeTimeout = 10 * time.Second

// Close writes down that the trail ends, waits for what is being written, for ten seconds at most, and lets go of the
// files. It does not close the journals. A registry that uses the trail must be closed before. Calls after the first
// return the same error.
func (t *Trail) Close() error {
	t.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		stop := Event{Class: ClassAudit, Action: "audit:stop", Outcome: OutcomeSuccess}
		err := t.Record(ctx, stop)
		t.w.stop(ctx, t.cancel)
		t.closeErr = errors.Join(err, t.saveState(t.w.intents.low(t.w.head)), t.closeFiles())
	})
	return t.closeErr
}

func (t *Trail) closeFiles() error {
	var errs []error
	for _, l := range []*merkle.Log{t.reg, t.node} {
		if l != nil {
			errs = append(errs, l.Close())
		}
	}
	if t.w != nil && t.w.spool != nil {
		errs = append(errs, t.w.spool.close())
	}
	return errors.Join(errs...)
}
