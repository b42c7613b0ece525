package modreg

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/resolve"
)

// plan resolves what u must have to start, and in which order. Modules that run, and active versions, are
// preferred.
func (r *Registry) plan(ctx context.Context, u *unit) (*resolve.Solution, error) {
	what := "start " + u.v.ref()
	s := r.snapshot.Load()
	if why := r.excluded(s, u.v); why != "" {
		return nil, &Error{Code: CodeUnresolved, What: what, Why: why}
	}
	uni := &universe{reg: r, snap: s, made: map[*version]*resolve.Candidate{}}
	root := uni.candidate(u.v)
	if len(root.Requires) == 0 {
		r.resolved(u)
		return &resolve.Solution{Modules: []resolve.Chosen{{Candidate: root}}}, nil
	}
	sol, err := resolve.Resolve(ctx, resolve.Problem{
		Universe: uni, Pinned: []*resolve.Candidate{root}, Exclude: uni.excluded, Acyclic: true,
	})
	if err != nil {
		return nil, r.unresolved(what, s, err)
	}
	r.resolved(u)
	return sol, nil
}

// resolved notes that u's requirements have providers.
func (r *Registry) resolved(u *unit) {
	u.mu.Lock()
	if u.inst != nil || u.busy != nil || u.state == StateQuarantined {
		u.mu.Unlock()
		return
	}
	event := u.set(StateResolved, "", nil)
	u.mu.Unlock()
	r.announce(event)
}

// unresolved gives an error of the solver a code and a fix.
func (r *Registry) unresolved(what string, s *Snapshot, err error) error {
	if cycle, ok := errors.AsType[*resolve.CycleError](err); ok {
		return &Error{
			Code: CodeCycle, What: what, Err: cycle,
			Fix: "make one of these requirements optional, or move what both need into a module of its own",
		}
	}
	if unsat, ok := errors.AsType[*resolve.UnsatisfiableError](err); ok {
		fix := "register a module that provides it"
		for _, missing := range unsat.Missing() {
			if near := s.nearCapability(missing.Requirement.ID); near != "" {
				fix = near
				break
			}
		}
		return &Error{Code: CodeUnresolved, What: what, Err: err, Fix: fix}
	}
	if cause := context.Canceled; errors.Is(err, cause) || errors.Is(err, context.DeadlineExceeded) {
		return interrupted(what, err)
	}
	return &Error{Code: CodeUnresolved, What: what, Err: err}
}

// A universe shows the solver the versions that this process can start.
type universe struct {
	reg  *Registry
	snap *Snapshot
	made map[*version]*resolve.Candidate
}

func (u *universe) Providers(id capability.ID) iter.Seq[*resolve.Candidate] {
	return func(yield func(*resolve.Candidate) bool) {
		for v := range u.snap.providersOf(id) {
			if !yield(u.candidate(v)) {
				return
			}
		}
	}
}

// excluded says why this process cannot start a version, "" if it can.
func (u *universe) excluded(c *resolve.Candidate) string {
	v := c.Ref.(*version)
	if why := v.unit.unusable(u.snap.seq); why != "" {
		return why
	}
	return u.reg.excluded(u.snap, v)
}

func (u *universe) candidate(v *version) *resolve.Candidate {
	c, ok := u.made[v]
	if !ok {
		c = &resolve.Candidate{
			Name: v.name, Version: v.vers, Provides: v.provides, Requires: v.requires,
			Preferred: u.snap.isActive(v), Ref: v,
		}
		if v.unit.running() != nil {
			c.Rank = 1
		}
		u.made[v] = c
	}
	return c
}

// excluded says why a version's conditions keep it out here; "" if they do not.
func (r *Registry) excluded(s *Snapshot, v *version) string {
	c := v.doc().Conditions
	if c == nil {
		return ""
	}
	if why := r.excludedHere(c); why != "" {
		return why
	}
	for _, req := range v.checked().Conditions() {
		if !s.provides(req, v) {
			return fmt.Sprintf("its condition is not met: nothing registered provides %s", req)
		}
	}
	return ""
}

// excludedHere judges the conditions that depend on the process alone.
func (r *Registry) excludedHere(c *manifest.Conditions) string {
	if len(c.OS) > 0 && !slices.Contains(c.OS, runtime.GOOS) {
		return fmt.Sprintf("its condition is not met: the operating system is %s, not %s", runtime.GOOS, strings.Join(c.OS, " or "))
	}
	if len(c.Arch) > 0 && !slices.Contains(c.Arch, runtime.GOARCH) {
		return fmt.Sprintf("its condition is not met: the architecture is %s, not %s", runtime.GOARCH, strings.Join(c.Arch, " or "))
	}
	for name, accepted := range c.Environment {
		value, ok := r.opts.env(name)
		if !ok {
			return fmt.Sprintf("its condition is not met: the environment variable %s is not set", name)
		}
		if len(accepted) > 0 && !slices.Contains(accepted, value) {
			// The value itself may be a secret.
			return fmt.Sprintf("its condition is not met: the environment variable %s is not one of %s", name, strings.Join(accepted, ", "))
		}
	}
	return ""
}

// provides reports whether a declared version other than except satisfies req.
func (s *Snapshot) provides(req capability.Requirement, except *version) bool {
	for v := range s.providersOf(req.ID) {
		if v != except && v.satisfies(req) {
			return true
		}
	}
	return false
}
