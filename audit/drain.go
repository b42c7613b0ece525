package audit

import (
	"context"
	"fmt"
)

// drain writes what is in the spool into the log, each event with the time at which it happened, and what was lost. It is
// the committer's.
func (w *writer) drain(ctx context.Context) error {
	entries, end, lost, err := w.spool.pending()
	if err != nil {
		return err
	}
	spooled, damaged := w.spooledEvents(entries)
	if err := w.write(ctx, w.takeWith(spooled, damaged+lost-w.intents.lost)); err != nil {
		return err
	}
	for i := range spooled {
		w.intents.replayed[spooled[i].ID] = true
	}
	w.intents.lost = lost
	if err := w.spool.drop(end, lost); err != nil {
		return err // and it will be tried again, without writing anything twice
	}
	clear(w.intents.replayed)
	w.intents.lost = 0
	w.mu.Lock()
	defer w.mu.Unlock()
	used, left := w.spool.use()
	w.spooled.Store(used > 0 || left > 0)
	return nil
}

// spooledEvents returns the events that are not in the log yet, and how many entries are none.
func (w *writer) spooledEvents(entries [][]byte) (events []Event, damaged uint64) {
	for _, data := range entries {
		e, err := Decode(data)
		if err != nil {
			damaged++
			continue
		}
		if !w.intents.replayed[e.ID] {
			events = append(events, e)
		}
	}
	return events, damaged
}

// takeWith returns the next batch, with what was spooled and lost at its end: a batch of its own would be out of the order
// of the stamps.
func (w *writer) takeWith(spooled []Event, lost uint64) *batch {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range spooled {
		e := spooled[i]
		e.Spooled = e.Time
		w.stamp(&e)
		w.next.add(&e)
	}
	if lost > 0 {
		e := Event{
			Class: ClassAudit, Action: "audit:lost", Outcome: OutcomeError, Actor: systemActor(w.node),
			Reason: fmt.Sprintf("%d events could neither be written nor spooled", lost),
		}
		w.stamp(&e)
		w.next.add(&e)
	}
	return w.swap()
}

// keep puts an event into the spool that the log does not take.
func (w *writer) keep(e *Event) error {
	err := w.spool.put(e.Append(nil))
	w.mu.Lock() // or a drain that found the spool empty before would be the last to say so
	defer w.mu.Unlock()
	w.spooled.Store(true)
	return err
}
