package authz

import (
	"fmt"
	"slices"
)

// CheckToken reports why the principal of a request cannot create a token with some scopes for an owner: a scope is malformed or
// names an action that the owner lacks there, the request itself was made with a token of narrower scopes, or the owner is another
// person, or can do what the creator may not give. A scope without actions is whatever the owner may do there. Whether the
// creator may create tokens at all is for an [Authorizer].
func (p *Policy) CheckToken(r *Request, owner *Principal, scopes []TokenScope) error {
	if len(scopes) == 0 || len(scopes) > MaxTokenScopes {
		return fmt.Errorf("token: it has %d scopes: 1 to %d are possible", len(scopes), MaxTokenScopes)
	}
	for i := range scopes {
		s := &scopes[i]
		if err := s.Within.Check(); err != nil {
			return fmt.Errorf("token: scope %d: %w", i, err)
		}
		if err := checkActions(s.Actions); err != nil {
			return fmt.Errorf("token: scope %d: %w", i, err)
		}
		for _, a := range s.Actions {
			if !p.has(owner, a, s.Within) {
				return fmt.Errorf("token: %s has no %s on %s: a token cannot do more than its owner", owner.Subject, a, s.Within)
			}
		}
		if t := r.Context.Token; t != nil && !slices.ContainsFunc(t.Scopes, func(w TokenScope) bool { return w.includes(s) }) {
			return fmt.Errorf("token: scope %d is wider than the token that asks for it", i)
		}
	}
	if owner.Subject == r.Principal.Subject {
		return nil
	}
	return p.checkForeign(r, owner, scopes)
}

// includes reports whether s is good for everything that t is good for.
func (s *TokenScope) includes(t *TokenScope) bool {
	return s.Within.Contains(t.Within) && (len(s.Actions) == 0 || len(t.Actions) > 0 &&
		!slices.ContainsFunc(t.Actions, func(a string) bool { return !slices.Contains(s.Actions, a) }))
}

// has reports whether a binding gives an action to a principal on all of a part of the tree, whatever its conditions.
func (p *Policy) has(who *Principal, action string, scope Path) bool {
	if IsOwnThing(action) && (scope.Kind == KindToken || scope.Kind == KindPrincipal) {
		return true
	}
	return slices.ContainsFunc(p.Bindings, func(b Binding) bool {
		if !who.Is(b.Subject) || !b.Scope.Contains(scope) {
			return false
		}
		role, ok := p.Role(b.Role)
		return ok && role.Allows(action)
	})
}

// checkForeign reports why a principal cannot create a token for another.
func (p *Policy) checkForeign(r *Request, owner *Principal, scopes []TokenScope) error {
	if owner.Kind == User {
		return fmt.Errorf("token: nobody but %s creates tokens of %s", owner.Subject, owner.Subject)
	}
	for i := range p.Bindings {
		b := &p.Bindings[i]
		if !owner.Is(b.Subject) {
			continue
		}
		role, _ := p.Role(b.Role)
		for _, a := range added(&Role{}, &role) {
			at, good := overlap(a, b.Scope, scopes)
			if good && !p.mayGive(r, a, at, &b.When) {
				return fmt.Errorf("token: it could do %s on %s, and %s may not give that", a, at, r.Principal.Subject)
			}
		}
	}
	return nil
}

// overlap returns where a binding's action could be done with a token; false if nowhere.
func overlap(action string, scope Path, scopes []TokenScope) (Path, bool) {
	var at Path
	for _, s := range scopes {
		if len(s.Actions) > 0 && !slices.Contains(s.Actions, action) {
			continue
		}
		switch {
		case s.Within.Contains(scope):
			return scope, true
		case scope.Contains(s.Within) && (at.IsZero() || s.Within.Contains(at)):
			at = s.Within
		}
	}
	return at, !at.IsZero()
}
