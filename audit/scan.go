package audit

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/modreg/modreg"
)

// scan reads the end of the node's log, from the mark of the saved state on, and returns the intents in it that have no
// result. It sets what the writer has to know of the past.
func (t *Trail) scan(ctx context.Context) (found map[string]Event, err error) {
	head := t.w.head
	first, err := firstOf(ctx, t.o.Local, LogNode)
	if err != nil {
		return nil, err
	}
	saved, ok := loadState(t.dir)
	if !ok || saved.Mark > head+1 {
		saved = state{Mark: first}
	}
	t.state, t.savedAt, found = saved, head, map[string]Event{}
	if head == 0 {
		return found, nil
	}
	from := min(max(saved.Mark, first), head) // the last one in any case, for its time
	for rec, err := range t.o.Local.Read(ctx, LogNode, from) {
		if err != nil {
			return nil, fmt.Errorf("read the log of the node: %w", err)
		}
		e, err := Decode(rec.Data)
		if err != nil {
			t.o.Problem(fmt.Errorf("read event %d of the log of the node: %w", rec.Seq, err))
			continue
		}
		e.Log, e.Seq = LogNode, rec.Seq
		t.remember(&e, found)
	}
	for id, e := range found {
		t.w.intents.open[id] = e.Seq
	}
	return found, nil
}

// remember takes down what one event of the past means.
func (t *Trail) remember(e *Event, found map[string]Event) {
	track(found, e)
	t.state.Holds = applyHold(t.state.Holds, e)
	if !e.Spooled.IsZero() {
		t.w.intents.replayed[e.ID] = true
	}
	if e.Time.After(t.w.last) {
		t.w.last = e.Time
	}
}

// track keeps the intents that have no result and were not reported as orphans.
func track(found map[string]Event, e *Event) {
	switch {
	case e.Activity == ActivityIntent:
		found[e.ID] = *e
	case e.Intent != "":
		delete(found, e.Intent)
	}
}

// inOrder returns intents in the order in which they were written.
func inOrder(found map[string]Event) []Event {
	return slices.SortedFunc(maps.Values(found), func(a, b Event) int { return cmp.Compare(a.ID, b.ID) })
}

// orphanEvent reports an intent without a result.
func orphanEvent(intent *Event) Event {
	return Event{
		Class: ClassAudit, Action: "audit:orphan", Outcome: OutcomeError, Intent: intent.ID, Resource: intent.Resource,
		Reason: fmt.Sprintf("%s has no result: the process ended in between", intent.Action),
	}
}

// firstOf returns the place of the first record of a stream that is there.
func firstOf(ctx context.Context, j modreg.Journal, stream string) (uint64, error) {
	p, ok := j.(modreg.Pruner)
	if !ok {
		return 1, nil
	}
	first, err := p.First(ctx, stream)
	if err != nil {
		return 0, fmt.Errorf("find the first record of %q: %w", stream, err)
	}
	return max(first, 1), nil
}
