package modreg

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/inflight"
)

// A route leads from a question (capability, range, filter, perhaps one module) to the instance that answers
// it now. Handles with one question share one route. Calls read its binding; everything else happens under
// the lock of the table.
type route[T any] struct {
	binding atomic.Pointer[binding[T]] // nil while nothing that runs is bound; first, as calls read only this
	stub    func(Invoker) T
	routeCore
}

// A binding is what a call needs. It is immutable.
type binding[T any] struct {
	value T
	gate  *inflight.Gate
	inst  *instance
}

// routeCore is the part of a route that does not depend on its type parameter.
type routeCore struct {
	req      capability.Requirement
	module   string    // "" where any module may answer
	provider string    // guarded by routes.mu: the module it leads to, which it keeps to while that matches
	target   *version  // guarded by routes.mu: the version it leads to, running or not
	bound    *instance // guarded by routes.mu: what the binding leads to
	unfit    *instance // guarded by routes.mu: what runs and cannot be bound, for want of a stub
	refs     int       // guarded by routes.mu: open handles
}

type anyRoute interface {
	core() *routeCore
	connect(inst *instance)
}

func (c *routeCore) core() *routeCore { return c }

// connect binds the route to an instance, or to nothing.
func (t *route[T]) connect(inst *instance) {
	if inst == t.bound {
		return
	}
	if left := t.bound; left != nil {
		// Whoever moves the last route away from a version that is not the active one has to see that it is stopped.
		left.reg.background(func() { _ = left.reg.stopIfSuperseded(left.reg.patience, left.u.v) })
	}
	t.bound, t.unfit = inst, nil
	if inst == nil {
		t.binding.Store(nil)
		return
	}
	value, ok := valueOf(inst, t.req.ID, t.stub)
	if !ok {
		t.bound, t.unfit = nil, inst
		t.binding.Store(nil)
		return
	}
	t.binding.Store(&binding[T]{value: value, gate: &inst.gate, inst: inst})
}

// valueOf returns the Go value behind a capability of an instance, or the stub that stands for it.
func valueOf[T any](inst *instance, id capability.ID, stub func(Invoker) T) (value T, ok bool) {
	if n, native := inst.run.(*nativeInstance); native {
		value, ok = n.value(id).(T)
		return value, ok
	}
	if stub == nil {
		return value, false
	}
	return stub(capabilityInvoker{inst.run, id.String()}), true
}

type capabilityInvoker struct {
	run  Instance
	name string
}

func (i capabilityInvoker) Invoke(ctx context.Context, operation string, in []byte) ([]byte, error) {
	return i.run.Invoke(ctx, i.name, operation, in)
}

// routes are what a registry knows of the capabilities that Go code has named to it.
type routes struct {
	mu   sync.Mutex
	byID map[capability.ID]*known // guarded by mu
}

// known is the Go type behind a capability, and the routes that ask for it.
type known struct {
	key    *capabilityKey
	routes []anyRoute // guarded by routes.mu
}

// bindType ties a capability to a Go type, or checks that it is the same as before.
func (r *Registry) bindType(key *capabilityKey) error {
	r.routes.mu.Lock()
	defer r.routes.mu.Unlock()
	k := r.routes.byID[key.id]
	if k == nil {
		r.routes.byID[key.id] = &known{key: key}
		return nil
	}
	if k.key.goTyp == key.goTyp {
		return nil
	}
	return &Error{
		Code: CodeTypeConflict, What: fmt.Sprintf("capability %q", key.id),
		Why: fmt.Sprintf("it is %v at %s and %v at %s", k.key.goTyp, k.key.place, key.goTyp, key.place),
		Fix: "use one NewCapability for both, or two names",
	}
}

// routeFor returns the route for a question about a capability whose type is bound, counting one more handle on it.
func routeFor[T any](r *Registry, c Capability[T], req capability.Requirement, module, prefer string) *route[T] {
	r.routes.mu.Lock()
	defer r.routes.mu.Unlock()
	k := r.routes.byID[req.ID]
	t := findRoute[T](k.routes, req, module)
	if t == nil {
		t = &route[T]{routeCore: routeCore{req: req, module: module, provider: cmp.Or(module, prefer)}}
		k.routes = append(k.routes, t)
	}
	if t.stub == nil {
		t.stub = c.stub
	}
	t.refs++
	r.refresh(t, r.snapshot.Load())
	return t
}

