package modreg

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/inflight"
)

// A Handle is what a caller holds on a capability: it leads to a running provider, whichever that is. It is
// bound to the capability, the range and the filter it was looked up with. It keeps to one module and follows
// that module's active version while that matches; else it goes to the module's highest other version that
// matches, else to the next module; with none it answers CodeUnavailable and goes on when one appears.
//
// A handle is safe for concurrent use and meant to be kept. Close it when it is no longer needed; a handle
// that is forgotten is released by the garbage collector.
type Handle[T any] struct {
	route atomic.Pointer[route[T]] // nil once closed
	held  *held
}

// held is what must be given back when a handle is closed or collected.
type held struct {
	reg    *Registry
	route  anyRoute
	closed atomic.Bool
}

func (h *held) release() {
	if h.closed.CompareAndSwap(false, true) {
		h.reg.release(h.route)
	}
}

// Lookup returns a handle on the best provider of c. It resolves once; calls through the handle cost
// nanoseconds. A provider that does not run yet is started by the first call.
//
// It returns CodeNotFound if nothing registered matches (unless [AllowMissing] is given), CodeInvalid for a
// name, range or filter outside the grammar, CodeTypeConflict if another Go type is bound to the name, and
// CodeClosed. Whether the provider can serve shows when it is called.
func Lookup[T any](ctx context.Context, r *Registry, c Capability[T], opts ...LookupOption) (*Handle[T], error) {
	if err := ctx.Err(); err != nil {
		return nil, interrupted("look up "+c.Name(), err)
	}
	req, l, err := question(r, c, opts)
	if err != nil {
		return nil, err
	}
	if !l.missing && !matched(r.snapshot.Load(), req, l.from) {
		return nil, r.notFound(req, l.from)
	}
	return newHandle(r, c, req, l.from, ""), nil
}

// LookupAll returns a handle for each registered module that provides c, best first. Each handle keeps to its
// module: to the active version if that matches, else to the highest that does. Whether a module can serve shows
// when it is called. Errors are those of [Lookup]; no provider is no error.
func LookupAll[T any](ctx context.Context, r *Registry, c Capability[T], opts ...MatchOption) ([]*Handle[T], error) {
	if err := ctx.Err(); err != nil {
		return nil, interrupted("look up "+c.Name(), err)
	}
	all := make([]LookupOption, len(opts))
	for i, o := range opts {
		all[i] = o
	}
	req, _, err := question(r, c, all)
	if err != nil {
		return nil, err
	}
	return lookupAll(r, c, req), nil
}

func lookupAll[T any](r *Registry, c Capability[T], req capability.Requirement) []*Handle[T] {
	var handles []*Handle[T]
	seen := map[string]bool{}
	s := r.snapshot.Load()
	for v := range s.providersOf(req.ID) {
		name := v.name
		if !seen[name] && v.satisfies(req) {
			seen[name] = true
			handles = append(handles, newHandle(r, c, req, name, ""))
		}
	}
	return handles
}

// question checks what a lookup asks.
func question[T any](r *Registry, c Capability[T], opts []LookupOption) (req capability.Requirement, l lookup, err error) {
	if err := c.key.check(); err != nil {
		return req, l, err
	}
	if r.closing.Load() {
		return req, l, errClosed("look up " + c.Name())
	}
	for _, o := range opts {
		o.applyLookup(&l)
	}
	if l.from != "" {
		if err := capability.CheckName(l.from); err != nil {
			return req, l, invalid(fmt.Sprintf("module %q", l.from), err)
		}
	}
	if err := r.bindType(c.key); err != nil {
		return req, l, err
	}
	req, err = l.requirement(c.key.id)
	return req, l, err
}

func matched(s *Snapshot, req capability.Requirement, from string) bool {
	for v := range s.providersOf(req.ID) {
		if (from == "" || v.name == from) && v.satisfies(req) {
			return true
		}
	}
	return false
}

