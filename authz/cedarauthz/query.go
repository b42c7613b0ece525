package cedarauthz

import (
	"iter"
	"slices"
	"sync"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/types"

	"github.com/modreg/modreg/authz"
)

// A query is one request in front of one set: the policies that may match, and the entities of its principal and resource. It is the
// engine's iterator of policies and its getter of entities.
type query struct {
	set       *set
	rules     []*rule
	principal types.Entity
	resource  types.Entity
}

// All returns the policies that may match.
func (q *query) All() iter.Seq2[cedar.PolicyID, *cedar.Policy] {
	return func(yield func(cedar.PolicyID, *cedar.Policy) bool) {
		for _, r := range q.rules {
			if !yield(cedar.PolicyID(r.id), r.policy) {
				return
			}
		}
	}
}

// Get returns an entity. All that a resource is in stands in its own entity, so that those are not looked for.
func (q *query) Get(uid types.EntityUID) (types.Entity, bool) {
	switch uid {
	case q.principal.UID:
		return q.principal, true
	case q.resource.UID:
		return q.resource, true
	}
	e, ok := q.set.entities[uid]
	return e, ok
}

var (
	_ cedar.PolicyIterator = (*query)(nil)
	_ types.EntityGetter   = (*query)(nil)
)

var queries = sync.Pool{New: func() any { return new(query) }}

// factsOf returns what is true of a request.
func (s *set) factsOf(r *authz.Request) facts {
	var f facts
	for i := range principalKinds {
		if principalKinds[i].kind == r.Principal.Kind {
			f = 1 << i
		}
	}
	f |= s.holds[r.Principal.Subject]
	for _, g := range r.Principal.Groups {
		f |= s.holds[authz.Subject{Kind: authz.Group, ID: g}]
	}
	if r.Principal.Disabled {
		f |= isDisabled
	}
	if r.Context.Token != nil {
		f |= hasToken
	}
	if r.Context.Approval != nil {
		f |= hasApproval
	}
	return f
}

// find collects the rules whose heads may match, and returns what they read.
func (q *query) find(r *authz.Request, e *entry) needs {
	f := q.set.factsOf(r)
	for _, rule := range e.rules {
		if rule.facts&f == rule.facts {
			q.rules = append(q.rules, rule)
		}
	}
	q.reach(authz.Subject{}, r, e)
	q.reach(r.Principal.Subject, r, e)
	for i, g := range r.Principal.Groups {
		if !slices.Contains(r.Principal.Groups[:i], g) {
			q.reach(authz.Subject{Kind: authz.Group, ID: g}, r, e)
		}
	}
	var n needs
	for _, rule := range q.rules {
		n |= rule.needs
	}
	return n
}

// reach collects what is for one subject on the resource or above.
func (q *query) reach(who authz.Subject, r *authz.Request, e *entry) {
	by := q.set.reach[who]
	if by == nil {
		return
	}
	for at, ok := r.Resource.Path, true; ok; at, ok = at.Parent() {
		for _, rule := range by[at] {
			if rule.on.has(e.at) {
				q.rules = append(q.rules, rule)
			}
		}
	}
}

// fill makes the entities of principal and resource, as far as they are needed.
func (q *query) fill(r *authz.Request, n needs) {
	q.principal = types.Entity{UID: uidOfSubject(r.Principal.Subject)}
	if n&needGroups != 0 {
		q.principal.Parents = q.set.groupsOf(&r.Principal)
	}
	if n&needsPrincipal != 0 {
		q.principal.Attributes = principalRecord(&r.Principal, n)
	}
	q.resource = types.Entity{UID: uidOfPath(r.Resource.Path)}
	if n&needPlaces != 0 {
		q.resource.Parents = placesOf(r.Resource.Path)
	}
	if n&needsResource != 0 {
		q.resource.Attributes = resourceRecord(&r.Resource, n)
	}
	if n&needLabels != 0 {
		q.resource.Tags = labelsRecord(r.Resource.Labels)
	}
}

// groupsOf returns everything that a principal is in.
func (s *set) groupsOf(p *authz.Principal) types.EntityUIDSet {
	in := make([]types.EntityUID, 0, 8)
	in = append(in, s.isIn[p.Subject]...)
	for _, g := range p.Groups {
		group := authz.Subject{Kind: authz.Group, ID: g}
		in = append(in, uidOfSubject(group))
		in = append(in, s.isIn[group]...)
	}
	if p.Disabled {
		in = append(in, disabled())
	}
	return types.NewEntityUIDSet(in...)
}

// placesOf returns everything that a resource is in.
func placesOf(p authz.Path) types.EntityUIDSet {
	in := make([]types.EntityUID, 0, 8)
	for at, ok := p.Parent(); ok; at, ok = at.Parent() {
		in = append(in, uidOfPath(at))
	}
	return types.NewEntityUIDSet(in...)
}
