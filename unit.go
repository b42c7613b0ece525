package modreg

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/inflight"
)

// A unit is what this process made of one declared version: whether it can start it (bound), where it is in
// its life, and the running instance.
//
// Locks: Registry.routes.mu may be held when mu is taken, never the other way round. Nothing waits, and no
// module code runs, while mu is held.
type unit struct {
	v *version // set once, before the unit is published

	unsettled atomic.Pointer[Registry] // which of those that it came to is to bind it when it is asked for; else nil

	mu        sync.Mutex
	state     State         // guarded by mu, like all below; zero is StateRegistered
	gone      bool          // unregistered: never starts again
	wanted    uint16        // how many are about to make it the active version: it is not to be stopped as superseded
	since     int64         // nanoseconds since 1970: when the state was entered; 0 for never
	blueprint blueprint     // how to start it; without a runtime it is not bound
	inst      *instance     // while it serves
	busy      chan struct{} // closed when the start, stop or reconfiguration that is going on ends; else nil
	trouble   *trouble      // nil for most
}

// A trouble is what is to be said about a version that is not simply well.
type trouble struct {
	reason   string    // why it is in the state
	unbound  string    // why it is not bound, where that is known
	err      error     // of StateFailed
	failures int       // starts that failed in a row
	retryAt  time.Time // no start by itself before
	failedAt uint64    // snapshot in which it could not be resolved; a later one may do better
}

// A blueprint is how this process starts a version.
type blueprint struct {
	runtime Runtime
	parts   []part // of native modules
}

// An instance is one running module and what the registry knows about it.
type instance struct {
	reg     *Registry
	u       *unit
	gate    inflight.Gate
	run     Instance
	config  []byte   // what it runs with
	needs   []need   // what it was started with
	handles []closer // its handles on what it needs
}

// A need is a requirement of a running module and the version that satisfied it when it started.
type need struct {
	req      capability.Requirement
	provider *version
}

type closer interface{ Close() }

func (u *unit) status() Status {
	u.settle()
	u.mu.Lock()
	defer u.mu.Unlock()
	s := Status{State: max(u.state, StateRegistered), Bound: u.bound()}
	if u.since != 0 {
		s.Since = time.Unix(0, u.since)
	}
	if t := u.trouble; t != nil {
		s.Reason, s.Err = t.reason, t.err
		if !s.Bound && s.Reason == "" {
			s.Reason = t.unbound
		}
	}
	if u.inst != nil {
		s.InFlight = u.inst.gate.InFlight()
	}
	return s
}

// bound reports whether this process knows how to start it. It is called with mu held.
func (u *unit) bound() bool { return u.blueprint.runtime != nil }

// troubled returns the trouble, to be filled in. It is called with mu held.
func (u *unit) troubled() *trouble {
	if u.trouble == nil {
		u.trouble = &trouble{}
	}
	return u.trouble
}

// running returns the instance that serves, nil if there is none.
func (u *unit) running() *instance {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.inst
}

// want keeps the unit from being stopped as superseded until the function that it returns is called.
func (u *unit) want() (done func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.wanted++
	return func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.wanted--
	}
}

// changing reports whether it is being started, stopped or configured.
func (u *unit) changing() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.busy != nil
}

// bind sets how the unit is started, unless that is set. It reports whether it did.
func (u *unit) bind(b blueprint) bool {
	u.settle()
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.bound() {
		return false
	}
	u.blueprint = b
	return true
}

// usable reports whether the unit serves or may be started by itself now, in the snapshot seq.
func (u *unit) usable(seq uint64) bool { return u.unusable(seq) == "" }

// unusable says why a unit cannot be used, "" if it can.
func (u *unit) unusable(seq uint64) string {
	u.settle()
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.inst != nil:
		return ""
	case u.gone:
		return "it is no longer registered"
	case !u.bound():
		return "this process has nothing to start it with"
	case u.state == StateQuarantined:
		return "it is quarantined"
	case u.state == StateFailed && !u.mayRetry(seq):
		return "it failed and is not retried yet"
	}
	return ""
}

// mayRetry reports whether a failed unit may be started again by itself. It is called with mu held.
func (u *unit) mayRetry(seq uint64) bool {
	t := u.troubled()
	if t.failedAt != 0 {
		return seq > t.failedAt
	}
	return !time.Now().Before(t.retryAt)
}

// set moves the unit to a state and returns the event to publish. It is called with mu held.
func (u *unit) set(s State, reason string, err error) Event {
	from := max(u.state, StateRegistered)
	now := time.Now()
	u.state, u.since = s, now.UnixNano()
	if reason != "" || err != nil || u.trouble != nil {
		t := u.troubled()
		t.reason, t.err = reason, err
	}
	return Event{
		Kind: EventState, Time: now, Module: u.v.name, Version: u.v.vers.String(),
		From: from, State: s, Reason: reason, Err: err,
	}
}

const (
	firstRetry   = 500 * time.Millisecond
	longestRetry = time.Minute
)

// fail records a start that failed: by itself the unit starts again after a delay that doubles each time, or,
// where requirements were missing, when the desired state has changed. It is called with mu held.
func (u *unit) fail(err error, seq uint64) Event {
	t := u.troubled()
	t.failedAt = 0
	switch CodeOf(err) {
	case CodeUnresolved, CodeCycle:
		t.failedAt = max(seq, 1)
	default:
		t.retryAt = time.Now().Add(min(firstRetry<<min(t.failures, 10), longestRetry))
		t.failures++
	}
	return u.set(StateFailed, "", err)
}

// unavailable says why the unit cannot serve, for the error of a call.
func (u *unit) unavailable() error {
	u.settle()
	u.mu.Lock()
	defer u.mu.Unlock()
	what := "module " + u.v.ref()
	switch {
	case u.gone:
		return &Error{Code: CodeNotFound, What: what, Why: "it was unregistered"}
	case u.state == StateQuarantined:
		return &Error{Code: CodeQuarantined, What: what, Why: "it is quarantined: " + u.troubled().reason, Fix: "release it when it is safe"}
	case !u.bound():
		why := u.troubled().unbound
		if why == "" {
			why = "nothing in this process says how to start it"
		}
		return &Error{Code: CodeUnbound, What: what, Why: why, Fix: "register it with its factory in this program"}
	case u.state == StateFailed:
		return u.trouble.err
	}
	return nil
}