func newHandle[T any](r *Registry, c Capability[T], req capability.Requirement, module, prefer string) *Handle[T] {
	t := routeFor(r, c, req, module, prefer)
	h := &Handle[T]{held: &held{reg: r, route: t}}
	h.route.Store(t)
	runtime.AddCleanup(h, func(held *held) { held.release() }, h.held)
	return h
}

// Close gives the handle up. Calls in flight go on; later ones answer CodeClosed. It is idempotent.
func (h *Handle[T]) Close() {
	h.route.Store(nil)
	if h.held != nil {
		h.held.release()
	}
}

// Module returns the version that the handle leads to now, whether it runs or would be started by the next
// call. It reports false if there is none.
func (h *Handle[T]) Module() (Module, bool) {
	t := h.route.Load()
	if t == nil {
		return Module{}, false
	}
	r := h.held.reg
	r.routes.mu.Lock()
	r.refresh(t, r.snapshot.Load())
	v := t.target
	r.routes.mu.Unlock()
	if v == nil {
		return Module{}, false
	}
	return Module{v: v, active: r.snapshot.Load().isActive(v)}, true
}

// Do calls f with the value that h leads to, and returns what f returned. The value must not be used after f
// returned. While f runs, the module is not stopped, unless the deadline of a drain passes.
//
// If the module does not run yet, Do starts it, and what it requires, first; ctx bounds that. A panic in f
// becomes an error with CodePanic whose cause is a [*PanicError] that names the module. Errors of f are
// returned as they are. Do's own errors have CodeUnavailable, or the code of what kept the module from
// starting; CodeClosed after Close; CodeCanceled or CodeDeadline when ctx ended while it waited.
//
// For a module that runs, Do costs one atomic operation, a few loads and two calls, and allocates nothing of its own.
func Do[T, R any](ctx context.Context, h *Handle[T], f func(context.Context, T) (R, error)) (out R, err error) {
	// What follows is instance.enter and call written out: worth nanoseconds, and here they count. ADR 2 has the figures.
	t := h.route.Load()
	if t == nil {
		return doLate(ctx, h, f)
	}
	b := t.binding.Load()
	if b == nil {
		return doLate(ctx, h, f)
	}
	s := b.gate.Stripe()
	owned := s.Own()
	if !owned || b.gate.Closed() {
		return doShared(ctx, h, b, s, owned, f)
	}
	done := false
	defer func() {
		s.Disown()
		if !done {
			if v := recover(); v != nil {
				err = b.inst.panicked(v)
			}
		}
	}()
	out, err = f(ctx, b.value)
	done = true
	return out, err
}

// doShared is Do where the caller has to share its stripe, or found the gate closed.
func doShared[T, R any](
	ctx context.Context, h *Handle[T], b *binding[T], s *inflight.Stripe, owned bool, f func(context.Context, T) (R, error),
) (R, error) {
	ticket, ok := b.gate.EnterLate(s, owned)
	if !ok {
		return doLate(ctx, h, f)
	}
	return call(ctx, b, ticket, f)
}

// doLate is Do where the handle leads to nothing that runs.
func doLate[T, R any](ctx context.Context, h *Handle[T], f func(context.Context, T) (R, error)) (out R, err error) {
	b, ticket, err := h.enter(ctx)
	if err != nil {
		return out, err
	}
	return call(ctx, b, ticket, f)
}

// call calls f in a place that was taken for it.
func call[T, R any](
	ctx context.Context, b *binding[T], ticket inflight.Ticket, f func(context.Context, T) (R, error),
) (out R, err error) {
	done := false
	defer func() {
		ticket.Leave()
		if !done {
			if v := recover(); v != nil {
				err = b.inst.panicked(v)
			}
		}
	}()
	out, err = f(ctx, b.value)
	done = true
	return out, err
}

