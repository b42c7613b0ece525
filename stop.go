package modreg

import (
	"context"
	"errors"
	"fmt"
)

// stop takes u out of service, waits for its calls in flight up to the drain's deadline or the end of ctx,
// stops the instance and leaves u in the state final. Without an instance it only sets the state. Its error is
// that of the instance's Stop, or of a ctx that ended while somebody else was starting or stopping u.
func (r *Registry) stop(ctx context.Context, u *unit, final State, reason string) error {
	return r.stopUnless(ctx, u, final, reason, func() bool { return false })
}

// stopUnless is stop, unless keep says, with u.mu held, that u is to go on after all.
func (r *Registry) stopUnless(ctx context.Context, u *unit, final State, reason string, keep func() bool) error {
	u.mu.Lock()
	for u.busy != nil {
		busy := u.busy
		u.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return interrupted("stop "+u.v.ref(), ctx.Err())
		}
		u.mu.Lock()
	}
	if keep() {
		u.mu.Unlock()
		return nil
	}
	inst := u.inst
	if inst == nil {
		var event Event
		if (final == StateQuarantined || u.state == StateFailed) && u.state != StateQuarantined {
			event = u.set(final, reason, nil) // what is quarantined stays so until it is released
		}
		u.mu.Unlock()
		r.rerouteVersion(u.v)
		r.announce(event)
		return nil
	}
	busy := make(chan struct{})
	u.inst, u.busy = nil, busy
	event := u.set(StateDraining, reason, nil)
	u.mu.Unlock()
	r.announce(event)
	r.rerouteVersion(u.v) // calls that begin from now on go elsewhere
	err := r.retire(ctx, inst, reason)

	u.mu.Lock()
	event = u.set(final, reason, nil)
	u.busy = nil
	u.mu.Unlock()
	close(busy)
	r.rerouteVersion(u.v)
	r.announce(event)
	return err
}

// retire drains an instance that no route leads to any more, stops it and lets go of what it held.
func (r *Registry) retire(ctx context.Context, inst *instance, reason string) error {
	return r.audited(ctx, inst.u.v, Act{Action: "stop", Reason: reason, Protective: true}, func() error {
		return r.drainAndStop(ctx, inst)
	})
}

func (r *Registry) drainAndStop(ctx context.Context, inst *instance) error {
	v := inst.u.v
	inst.gate.Close()
	limit := r.timeoutsOf(v).Drain
	drainCtx, cancel := context.WithTimeout(ctx, limit)
	impatient := context.AfterFunc(r.patience, cancel)
	err := inst.gate.Drain(drainCtx)
	impatient()
	cancel()
	if err != nil {
		r.announce(Event{
			Kind: EventDrainTimeout, Module: v.name, Version: v.vers.String(),
			Reason: fmt.Sprintf("%d calls were still in flight", inst.gate.InFlight()), Err: err,
		})
	}
	err = r.stopInstance(inst)
	inst.closeHandles()
	r.untrack(inst)
	return err
}

func (inst *instance) closeHandles() {
	for _, h := range inst.handles {
		h.Close()
	}
	inst.handles = nil
}

// stopEverything stops all running modules, each before what it needs. Modules that do not need each other
// are stopped one after the other too, the last started first. It ends early, and says so, only for modules
// whose own deadlines pass.
func (r *Registry) stopEverything(ctx context.Context) error {
	var errs []error
	for _, inst := range r.stopOrder() {
		if err := r.stop(ctx, inst.u, StateStopped, "the registry is closed"); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// stopOrder lists the running instances so that each comes before those it needs.
func (r *Registry) stopOrder() []*instance {
	r.instMu.Lock()
	defer r.instMu.Unlock()
	order := make([]*instance, 0, len(r.instances))
	seen := make(map[*instance]bool, len(r.instances))
	// A module follows the active version of what it needs, so that what it needs is found by name.
	byName := map[string][]*instance{}
	for _, inst := range r.instances {
		name := inst.u.v.name
		byName[name] = append(byName[name], inst)
	}
	var visit func(inst *instance)
	visit = func(inst *instance) {
		if seen[inst] {
			return
		}
		seen[inst] = true
		for _, n := range inst.needs {
			for _, provider := range byName[n.provider.name] {
				visit(provider)
			}
		}
		order = append(order, inst)
	}
	for _, inst := range r.instances { // in the order in which they started
		visit(inst)
	}
	for i, j := 0, len(order)-1; i < j; i, j = i+1, j-1 {
		order[i], order[j] = order[j], order[i]
	}
	return order
}
