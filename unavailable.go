package modreg

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/nearest"
)

// targetOf returns the version that a route leads to, or why it leads nowhere.
func (r *Registry) targetOf(t anyRoute) (*version, error) {
	s := r.snapshot.Load()
	r.routes.mu.Lock()
	r.refresh(t, s)
	v, req, module := t.core().target, t.core().req, t.core().module
	r.routes.mu.Unlock()
	switch {
	case r.closing.Load():
		return nil, errClosed("call " + req.ID.String())
	case v == nil:
		return nil, r.whyNot(req, module)
	}
	return v, nil
}

// whyNot says why nothing serves req now: what would match, and what is wrong with it.
func (r *Registry) whyNot(req capability.Requirement, module string) error {
	s := r.snapshot.Load()
	what := "call " + req.ID.String()
	var first error
	for v := range s.providersOf(req.ID) {
		if (module != "" && v.name != module) || !v.satisfies(req) {
			continue
		}
		err := v.unit.unavailable()
		if err == nil {
			if why := r.excluded(s, v); why != "" {
				err = &Error{Code: CodeUnresolved, What: "module " + v.ref(), Why: why}
			}
		}
		if err != nil && first == nil {
			first = err
		}
	}
	if first == nil {
		nf := r.notFound(req, module)
		return &Error{Code: CodeUnavailable, What: what, Why: nf.Why, Fix: nf.Fix}
	}
	return &Error{Code: CodeUnavailable, What: what, Why: first.Error(), Err: first}
}

// notFound says that nothing registered matches, and what comes near.
func (r *Registry) notFound(req capability.Requirement, module string) *Error {
	s := r.snapshot.Load()
	e := &Error{Code: CodeNotFound, What: "look up " + req.String(), Why: "no registered module provides it"}
	if module != "" {
		e.What += fmt.Sprintf(" from %q", module)
		e.Why = "this module does not provide it"
		if _, ok := s.active.Get(module); !ok {
			e.Why, e.Fix = "no module has this name", s.nearName(module)
			return e
		}
	}
	if near := s.nearProviders(req, module); len(near) > 0 {
		e.Why = "no provider matches the version range and the filter"
		e.Fix = strings.Join(near, ", ")
		return e
	}
	e.Fix = s.nearCapability(req.ID)
	return e
}

// nearProviders names the providers that come nearest to what is asked: those that satisfy the filter go first, then
// those that satisfy the range.
func (s *Snapshot) nearProviders(req capability.Requirement, module string) []string {
	const most = 5
	var ranked [3][]string
	i := 0
	for v := range s.providersOf(req.ID) {
		have, ok := v.provided(req.ID)
		if i++; i > maxCompared {
			break
		}
		if !ok || (module != "" && v.name != module) {
			continue
		}
		text := v.ref() + " provides " + have.String()
		if !have.Attrs.IsZero() {
			text += " with " + string(have.Attrs.AppendJSON(nil))
		}
		rank := 2
		if req.Filter.Match(have.Attrs) {
			rank = 0
		} else if req.Range.Contains(have.Version) {
			rank = 1
		}
		if len(ranked[rank]) < most {
			ranked[rank] = append(ranked[rank], text)
		}
	}
	near := slices.Concat(ranked[:]...)
	return near[:min(len(near), most)]
}

// connectable reports why a running version cannot serve a route: its runtime speaks bytes, and the route's Go
// type has no stub.
func (r *Registry) connectable(t anyRoute, v *version) error {
	r.routes.mu.Lock()
	defer r.routes.mu.Unlock()
	if unfit := t.core().unfit; unfit == nil || unfit != v.unit.running() {
		return nil
	}
	return &Error{
		Code: CodeUnsupported, What: "call " + t.core().req.ID.String() + " of " + v.ref(),
		Why: fmt.Sprintf("the module runs in runtime %q, and the capability's Go type has no stub for it", v.doc().Runtime),
		Fix: "make the capability with modreg.NewCapabilityStub",
	}
}

// unavailable joins why nothing is left to try with why what was tried failed.
func unavailable(err, failed error) error {
	switch CodeOf(failed) {
	case "", CodeQuarantined, CodeNotFound, CodeUnbound: // it was taken away meanwhile: that is no failure
		return err
	}
	if CodeOf(err) == CodeClosed {
		return err
	}
	return failed
}

func (h *Handle[T]) nothing() error {
	return &Error{
		Code: CodeUnavailable, What: "call " + h.held.route.core().req.ID.String(),
		Why: "its providers come and go faster than the call can reach one", Fix: "try again",
	}
}

// maxCompared is how many names an error message is worth comparing.
const maxCompared = 10_000

// nearName suggests a registered name that name may be a slip of.
func (s *Snapshot) nearName(name string) string {
	return didYouMean(nearest.Of(name, func(yield func(string) bool) {
		i := 0
		for other := range s.active.All() {
			if i++; i > maxCompared || !yield(other) {
				return
			}
		}
	}))
}

// nearCapability suggests a provided capability that id may be a slip of.
func (s *Snapshot) nearCapability(id capability.ID) string {
	return didYouMean(nearest.Of(id.String(), func(yield func(string) bool) {
		i := 0
		for other := range s.caps.All() {
			if i++; i > maxCompared || !yield(other) {
				return
			}
		}
	}))
}

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", name)
}