// panicked turns a panic in a call into its error, and reports it.
func (inst *instance) panicked(value any) error {
	err := &Error{Code: CodePanic, What: "call " + inst.u.v.ref(), Err: newPanicError(inst.u, value)}
	inst.reg.announce(panicEvent(inst.u, err))
	return err
}

// A Lease holds on to the value that a handle leads to, for several calls in a row. While it is held, the
// module is not stopped, unless the deadline of a drain passes; so hold it briefly. Panics are the caller's own.
// A lease is used by one goroutine at a time.
type Lease[T any] struct {
	b      *binding[T]
	ticket inflight.Ticket
}

// Acquire takes a lease. Its errors are those of [Do]. A lease that was taken is given back by [Lease.Release].
func Acquire[T any](ctx context.Context, h *Handle[T]) (Lease[T], error) {
	if t := h.route.Load(); t != nil {
		if b := t.binding.Load(); b != nil {
			s := b.gate.Stripe()
			owned := s.Own()
			if owned && !b.gate.Closed() {
				return Lease[T]{b: b, ticket: s.Ticket()}, nil
			}
			if ticket, ok := b.gate.EnterLate(s, owned); ok {
				return Lease[T]{b: b, ticket: ticket}, nil
			}
		}
	}
	b, ticket, err := h.enter(ctx)
	return Lease[T]{b: b, ticket: ticket}, err
}

// Value returns the value. It must not be used after Release, nor asked of a lease that is not held: that panics.
func (l *Lease[T]) Value() T { return l.b.value }

// Module returns the version that the lease holds on to. It must not be asked of a lease that is not held: that panics.
func (l *Lease[T]) Module() Module {
	v := l.b.inst.u.v
	return Module{v: v, active: l.b.inst.reg.snapshot.Load().isActive(v)}
}

// Release gives the lease back. A second call does nothing.
func (l *Lease[T]) Release() {
	if l.b != nil {
		l.b = nil
		l.ticket.Leave()
	}
}

// enter takes a place at the instance; it reports false, and takes none, once the gate is closed. It is here for more
// than its callers: the compiler lets programs inline its pieces into their instances of Do only if this package has
// inlined them in a function that is not generic.
func (inst *instance) enter() (inflight.Ticket, bool) {
	s := inst.gate.Stripe()
	owned := s.Own()
	if !owned || inst.gate.Closed() {
		return inst.gate.EnterLate(s, owned)
	}
	return s.Ticket(), true
}

// maxEnters bounds how often one call looks for a provider: each round either enters one, or starts one, or
// sees one fail and goes on to the next.
const maxEnters = 32

// enter is the slow way in: it starts the module if need be, and goes on to the next provider if it does not
// start.
func (h *Handle[T]) enter(ctx context.Context) (*binding[T], inflight.Ticket, error) {
	var none inflight.Ticket
	var failed error
	if h.held == nil {
		return nil, none, &Error{Code: CodeInvalid, What: "call", Why: "the zero Handle leads nowhere", Fix: "get one from modreg.Lookup"}
	}
	r := h.held.reg
	for range maxEnters {
		t := h.route.Load()
		if t == nil {
			return nil, none, errClosed("call " + h.held.route.core().req.ID.String() + " by a closed handle")
		}
		if b := t.binding.Load(); b != nil {
			if ticket, ok := b.inst.enter(); ok {
				return b, ticket, nil
			}
		}
		v, err := r.targetOf(t)
		if err != nil {
			return nil, none, unavailable(err, failed)
		}
		if _, err := r.run(ctx, &v.unit, false); err != nil {
			if ctx.Err() != nil || r.closing.Load() {
				return nil, none, err
			}
			failed = err
			continue
		}
		if err := r.connectable(t, v); err != nil {
			return nil, none, err
		}
		if !r.snapshot.Load().isActive(v) && !r.routed(v) { // it was replaced while it started
			r.background(func() { _ = r.stopIfSuperseded(r.patience, v) })
		}
	}
	return nil, none, unavailable(h.nothing(), failed)
}
