package authz

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// An Explanation is a decision with all that led to it, for who asks why and for who can change it.
type Explanation struct {
	Decision Decision
	Guards   []GuardRail        // the guard rails that apply
	Forbids  []Forbid           // the forbids that apply
	Bindings []BindingExplained // what is bound to the principal and its groups, at most 256
	Builtin  []string           // the built-in permissions that give it
	Missing  []string           // what would have to change for an allow, in words; nil if it is allowed
	Roles    []string           // the roles that give the action
	Grantors []Subject          // who can give it to the principal: at most 64, in order
}

// BindingExplained is what a binding has to do with a request.
type BindingExplained struct {
	Binding Binding
	Action  bool     // its role gives the action
	Scope   bool     // its scope contains the resource
	Missing []string // what of its conditions does not hold
}

// Gives reports whether the binding gives what is asked for.
func (b *BindingExplained) Gives() bool { return b.Action && b.Scope && len(b.Missing) == 0 }

const (
	maxExplained = 256
	maxGrantors  = 64
)

// Explain decides and says why. It reads the policy from end to end, several times.
func (r *Reference) Explain(req Request) Explanation {
	x := Explanation{Decision: r.Decide(context.Background(), req)}
	action, err := req.Check()
	if err != nil {
		x.Missing = []string{err.Error()}
		return x
	}
	e := &evaluation{policy: r.policy, roles: r.roles, action: action, req: &req}
	x.denials(e)
	x.gifts(e)
	x.Roles = e.rolesOf()
	x.Grantors = e.grantors()
	if !x.Decision.Allow {
		x.Missing = x.missing(&req)
	}
	return x
}

func (x *Explanation) denials(e *evaluation) {
	for _, g := range guardTable {
		if g.applies(e) {
			x.Guards = append(x.Guards, g.GuardRail)
		}
	}
	for i := range e.policy.Forbids {
		if f := &e.policy.Forbids[i]; f.applies(e.req) {
			x.Forbids = append(x.Forbids, *f)
		}
	}
}

func (x *Explanation) gifts(e *evaluation) {
	for _, b := range e.policy.Bindings {
		if len(x.Bindings) < maxExplained && e.req.Principal.Is(b.Subject) {
			x.Bindings = append(x.Bindings, BindingExplained{
				Binding: b, Action: e.roles[b.Role].Allows(e.req.Action), Scope: b.Scope.Contains(e.req.Resource.Path), Missing: b.When.Missing(e.req),
			})
		}
	}
	if e.ownManifest() {
		x.Builtin = append(x.Builtin, OwnManifest)
	}
	if e.ownThing() {
		x.Builtin = append(x.Builtin, OwnThings)
	}
}

// rolesOf returns the names of the roles that give the action.
func (e *evaluation) rolesOf() []string {
	var names []string
	for _, name := range sortedKeys(e.roles) {
		if e.roles[name].Allows(e.req.Action) {
			names = append(names, name)
		}
	}
	return names
}

// grantors returns to whom a role is bound that may give the action there, and that may bind.
func (e *evaluation) grantors() []Subject {
	binds := func(s Subject) bool {
		return slices.ContainsFunc(e.policy.Bindings, func(b Binding) bool {
			return b.Subject == s && e.roles[b.Role].Allows("role:bind") && b.Scope.Contains(e.req.Resource.Path)
		})
	}
	var list []Subject
	for _, b := range e.policy.Bindings {
		if b.Subject != e.req.Principal.Subject && e.roles[b.Role].MayGive(e.req.Action) && b.Scope.Contains(e.req.Resource.Path) &&
			!slices.Contains(list, b.Subject) && binds(b.Subject) {
			list = append(list, b.Subject)
		}
	}
	slices.SortFunc(list, func(a, b Subject) int { return compareText(a.String(), b.String()) })
	return list[:min(len(list), maxGrantors)]
}

// missing says in words what stands between the request and an allow.
func (x *Explanation) missing(req *Request) []string {
	var list []string
	for _, g := range x.Guards {
		list = append(list, g.About+": "+g.Fix)
	}
	for _, f := range x.Forbids {
		list = append(list, fmt.Sprintf("forbid %s would have to end (%s)", f.ID, orElse(f.Reason, "no reason given")))
	}
	if len(x.Builtin) > 0 || slices.ContainsFunc(x.Bindings, func(b BindingExplained) bool { return b.Gives() }) {
		return list
	}
	near := false
	for _, b := range x.Bindings {
		if b.Action && b.Scope {
			near = true
			list = append(list, fmt.Sprintf("binding %s: %s", b.Binding.ID, strings.Join(b.Missing, ", ")))
		}
	}
	if !near {
		list = append(list, fmt.Sprintf("a role with %s (%s) bound on %s or above", req.Action, orElse(strings.Join(x.Roles, ", "), "there is none"), req.Resource.Path))
	}
	return list
}

// String returns the explanation in lines of text, the decision first.
func (x *Explanation) String() string {
	var b strings.Builder
	verdict := "denied"
	if x.Decision.Allow {
		verdict = "allowed"
	}
	fmt.Fprintf(&b, "%s: %s\n", verdict, x.Decision.Reason)
	for _, m := range x.Missing {
		fmt.Fprintf(&b, "missing: %s\n", m)
	}
	for i := range x.Bindings {
		fmt.Fprintf(&b, "binding %s: %s\n", x.Bindings[i].Binding.ID, x.Bindings[i].words())
	}
	if !x.Decision.Allow && len(x.Grantors) > 0 {
		b.WriteString("can give it:")
		for _, s := range x.Grantors {
			b.WriteString(" " + s.String())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func (b *BindingExplained) words() string {
	what := fmt.Sprintf("role %s for %s on %s", b.Binding.Role, b.Binding.Subject, b.Binding.Scope)
	switch {
	case !b.Action:
		return what + " does not give the action"
	case !b.Scope:
		return what + " does not reach the resource"
	case len(b.Missing) > 0:
		return what + " does not count: " + strings.Join(b.Missing, ", ")
	}
	return what + " gives it"
}

func orElse(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

func compareText(a, b string) int { return strings.Compare(a, b) }
