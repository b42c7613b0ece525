package modreg

import (
	"context"
	"errors"
	"fmt"

	"github.com/modreg/modreg/record"
	"github.com/modreg/modreg/resolve"
)

// run returns the running instance of u; it starts it, and what it must have, if need be. With force it does
// so even if an earlier start failed a moment ago. ctx bounds the waiting; a start that has begun goes on for
// whoever needs it next.
func (r *Registry) run(ctx context.Context, u *unit, force bool) (*instance, error) {
	inst, err := r.await(ctx, u, force)
	if inst != nil || err != nil {
		return inst, err
	}
	sol, err := r.plan(ctx, u)
	if err != nil {
		if code := CodeOf(err); code != CodeCanceled && code != CodeDeadline {
			r.fail(u, err)
		}
		return nil, err
	}
	return r.startAll(ctx, u, sol, force)
}

// startAll starts the modules of a solution in its order, and returns the instance of u. A module whose
// optional requirement does not start goes without.
func (r *Registry) startAll(ctx context.Context, u *unit, sol *resolve.Solution, force bool) (*instance, error) {
	failed := map[*version]error{}
	for _, m := range sol.Modules {
		v := m.Ref.(*version)
		needs, err := needsOf(m, failed)
		if err == nil {
			var inst *instance
			if inst, err = r.start(ctx, &v.unit, needs, force && &v.unit == u); err == nil && &v.unit == u {
				return inst, nil
			}
		} else {
			r.fail(&v.unit, err)
		}
		if err != nil && (&v.unit == u || ctx.Err() != nil) {
			return nil, err
		}
		if err != nil {
			failed[v] = err
		}
	}
	return nil, &Error{Code: CodeUnresolved, What: "start " + u.v.ref(), Why: "the solution does not hold the module"}
}

// needsOf lists what a chosen module is bound to; it fails if a mandatory provider has failed.
func needsOf(m resolve.Chosen, failed map[*version]error) ([]need, error) {
	var needs []need
	for i, b := range m.Bindings {
		req := m.Requires[i]
		var lost error
		bound := 0
		for _, p := range b.Providers {
			v := p.Ref.(*version)
			if err := failed[v]; err != nil {
				lost = err
				continue
			}
			needs = append(needs, need{req: req, provider: v})
			bound++
		}
		if lost != nil && bound == 0 && !req.Optional {
			return nil, &Error{
				Code: CodeFailed, What: "start " + m.String(),
				Why: fmt.Sprintf("it requires %s: %v", req, lost), Err: lost,
			}
		}
	}
	return needs, nil
}

// await returns the instance of u if it runs, after waiting for what is going on; an error if it cannot be
// started; neither if it is to be started now.
func (r *Registry) await(ctx context.Context, u *unit, force bool) (*instance, error) {
	u.settle()
	for {
		u.mu.Lock()
		inst, busy := u.inst, u.busy
		failed := u.state == StateFailed && !force && !u.mayRetry(r.snapshot.Load().seq)
		down := u.gone || !u.bound() || u.state == StateQuarantined || failed
		u.mu.Unlock()
		switch {
		case inst != nil:
			return inst, nil
		case r.closing.Load():
			return nil, errClosed("start " + u.v.ref())
		case busy != nil:
			select {
			case <-busy:
			case <-ctx.Done():
				return nil, interrupted("wait for "+u.v.ref(), ctx.Err())
			}
			force = false // somebody has just tried: their answer is the answer
		case down:
			return nil, u.unavailable()
		default:
			return nil, nil //nolint:nilnil // neither is an answer of its own, as the comment says
		}
	}
}

// start starts u itself, whose needs have been started, unless it runs.
func (r *Registry) start(ctx context.Context, u *unit, needs []need, force bool) (*instance, error) {
	for {
		inst, err := r.await(ctx, u, force)
		if inst != nil || err != nil {
			return inst, err
		}
		if !r.begin() {
			return nil, errClosed("start " + u.v.ref())
		}
		u.mu.Lock()
		if u.busy != nil || u.inst != nil || u.gone || u.state == StateQuarantined {
			u.mu.Unlock()
			r.work.Done()
			continue
		}
		busy := make(chan struct{})
		u.busy = busy
		b := u.blueprint
		event := u.set(StateStarting, "", nil)
		u.mu.Unlock()
		r.announce(event)
		// The start belongs to the registry, not to the caller that happened to be first, but for whose sake it is.
		origin := record.OriginOf(ctx)
		go func() {
			defer r.work.Done()
			r.finishStart(record.WithOrigin(r.serving, origin), u, b, needs)
			close(busy)
		}()
		select {
		case <-busy:
			force = false
		case <-ctx.Done():
			return nil, interrupted("start "+u.v.ref(), ctx.Err())
		}
	}
}

