package modreg

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

// An EventKind says what an [Event] reports.
type EventKind uint8

// The kinds of events. Those down to EventConfigured are changes of the desired state and carry the sequence
// number of their record; the others are local to this process.
const (
	EventRegistered    EventKind = iota + 1 // a version was registered
	EventUnregistered                       // a version was unregistered
	EventActivated                          // a version became the active one of its module
	EventConfigured                         // a version got another configuration
	EventState                              // the state of a version in this process changed; see Event.From and Event.State
	EventPanicked                           // module code panicked; Event.Err wraps a *PanicError
	EventDrainTimeout                       // calls were still in flight when the drain's deadline passed
	EventConfigRefused                      // a running module refused a configuration that another registry wrote
	EventJournalFailed                      // following the journal failed; Event.Err says why
)

var eventKindNames = [...]string{
	EventRegistered: "registered", EventUnregistered: "unregistered", EventActivated: "activated",
	EventConfigured: "configured", EventState: "state", EventPanicked: "panicked",
	EventDrainTimeout: "drain_timeout", EventConfigRefused: "config_refused", EventJournalFailed: "journal_failed",
}

// String returns the kind's name in lower case.
func (k EventKind) String() string {
	if int(k) < len(eventKindNames) && k != 0 {
		return eventKindNames[k]
	}
	return fmt.Sprintf("event(%d)", uint8(k))
}

// An Event reports one thing that happened in a registry.
type Event struct {
	Kind    EventKind
	Seq     uint64    // sequence number of the snapshot in which it is visible
	Time    time.Time // when this process saw it
	Module  string    // name of the module; empty for EventJournalFailed
	Version string    // its version
	From    State     // the state before, for EventState
	State   State     // the state after, for EventState
	Reason  string    // why, when there is a reason
	Err     error     // the error behind it, when there is one
}

// watcherCapacity is how many events a watcher may be behind before it loses some.
const watcherCapacity = 4096

// hub hands events to watchers. Publishing never waits for a watcher.
type hub struct {
	watching atomic.Int32 // number of watchers, so that publishing to nobody costs a load
	mu       sync.Mutex
	watchers map[*watcher]struct{} // guarded by mu
}

type watcher struct {
	mu     sync.Mutex
	events []Event       // guarded by mu; at most watcherCapacity
	lost   int           // guarded by mu; events dropped since the last delivery
	wake   chan struct{} // buffered by one: there is something to fetch
}

// watched reports whether anybody watches, so that events need not be made for nobody.
func (h *hub) watched() bool { return h.watching.Load() > 0 }

func (h *hub) publish(e Event) {
	if !h.watched() {
		return
	}
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.watchers {
		w.put(e)
	}
}

func (w *watcher) put(e Event) {
	w.mu.Lock()
	if len(w.events) < watcherCapacity {
		w.events = append(w.events, e)
	} else {
		w.lost++
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watcher) take() (events []Event, lost int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	events, lost = w.events, w.lost
	w.events, w.lost = nil, 0
	return events, lost
}

func (h *hub) add() *watcher {
	w := &watcher{wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = map[*watcher]struct{}{}
	}
	h.watchers[w] = struct{}{}
	h.watching.Add(1)
	return w
}

func (h *hub) remove(w *watcher) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, ok := h.watchers[w]; ok {
		delete(h.watchers, w)
		h.watching.Add(-1)
	}
}

// Watch yields the events from now on: every event that happens after Watch returned is delivered, in order,
// until ctx ends or the registry is closed; then one last element carries the error (CodeCanceled,
// CodeDeadline or CodeClosed). A watcher that falls more than 4,096 events behind gets an error with
// CodeLagged in their place, after the events that came before the gap, and goes on: list again to catch up.
//
// The iterator may be ranged over once. Breaking off the loop, or ending ctx, releases the watcher.
func (r *Registry) Watch(ctx context.Context) iter.Seq2[Event, error] {
	w := r.events.add()
	stop := context.AfterFunc(ctx, func() { r.events.remove(w) })
	return func(yield func(Event, error) bool) {
		defer func() {
			stop()
			r.events.remove(w)
		}()
		for {
			if !w.deliver(yield) {
				return
			}
			select {
			case <-w.wake:
			case <-ctx.Done():
				yield(Event{}, interrupted("watch", ctx.Err()))
				return
			case <-r.closed: // everything that happened while it was being closed has been told
				if w.deliver(yield) {
					yield(Event{}, errClosed("watch"))
				}
				return
			}
		}
	}
}

func (w *watcher) deliver(yield func(Event, error) bool) bool {
	events, lost := w.take()
	for _, e := range events {
		if !yield(e, nil) {
			return false
		}
	}
	return lost == 0 || yield(Event{}, &Error{
		Code: CodeLagged, What: "watch", Why: fmt.Sprintf("the watcher was too slow: %d events were lost", lost),
		Fix: "list the modules again and go on watching",
	})
}
