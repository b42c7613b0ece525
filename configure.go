package modreg

import (
	"bytes"
	"context"
	"fmt"

	"github.com/modreg/modreg/record"
)

// Configure gives a version another configuration: a []byte of JSON, or a value that encoding/json turns into
// it. ref is "name@version", or "name" for the active version.
//
// If the version runs here, it takes the configuration before it is recorded: by its own [Configurer], or else
// by a new instance that replaces the running one without a call being lost. If it refuses, it goes on with the
// configuration it had, and nothing is recorded. It returns CodeNotFound, CodeInvalid for a configuration that is not
// strict JSON or that the schema in the manifest refuses, the code of what the module answered, CodeJournal and CodeClosed.
func (r *Registry) Configure(ctx context.Context, ref string, config any) error {
	v, err := r.snapshot.Load().find("configure", ref)
	if err != nil {
		return err
	}
	data, err := canonicalConfig(config)
	if err != nil {
		return invalid("configuration of "+v.ref(), err)
	}
	if err := r.checkConfig(v.ref(), v.doc().ConfigSchema, data); err != nil {
		return err
	}
	if !r.begin() {
		return errClosed("configure " + v.ref())
	}
	defer r.work.Done()
	return unlessRepeated(r.applyConfig(ctx, v, func() []byte { return data }, func() error {
		return r.commit(ctx, record.Configure, v.name, func(d *draft) error {
			if !d.has(v) {
				return &Error{Code: CodeNotFound, What: fmt.Sprintf("configure %q", ref), Why: "it was unregistered meanwhile"}
			}
			if bytes.Equal(d.config(v), data) {
				return nil
			}
			_, err := d.do(record.Op{Do: record.Configure, Module: v.ref(), Config: data})
			return err
		})
	}))
}

// reconfigure brings a running version to the configuration that the journal says.
func (r *Registry) reconfigure(v *version) {
	wanted := func() []byte { return r.snapshot.Load().config(v) }
	err := r.checkConfig(v.ref(), v.doc().ConfigSchema, wanted())
	if err == nil {
		err = r.applyConfig(r.serving, v, wanted, func() error { return nil })
	}
	if err != nil && !r.closing.Load() {
		r.announce(Event{
			Kind: EventConfigRefused, Module: v.name, Version: v.vers.String(), Err: err,
		})
	}
}

// applyConfig makes a running version take a configuration, records it, and takes it back if that fails. Of a
// version that does not run it only records it. It asks what is wanted once nobody else changes the version.
func (r *Registry) applyConfig(ctx context.Context, v *version, wanted func() []byte, note func() error) error {
	u := &v.unit
	old, busy, err := r.claim(ctx, u)
	if err != nil {
		return err
	}
	if busy == nil {
		return note()
	}
	data := wanted()
	if bytes.Equal(old.config, data) {
		r.unclaim(u, busy, old)
		return note()
	}
	if c, ok := configurerOf(old.run); ok {
		defer r.unclaim(u, busy, old)
		return r.reconfigureLive(v, old, c, data, note)
	}
	next, err := r.launch(ctx, u, u.blueprint, old.needs, data)
	if err == nil {
		if err = note(); err != nil {
			_ = r.audited(ctx, v, Act{Action: "stop", Reason: "its configuration was not recorded", Protective: true},
				func() error { return r.stopInstance(next) })
			next.closeHandles()
		}
	}
	if err != nil {
		r.unclaim(u, busy, old)
		return err
	}
	r.track(next)
	u.mu.Lock()
	u.inst = next
	u.mu.Unlock()
	r.rerouteVersion(v)
	_ = r.retire(ctx, old, "it was configured anew") // the new instance serves; how the old one stopped is no failure of the change
	r.unclaim(u, busy, next)
	return nil
}

// reconfigureLive lets an instance take a configuration while it runs.
func (r *Registry) reconfigureLive(v *version, inst *instance, c liveConfigurer, data []byte, note func() error) error {
	before := Config{inst.config}
	apply := func(next, old Config) error {
		return r.bounded(r.serving, r.patience.Done(), "configure "+v.ref(), r.timeoutsOf(v).Health, &v.unit,
			func(ctx context.Context) (func(), error) { return nil, c(ctx, next, old) })
	}
	if err := apply(Config{data}, before); err != nil {
		return err
	}
	if err := note(); err != nil {
		_ = apply(before, Config{data})
		return err
	}
	inst.config = data
	return nil
}

// A liveConfigurer gives a running instance the configuration next; if it refuses, it has old again.
type liveConfigurer func(ctx context.Context, next, old Config) error

func configurerOf(run Instance) (liveConfigurer, bool) {
	if n, ok := run.(*nativeInstance); ok {
		return n.configure, n.canConfigure()
	}
	if c, ok := run.(Configurer); ok {
		return func(ctx context.Context, next, _ Config) error { return c.Configure(ctx, next) }, true
	}
	return nil, false
}

// claim keeps others from starting, stopping or configuring u until unclaim. It returns no channel if u does not run.
func (r *Registry) claim(ctx context.Context, u *unit) (*instance, chan struct{}, error) {
	for {
		u.mu.Lock()
		if u.busy == nil {
			break
		}
		busy := u.busy
		u.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, nil, interrupted("configure "+u.v.ref(), ctx.Err())
		}
	}
	defer u.mu.Unlock()
	if u.inst == nil {
		return nil, nil, nil
	}
	busy := make(chan struct{})
	u.busy = busy
	return u.inst, busy, nil
}

func (r *Registry) unclaim(u *unit, busy chan struct{}, inst *instance) {
	u.mu.Lock()
	u.busy, u.inst = nil, inst
	u.mu.Unlock()
	close(busy)
}
