package authz

import (
	"context"
	"slices"
	"strings"
)

// A Reference decides by reading the policy from end to end: slowly, and as plainly as it can be written. It is what other
// authorizers are tested against.
type Reference struct {
	policy *Policy
	roles  map[string]*Role
}

var _ Authorizer = (*Reference)(nil)

// NewReference returns an authorizer for a policy, which nobody may change from then on. Errors are those of [Policy.Validate].
func NewReference(p *Policy) (*Reference, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	r := &Reference{policy: p, roles: map[string]*Role{}}
	builtin := bundled()
	for i := range builtin {
		r.roles[builtin[i].Name] = &builtin[i]
	}
	for i := range p.Roles {
		r.roles[p.Roles[i].Name] = &p.Roles[i]
	}
	return r, nil
}

// evaluation is one request in front of one policy.
type evaluation struct {
	policy *Policy
	roles  map[string]*Role
	action Action
	req    *Request
}

// Decide implements [Authorizer].
func (r *Reference) Decide(_ context.Context, req Request) Decision {
	action, err := req.Check()
	if err != nil {
		return Refuse(r.policy.Revision, err.Error())
	}
	e := &evaluation{policy: r.policy, roles: r.roles, action: action, req: &req}
	if ids := e.forbids(); len(ids) > 0 {
		return Denied(r.policy, &req, ids)
	}
	if ids := e.permits(); len(ids) > 0 {
		return Allowed(r.policy.Revision, ids)
	}
	return Denied(r.policy, &req, nil)
}

// forbids returns the identifiers of the guard rails and forbids that apply.
func (e *evaluation) forbids() []string {
	var ids []string
	for _, g := range guardTable {
		if g.applies(e) {
			ids = append(ids, g.ID)
		}
	}
	for i := range e.policy.Forbids {
		if f := &e.policy.Forbids[i]; f.applies(e.req) {
			ids = append(ids, "forbid/"+f.ID)
		}
	}
	return ids
}

// permits returns the identifiers of the bindings and built-in permissions that give the action.
func (e *evaluation) permits() []string {
	var ids []string
	for i := range e.policy.Bindings {
		b := &e.policy.Bindings[i]
		if e.gives(b) && len(b.When.Missing(e.req)) == 0 {
			ids = append(ids, "binding/"+b.ID)
		}
	}
	if e.ownManifest() {
		ids = append(ids, OwnManifest)
	}
	if e.ownThing() {
		ids = append(ids, OwnThings)
	}
	return ids
}

// gives reports whether a binding gives the action on the resource, its conditions apart.
func (e *evaluation) gives(b *Binding) bool {
	return e.roles[b.Role].Allows(e.req.Action) && e.req.Principal.Is(b.Subject) && b.Scope.Contains(e.req.Resource.Path)
}

func (e *evaluation) ownManifest() bool {
	return e.req.Principal.Kind == Module && (e.req.Action == "module:invoke" || e.req.Action == "secret:use") && e.granted()
}

func (e *evaluation) ownThing() bool {
	return e.action.By(e.req.Principal.Kind) && IsOwnThing(e.req.Action) && e.req.Resource.Owner == e.req.Principal.Subject
}

// Allowed returns the decision of what the policies of some identifiers permit. It puts ids into order.
func Allowed(revision string, ids []string) Decision {
	ids = inOrder(ids)
	return Decision{Allow: true, Reason: "allowed by " + ids[0], Policies: ids, Revision: revision}
}

// Denied returns the decision of what some guard rails and forbids deny, or of what nothing permits if there are no
// identifiers. It puts ids into order.
func Denied(p *Policy, req *Request, ids []string) Decision {
	if len(ids) == 0 {
		return Decision{Reason: "nothing that is bound to " + req.Principal.String() + " gives " + req.Action + " on " + req.Resource.Path.String(), Revision: p.Revision}
	}
	return Decision{Reason: forbidReason(p, ids), Policies: inOrder(ids), Revision: p.Revision}
}

// Refuse returns the decision of a request that could not be decided.
func Refuse(revision string, errs ...string) Decision {
	return Decision{Reason: "the request cannot be decided: " + strings.Join(errs, "; "), Revision: revision, Errors: errs}
}

// forbidReason says in words why the first of ids, in the order of the guard rails, denies.
func forbidReason(p *Policy, ids []string) string {
	for i := range guardTable {
		if g := &guardTable[i]; slices.Contains(ids, g.ID) {
			return g.About + ": " + g.Fix
		}
	}
	for i := range p.Forbids {
		if f := &p.Forbids[i]; slices.Contains(ids, "forbid/"+f.ID) && f.Reason != "" {
			return "forbidden: " + f.Reason
		}
	}
	return "forbidden by " + slices.Min(ids)
}

// inOrder sorts identifiers and keeps at most MaxPolicies.
func inOrder(ids []string) []string {
	slices.Sort(ids)
	return ids[:min(len(ids), MaxPolicies)]
}
