package audit

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

// Begin implements [modreg.Auditor]: give the trail to [modreg.WithAuditor]. It is [Trail.Effect] for an act on a module,
// which is the event "module:start" and so on.
func (t *Trail) Begin(ctx context.Context, act modreg.Act) (end func(error), err error) {
	ref := act.Module
	if act.Version != "" {
		ref += "@" + act.Version
	}
	return t.Effect(ctx, Event{
		Class: ClassModule, Action: "module:" + act.Action, Reason: printable(act.Reason), Resource: Resource{Kind: "module", ID: ref},
	}, act.Protective)
}

// Effect writes down that something is about to happen which no journal shows, as the intent e, and returns once that is
// durable. The caller then does it, and calls end with the error it ended with, or nil, which writes the result. If
// the process ends in between, the intent is found as an orphan when the trail is opened again. The fields of e
// are filled in as [Trail.Record] does; Activity, Outcome and Intent are set.
//
// What takes something out of service is protective. It is not refused because it cannot be taken down: if the log does not
// take it in [Options.ProtectiveWait], it goes to the emergency spool; if that is full too, it is counted as lost, and
// that is told to [Options.Problem]. An event of an origin outside its grammar is then written without it.
//
// Errors are those of Record; if there is one, end is nil and the caller must not go on. A protective event only fails
// if it is itself outside the grammar or the trail is closed. end may be called once or more, from any goroutine; the
// first call counts. It never fails: a result that the log does not take goes to the spool. It holds only the code of an
// error, [modreg.CodeOf]: texts of errors may have anything in them.
func (t *Trail) Effect(ctx context.Context, e Event, protective bool) (end func(error), err error) {
	finish, err := t.effect(ctx, e, protective)
	if err != nil {
		return nil, err
	}
	return func(cause error) { finish(cause, nil) }, nil
}

// effect is Effect with an end that can add to the result what was found out in between.
func (t *Trail) effect(ctx context.Context, e Event, protective bool) (end func(error, func(*Event)), err error) {
	e.Activity, e.Outcome, e.Intent = ActivityIntent, "", ""
	given := e
	err = t.prepare(ctx, &e)
	if err != nil && protective {
		e = given
		err = t.prepare(withoutOrigin(ctx), &e)
	}
	if err != nil {
		return nil, err
	}
	if protective {
		err = t.writeOrKeep(context.WithoutCancel(ctx), &e)
	} else if err = t.write(ctx, &e); ctx.Err() != nil && err != nil {
		t.forgo(e, err)
	}
	if err != nil {
		return nil, err
	}
	return t.ender(ctx, e), nil
}

// withoutOrigin takes the origin away but for the actor, if that is in order.
func withoutOrigin(ctx context.Context) context.Context {
	o := record.Origin{Actor: record.OriginOf(ctx).Actor}
	if o.Check() != nil {
		o = record.Origin{}
	}
	return record.WithOrigin(ctx, o)
}

// forgo writes the result of an intent that may be in the log, of something that will not happen, and does not wait for it.
func (t *Trail) forgo(intent Event, cause error) {
	r := resultOf(intent, cause)
	_, _ = t.add(&r) // if it cannot be written, the intent will be found as an orphan
}

// resultOf returns the result of an intent.
func resultOf(intent Event, cause error) Event {
	r := intent
	r.ID, r.Activity, r.Intent, r.Outcome, r.Reason = "", ActivityResult, intent.ID, OutcomeSuccess, ""
	if cause != nil {
		r.Outcome, r.Reason = OutcomeFailure, "it ended with the code "+string(modreg.CodeOf(cause))
	}
	return r
}

// ender returns what writes the result of an intent.
func (t *Trail) ender(ctx context.Context, intent Event) func(error, func(*Event)) {
	ctx = context.WithoutCancel(ctx)
	var once sync.Once
	return func(cause error, add func(*Event)) {
		once.Do(func() {
			r := resultOf(intent, cause)
			if add != nil {
				add(&r)
			}
			if err := t.writeOrKeep(ctx, &r); err != nil {
				t.o.Problem(fmt.Errorf("the result of %s is not in the audit log: %w", intent.Action, err))
			}
		})
	}
}

// writeOrKeep writes a prepared event into the log, or into the spool if the log does not take it in time. An event that has no
// room there either is lost, which is counted and no error. The only error is that of a closed trail.
func (t *Trail) writeOrKeep(ctx context.Context, e *Event) error {
	b, err := t.add(e)
	if err == nil {
		if err = t.await(ctx, b); err == nil {
			return nil
		}
	}
	t.o.Problem(fmt.Errorf("%s goes to the emergency spool: %w", e.Action, err))
	lost := t.w.keep(e)
	if lost == nil {
		return nil
	}
	t.o.Problem(fmt.Errorf("%s is lost for the audit log: %w", e.Action, lost))
	if modreg.CodeOf(err) == modreg.CodeClosed { // and the spool with it
		return err
	}
	return nil
}

// await waits for a batch, but not for a journal that does not answer.
func (t *Trail) await(ctx context.Context, b *batch) error {
	wait := t.o.ProtectiveWait
	if t.w.stuck(wait) { // others have waited already
		wait = 0
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-b.done:
		return t.unavailable(b.err)
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fmt.Errorf("the journal does not answer for %v", t.o.ProtectiveWait)
	}
}

// printable makes a reason of any text: what cannot be printed becomes a space, and the end of a long text is cut off.
func printable(text string) string {
	text = strings.ToValidUTF8(text, " ")
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
	if len(text) > record.MaxReason {
		text = strings.ToValidUTF8(text[:record.MaxReason], "")
	}
	return text
}