func (r *Registry) finishStart(ctx context.Context, u *unit, b blueprint, needs []need) {
	s := r.snapshot.Load()
	inst, err := r.launch(ctx, u, b, needs, s.config(u.v))
	u.mu.Lock()
	u.busy = nil
	var event Event
	if err != nil {
		event = u.fail(err, s.seq)
	} else {
		u.inst = inst
		if u.trouble != nil {
			u.trouble.failures = 0
		}
		event = u.set(StateActive, "", nil)
	}
	u.mu.Unlock()
	if err == nil {
		r.track(inst)
	}
	r.rerouteVersion(u.v)
	r.announce(event)
}

// fail records that u could not be started, unless it runs or somebody is at it.
func (r *Registry) fail(u *unit, err error) {
	u.mu.Lock()
	if u.inst != nil || u.busy != nil || u.state == StateQuarantined {
		u.mu.Unlock()
		return
	}
	event := u.fail(err, r.snapshot.Load().seq)
	u.mu.Unlock()
	r.rerouteVersion(u.v)
	r.announce(event)
}

// launch builds an instance and probes it. On an error nothing is left behind. ctx says for whom, and nothing else.
func (r *Registry) launch(ctx context.Context, u *unit, b blueprint, needs []need, config []byte) (inst *instance, err error) {
	err = r.audited(ctx, u.v, Act{Action: "start"}, func() error {
		inst, err = r.build(u, b, needs, config)
		return err
	})
	return inst, err
}

// build is launch without the auditor.
func (r *Registry) build(u *unit, b blueprint, needs []need, config []byte) (*instance, error) {
	v := u.v
	what := "start " + v.ref()
	inst := &instance{reg: r, u: u, config: config, needs: needs}
	if err := r.checkConfig(v.ref(), v.doc().ConfigSchema, config); err != nil {
		return nil, err
	}
	deps := r.newDeps(inst, needs)
	l := Launch{
		Module: v.name, Version: v.vers, Manifest: v.restored().Manifest, Config: Config{config}, Deps: deps, parts: b.parts, unit: u,
	}
	limits := r.timeoutsOf(v)
	err := r.bounded(r.serving, r.patience.Done(), what, limits.Start, u, func(ctx context.Context) (undo func(), err error) {
		run, err := b.runtime.Start(ctx, l)
		if err != nil {
			return nil, err
		}
		if run == nil {
			return nil, fmt.Errorf("runtime %q returned neither an instance nor an error", b.runtime.Name())
		}
		inst.run = run
		return func() { _ = r.stopInstance(inst) }, nil
	})
	if err == nil {
		if err = r.probe(r.serving, r.patience.Done(), inst); err != nil {
			err = errors.Join(err, r.stopInstance(inst))
			err = &Error{Code: codeOr(err, CodeFailed), What: what, Why: "it does not become healthy: " + err.Error(), Err: err}
		}
	}
	deps.seal()
	if err != nil {
		inst.closeHandles()
		return nil, err
	}
	return inst, nil
}

func (r *Registry) probe(ctx context.Context, hurry <-chan struct{}, inst *instance) error {
	return r.bounded(ctx, hurry, "probe "+inst.u.v.ref(), r.timeoutsOf(inst.u.v).Health, inst.u,
		func(ctx context.Context) (func(), error) { return nil, inst.run.Health(ctx) })
}

func (r *Registry) stopInstance(inst *instance) error {
	return r.bounded(r.life, nil, "stop "+inst.u.v.ref(), r.timeoutsOf(inst.u.v).Stop, inst.u,
		func(ctx context.Context) (func(), error) { return nil, inst.run.Stop(ctx) })
}