// of returns the routes that ask for a capability. It is called with mu held.
func (rs *routes) of(id capability.ID) []anyRoute {
	if k := rs.byID[id]; k != nil {
		return k.routes
	}
	return nil
}

func findRoute[T any](same []anyRoute, req capability.Requirement, module string) *route[T] {
	for _, other := range same {
		c := other.core()
		if c.module == module && c.req.Range.Equal(req.Range) && c.req.Filter.Equal(req.Filter) {
			t, _ := other.(*route[T])
			return t
		}
	}
	return nil
}

// release takes back one handle. A route that nobody uses is forgotten; if it alone kept a version running
// that is not the active one, that version is stopped.
func (r *Registry) release(t anyRoute) {
	r.routes.mu.Lock()
	c := t.core()
	c.refs--
	if c.refs > 0 {
		r.routes.mu.Unlock()
		return
	}
	k := r.routes.byID[c.req.ID]
	k.routes = slices.DeleteFunc(k.routes, func(other anyRoute) bool { return other == t })
	t.connect(nil)
	r.routes.mu.Unlock()
}

// rerouteChanged refreshes the routes that a new snapshot may move. It is called by the writer.
func (r *Registry) rerouteChanged(s *Snapshot, changes []change) {
	r.routes.mu.Lock()
	defer r.routes.mu.Unlock()
	if s.depends > 0 { // any change may meet or break a condition somewhere
		r.refreshAll(s)
		return
	}
	for _, c := range changes {
		r.refreshVersion(c.v, s)
		if c.was != nil {
			r.refreshVersion(c.was, s)
		}
	}
}

// rerouteVersion refreshes the routes of what v provides, after its state changed.
func (r *Registry) rerouteVersion(v *version) {
	r.routes.mu.Lock()
	defer r.routes.mu.Unlock()
	r.refreshVersion(v, r.snapshot.Load())
}

func (r *Registry) refreshVersion(v *version, s *Snapshot) {
	for _, have := range v.provides {
		for _, t := range r.routes.of(have.ID) {
			r.refresh(t, s)
		}
	}
}

func (r *Registry) refreshAll(s *Snapshot) {
	for _, k := range r.routes.byID {
		for _, t := range k.routes {
			r.refresh(t, s)
		}
	}
}

// refresh leads a route to where it must lead in the snapshot. It is called with routes.mu held.
func (r *Registry) refresh(t anyRoute, s *Snapshot) {
	c := t.core()
	if newest := r.snapshot.Load(); newest.seq > s.seq {
		s = newest
	}
	if r.closing.Load() {
		c.target = nil
		t.connect(nil)
		return
	}
	v := r.pick(c, s)
	if v != nil && v.unit.running() == nil && c.bound != nil && r.keeps(c, v, s) {
		if !v.unit.changing() { // the old version serves until the new one runs
			r.background(func() { _, _ = r.run(r.serving, &v.unit, false) })
		}
		return
	}
	c.target = v
	if v == nil {
		t.connect(nil)
		return
	}
	c.provider = v.name
	t.connect(v.unit.running())
}

// keeps reports whether a bound route stays with its running version, a declared one of the same module that
// still matches, although next is to take over.
func (r *Registry) keeps(c *routeCore, next *version, s *Snapshot) bool {
	old := c.bound.u
	return old.v.name == next.name && s.has(old.v) && old.running() == c.bound && old.v.satisfies(c.req)
}

// pick returns the version that answers a route: of the module that it leads to already, if one still
// matches; else of the best other module. Within a module the active version goes first, then the highest.
func (r *Registry) pick(c *routeCore, s *Snapshot) *version {
	if c.provider != "" {
		if v := r.pickOf(c.provider, c.req, s); v != nil || c.module != "" {
			return v
		}
	}
	var second *version
	for v := range s.providersOf(c.req.ID) {
		if !r.serves(v, c.req, s) {
			continue
		}
		if s.isActive(v) {
			return v
		}
		if second == nil {
			second = v
		}
	}
	return second
}

func (r *Registry) pickOf(name string, req capability.Requirement, s *Snapshot) *version {
	m, ok := s.module(name)
	if !ok {
		return nil
	}
	if r.serves(m.active, req, s) {
		return m.active
	}
	for _, v := range m.versions {
		if v != m.active && r.serves(v, req, s) {
			return v
		}
	}
	return nil
}

// serves reports whether v matches and runs or may be started.
func (r *Registry) serves(v *version, req capability.Requirement, s *Snapshot) bool {
	return v.satisfies(req) && v.unit.usable(s.seq) && r.excluded(s, v) == ""
}
