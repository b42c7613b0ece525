package modreg

import (
	"context"
	"fmt"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/record"
)

// Unregister takes a version out of the desired state, waits for its calls in flight, and stops it. ref is
// "name@version", or "name" for a module with one version. If it was the active version, the highest that is
// left becomes active: releases go before pre-releases.
//
// It returns CodeNotFound, CodeInvalid for a reference outside the grammar or one that could mean several
// versions, CodeInUse if a running module requires it and nothing else that is registered would do, CodeJournal and
// CodeClosed: then nothing has changed. Once the version is out, a module that does not stop well is reported
// by the error of its stop, and is gone all the same. ctx bounds the wait for calls in flight.
func (r *Registry) Unregister(ctx context.Context, ref string) error {
	var gone *version
	name, _ := splitRef(ref)
	err := r.commit(ctx, record.Unregister, name, func(d *draft) error {
		v, err := d.find("unregister", ref)
		if err != nil {
			return err
		}
		m, _ := d.module(v.name)
		if len(m.versions) > 1 && !strings.Contains(ref, "@") {
			return &Error{
				Code: CodeInvalid, What: fmt.Sprintf("unregister %q", ref), Why: "it has several versions: " + m.list(),
				Fix: "name one, as in " + v.ref(),
			}
		}
		if err := r.needed(&d.Snapshot, v); err != nil {
			return err
		}
		if _, err := d.do(record.Op{Do: record.Unregister, Module: v.ref()}); err != nil {
			return &Error{Code: CodeInvalid, What: fmt.Sprintf("unregister %q", ref), Err: err}
		}
		gone = v
		return nil
	})
	if err != nil {
		return unlessRepeated(err)
	}
	return r.remove(ctx, gone)
}

// remove stops a version that is not declared any more, for good.
func (r *Registry) remove(ctx context.Context, v *version) error {
	v.unit.mu.Lock()
	v.unit.gone = true
	v.unit.mu.Unlock()
	return r.stop(ctx, &v.unit, StateStopped, "it was unregistered")
}

// needed reports which running module would be left without something it must have if v went.
func (r *Registry) needed(s *Snapshot, v *version) error {
	r.instMu.Lock()
	defer r.instMu.Unlock()
	for _, inst := range r.instances {
		for _, n := range inst.needs {
			if n.req.Optional || inst.u == &v.unit || !s.has(inst.u.v) || !v.satisfies(n.req) {
				continue
			}
			if !r.otherwise(s, n.req, v, inst.u.v) {
				return &Error{
					Code: CodeInUse, What: "remove " + v.ref(),
					Why: fmt.Sprintf("%s is running and requires %s, which nothing else provides", inst.u.v.ref(), n.req),
					Fix: fmt.Sprintf("stop or unregister %s first, or register another provider", inst.u.v.ref()),
				}
			}
		}
	}
	return nil
}

// otherwise reports whether a version other than the two satisfies req.
func (r *Registry) otherwise(s *Snapshot, req capability.Requirement, not, asker *version) bool {
	for v := range s.providersOf(req.ID) {
		if v != not && v != asker && r.serves(v, req, s) {
			return true
		}
	}
	return false
}

// Activate makes a version the active one of its module. If the module runs here, or is to run without being
// asked, the new version is started and probed first; then callers are led to it, and the old one is drained
// and stopped, unless somebody asked for its very version. If the new version does not start or is not healthy,
// the old one serves as if nothing had happened, and nothing is recorded.
//
// Activate returns once the old version is stopped or its drain's deadline or ctx has passed; callers are on the
// new one before that. It returns CodeNotFound, CodeInvalid, CodeJournal, CodeClosed, or the code of what kept
// the new version from starting. Activating the active version does nothing.
func (r *Registry) Activate(ctx context.Context, ref string) error {
	v, err := r.snapshot.Load().find("activate", ref)
	if err != nil {
		return err
	}
	done := v.unit.want()
	old, err := r.makeActive(ctx, ref, v)
	done()
	if err != nil {
		_ = r.stopIfSuperseded(ctx, v) // it may have been started for nothing; the error that matters is the other one
		return unlessRepeated(err)
	}
	return r.stopIfSuperseded(ctx, old)
}

// makeActive starts v if the module runs, records that it is the active version, and returns the one that was.
func (r *Registry) makeActive(ctx context.Context, ref string, v *version) (old *version, err error) {
	m, ok := r.snapshot.Load().module(v.name)
	runs := ok && m.active != v && (m.active.unit.running() != nil || v.eager())
	if runs {
		if _, err := r.run(ctx, &v.unit, true); err != nil {
			return nil, err
		}
	}
	err = r.commit(ctx, record.Activate, v.name, func(d *draft) error {
		v, err := d.find("activate", ref)
		if err != nil {
			return err
		}
		m, _ := d.module(v.name)
		if old = m.active; old == v {
			return nil
		}
		_, err = d.do(record.Op{Do: record.Activate, Module: v.ref()})
		return err
	})
	if err == nil && runs { // it does, unless somebody stopped it before it became the active one
		_, err = r.run(ctx, &v.unit, true)
	}
	return old, err
}

// stopIfSuperseded stops a version that is not active any more and that no handle asks for.
func (r *Registry) stopIfSuperseded(ctx context.Context, v *version) error {
	s := r.snapshot.Load()
	if s.isActive(v) || !s.has(v) || v.unit.running() == nil {
		return nil
	}
	if r.routed(v) {
		return nil
	}
	return r.stopUnless(ctx, &v.unit, StateStopped, "another version is active", func() bool {
		return v.unit.wanted > 0 || r.snapshot.Load().isActive(v)
	})
}

// routed reports whether a route leads to v.
func (r *Registry) routed(v *version) bool {
	r.routes.mu.Lock()
	defer r.routes.mu.Unlock()
	for _, have := range v.provides {
		for _, t := range r.routes.of(have.ID) {
			c := t.core()
			if c.target == v || (c.bound != nil && c.bound.u == &v.unit) {
				return true
			}
		}
	}
	return false
}

// Start starts a version, and what it requires, and returns when it serves; at once if it does already. It
// does not wait for the delay after an earlier failure. It returns CodeNotFound, CodeInvalid, CodeUnbound,
// CodeQuarantined, CodeUnresolved, CodeCycle, CodeUnsupported, CodeFailed, CodePanic, CodeDeadline, CodeCanceled or
// CodeClosed.
func (r *Registry) Start(ctx context.Context, ref string) error {
	v, err := r.snapshot.Load().find("start", ref)
	if err != nil {
		return err
	}
	_, err = r.run(ctx, &v.unit, true)
	return err
}

// Stop drains a version and stops it in this process. It stays registered, and the next call that needs it
// starts it again; a quarantined version stays so. Modules that require it are not stopped. It returns CodeNotFound, CodeInvalid, CodeClosed, or
// the error of the module's own stop, after which it is stopped all the same. ctx bounds the wait for calls in flight.
func (r *Registry) Stop(ctx context.Context, ref string) error {
	v, err := r.snapshot.Load().find("stop", ref)
	if err != nil {
		return err
	}
	return r.stopByHand(ctx, v, StateStopped, "an operator stopped it")
}

// Quarantine takes a version out of service in this process until [Registry.Release]: it is drained and stopped,
// and nothing starts it. Callers go to the next provider that matches. The reason is shown to whoever needs it.
// Errors are those of [Registry.Stop].
func (r *Registry) Quarantine(ctx context.Context, ref, reason string) error {
	v, err := r.snapshot.Load().find("quarantine", ref)
	if err != nil {
		return err
	}
	return r.audited(ctx, v, Act{Action: "quarantine", Reason: reason, Protective: true}, func() error {
		return r.stopByHand(ctx, v, StateQuarantined, reason)
	})
}

func (r *Registry) stopByHand(ctx context.Context, v *version, final State, reason string) error {
	if !r.begin() {
		return errClosed("stop " + v.ref())
	}
	defer r.work.Done()
	return r.stop(ctx, &v.unit, final, reason)
}

// Release ends the quarantine of a version; it starts again when it is needed. Of a version that is not
// quarantined it returns CodeConflict. Other errors are CodeNotFound, CodeInvalid and CodeClosed.
func (r *Registry) Release(ctx context.Context, ref string) error {
	v, err := r.snapshot.Load().find("release", ref)
	if err != nil {
		return err
	}
	if !r.begin() {
		return errClosed("release " + ref)
	}
	defer r.work.Done()
	return r.audited(ctx, v, Act{Action: "release"}, func() error { return r.unquarantine(v, ref) })
}

func (r *Registry) unquarantine(v *version, ref string) error {
	u := &v.unit
	u.mu.Lock()
	if u.state != StateQuarantined {
		u.mu.Unlock()
		return &Error{Code: CodeConflict, What: fmt.Sprintf("release %q", ref), Why: "it is not quarantined"}
	}
	event := u.set(StateStopped, "it was released from quarantine", nil)
	u.mu.Unlock()
	r.announce(event)
	r.rerouteVersion(v)
	r.keepRunning(v)
	return nil
}

// Health probes a running version. It returns nil if it is healthy, CodeUnavailable if it does not run,
// CodeFailed, CodePanic or CodeDeadline if the probe says otherwise, CodeNotFound and CodeInvalid. It changes nothing.
func (r *Registry) Health(ctx context.Context, ref string) error {
	v, err := r.snapshot.Load().find("probe", ref)
	if err != nil {
		return err
	}
	inst := v.unit.running()
	if inst != nil {
		if ticket, ok := inst.enter(); ok { // so that it is not stopped meanwhile
			err := r.probe(ctx, ctx.Done(), inst)
			ticket.Leave()
			return err
		}
	}
	return &Error{Code: CodeUnavailable, What: "probe " + v.ref(), Why: "it is not running"}
}

// reconcile does in this process what a new snapshot asks for, in the background: it is called by the writer,
// which must not wait for module code. What this registry's own methods changed, they do themselves; doing it
// twice does no harm.
func (r *Registry) reconcile(changes []change) {
	for _, ch := range changes {
		v := ch.v
		switch ch.kind {
		case EventRegistered:
			r.keepRunning(v)
		case EventUnregistered:
			if v.unit.running() != nil {
				r.background(func() { _ = r.remove(r.patience, v) })
			}
		case EventActivated:
			if was := ch.was; was.unit.running() != nil {
				r.background(func() { r.takeOver(v, was) })
			}
			r.keepRunning(v)
		case EventConfigured:
			if v.unit.running() != nil {
				r.background(func() { r.reconfigure(v) })
			}
		}
	}
	r.retryWaiting()
}

// takeOver starts the version that became active, so that it replaces the one that serves, and stops that.
// If the new one does not start, the old one goes on; the state of the new one says why.
func (r *Registry) takeOver(v, was *version) {
	if _, err := r.run(r.serving, &v.unit, false); err == nil {
		_ = r.stopIfSuperseded(r.patience, was)
	}
}
