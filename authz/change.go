package authz

import (
	"fmt"
	"slices"
	"strings"
)

// The rules that a change has to keep.
const (
	RuleValid  = "valid"         // what would be is well-formed
	RuleGrant  = "grant"         // nobody gives what they lack
	RuleSelf   = "self"          // nobody gives to themselves
	RuleForbid = "forbid"        // nobody takes away what forbids them
	RuleAdmin  = "administrator" // somebody remains who can administer
	RuleDuties = "duties"        // in strict mode, who audits changes nothing
)

// A Violation is one rule that a change would break.
type Violation struct {
	Rule   string // one of the rules above
	Reason string
	Fix    string // may be empty
}

// A ChangeError is all that speaks against a change.
type ChangeError struct{ Violations []Violation }

// Error returns the reasons.
func (e *ChangeError) Error() string {
	var text []string
	for _, v := range e.Violations {
		text = append(text, v.Reason)
	}
	return strings.Join(text, "; ")
}

// maxViolations is the most violations that a ChangeError has.
const maxViolations = 16

// CheckChange judges a change by what would be after it. The editor and the circumstances are those of the request for the change;
// whether the editor may make such a change at all is for an [Authorizer] to decide before, and before must be the state that
// the change is applied to, in the same transaction. The error is a [*ChangeError].
//
// An editor may give an action on a part of the tree if a binding of theirs, whose conditions hold now, has it in the
// actions or grants of its role, on that part or above, under conditions that are no stricter than those of what is given, and
// if the token that they use is good for it. To give is to add or widen a binding, to add to a role, to put an account into
// a group, and to create or enable an account that something is bound to. The system itself may give anything.
func CheckChange(before, after *State, editor *Principal, c *Context) error {
	if err := after.check(); err != nil {
		return &ChangeError{[]Violation{{RuleValid, err.Error(), ""}}}
	}
	j := &judge{before: before, after: after, editor: editor, req: &Request{Principal: *editor, Context: *c}}
	if editor.Kind != System {
		j.roles()
		j.bindings()
		j.accounts()
		j.forbids()
	}
	if len(before.admins(c)) > 0 && len(after.admins(c)) == 0 {
		j.add(RuleAdmin, "nobody who is enabled would be left to administer", "bind the admin role on the fleet to another account first")
	}
	if after.Policy.Settings.Strict {
		for _, s := range after.conflicts() {
			j.add(RuleDuties, fmt.Sprintf("%s would hold the auditor role and one that it excludes, admin or operator", s), "use two accounts")
		}
	}
	if len(j.found) > 0 {
		return &ChangeError{j.found}
	}
	return nil
}

// CheckGroup judges that others come into a group by a rule, as by a mapping of the groups of an identity provider: the editor
// has to be able to give everything that is bound to the group. Whom the rule brings in is not known then; an editor whom it would bring in
// must not make it. The error is a [*ChangeError].
func CheckGroup(s *State, group string, editor *Principal, c *Context) error {
	j := &judge{before: s, after: s, editor: editor, req: &Request{Principal: *editor, Context: *c}}
	if editor.Kind != System {
		for i := range s.Policy.Bindings {
			if b := &s.Policy.Bindings[i]; b.Subject == (Subject{Kind: Group, ID: group}) {
				j.give("group "+group, j.all(b), b.Scope, &b.When)
			}
		}
	}
	if len(j.found) > 0 {
		return &ChangeError{j.found}
	}
	return nil
}

// A judge collects what speaks against a change.
type judge struct {
	before, after *State
	editor        *Principal
	req           *Request // of the editor, without action and resource
	found         []Violation
}

func (j *judge) add(rule, reason, fix string) {
	v := Violation{rule, reason, fix}
	if len(j.found) < maxViolations && !slices.Contains(j.found, v) {
		j.found = append(j.found, v)
	}
}

// roles judges new and widened roles, and what the bindings of the latter give more.
func (j *judge) roles() {
	for _, r := range j.after.Policy.Roles {
		old, existed := j.before.Policy.Role(r.Name)
		more := added(&old, &r)
		if len(more) == 0 {
			continue
		}
		if !existed {
			j.give("role "+r.Name, more, Fleet(), &Conditions{})
			continue
		}
		for i := range j.after.Policy.Bindings {
			if b := &j.after.Policy.Bindings[i]; b.Role == r.Name {
				j.gain("role "+r.Name, b.Subject, more, b)
			}
		}
		j.give("role "+r.Name, more, Fleet(), &Conditions{})
	}
}

// added returns what the holders of a role gain if it becomes another.
func added(old, r *Role) []string {
	var more []string
	for _, a := range r.Actions {
		if !old.Allows(a) {
			more = append(more, a)
		}
	}
	for _, a := range r.Grants {
		if !old.MayGive(a) && !slices.Contains(more, a) {
			more = append(more, a)
		}
	}
	return more
}

// bindings judges new and widened bindings.
func (j *judge) bindings() {
	old := make(map[string]*Binding, len(j.before.Policy.Bindings))
	for i := range j.before.Policy.Bindings {
		old[j.before.Policy.Bindings[i].ID] = &j.before.Policy.Bindings[i]
	}
	for i := range j.after.Policy.Bindings {
		b := &j.after.Policy.Bindings[i]
		if was := old[b.ID]; was == nil || !was.includes(b) {
			j.gain("binding "+b.ID, b.Subject, j.all(b), b)
		}
	}
}

// includes reports whether b gives nothing that was did not give.
func (b *Binding) includes(c *Binding) bool {
	return b.Subject == c.Subject && b.Role == c.Role && b.Scope.Contains(c.Scope) && b.When.Includes(&c.When)
}

// all returns everything that a binding gives after the change.
func (j *judge) all(b *Binding) []string {
	role, _ := j.after.Policy.Role(b.Role)
	return added(&Role{}, &role)
}

// accounts judges what accounts gain by new groups, or by being there.
func (j *judge) accounts() {
	old := make(map[Subject]*Account, len(j.before.Accounts))
	for i := range j.before.Accounts {
		old[j.before.Accounts[i].Subject] = &j.before.Accounts[i]
	}
	for i := range j.after.Accounts {
		a := &j.after.Accounts[i]
		was := old[a.Subject]
		if was != nil && was.Disabled == a.Disabled && slices.Equal(was.Groups, a.Groups) {
			continue
		}
		j.leaves(a, was)
		if a.Disabled {
			continue
		}
		p := a.principal()
		for k := range j.after.Policy.Bindings {
			b := &j.after.Policy.Bindings[k]
			if p.Is(b.Subject) && (was == nil || was.Disabled || !was.principal().Is(b.Subject)) {
				j.gain("account "+a.Subject.String(), a.Subject, j.all(b), b)
			}
		}
	}
}

// leaves judges an account that leaves a group which something is forbidden to.
func (j *judge) leaves(a, was *Account) {
	if was == nil {
		return
	}
	for _, f := range j.before.Policy.Forbids {
		if f.Subject.Kind != Group || !was.principal().Is(f.Subject) || a.principal().Is(f.Subject) {
			continue
		}
		if a.Subject == j.editor.Subject || !j.may("policy:edit", f.Scope, &Conditions{}) {
			j.add(RuleForbid, fmt.Sprintf("forbid %s would no longer hold for %s", f.ID, a.Subject), "who may edit the policy can do it")
		}
	}
}

// forbids judges forbids that the editor is named by.
func (j *judge) forbids() {
	for _, f := range j.before.Policy.Forbids {
		if f.Subject.IsZero() || !j.editor.Is(f.Subject) {
			continue
		}
		kept := slices.ContainsFunc(j.after.Policy.Forbids, func(g Forbid) bool {
			return g.ID == f.ID && g.Subject == f.Subject && slices.Equal(g.Actions, f.Actions) && g.Scope == f.Scope && g.NotAfter.Equal(f.NotAfter)
		})
		if !kept {
			j.add(RuleForbid, fmt.Sprintf("forbid %s is about %s, who cannot change it", f.ID, j.editor.Subject), "ask somebody else")
		}
	}
}

// gain judges that somebody would have actions, by a binding, that they did not have before.
func (j *judge) gain(by string, to Subject, actions []string, b *Binding) {
	if j.editor.Is(to) {
		j.add(RuleSelf, fmt.Sprintf("%s would give %s to %s, who asks for it", by, strings.Join(actions, ", "), to), "ask somebody else who may")
		return
	}
	j.give(by, actions, b.Scope, &b.When)
}

// give judges that the editor would give actions.
func (j *judge) give(by string, actions []string, scope Path, when *Conditions) {
	var lacking []string
	for _, a := range actions {
		if !j.may(a, scope, when) {
			lacking = append(lacking, a)
		}
	}
	if len(lacking) > 0 {
		j.add(RuleGrant, fmt.Sprintf("%s would give %s on %s, and %s may not give that", by, strings.Join(lacking, ", "), scope, j.editor.Subject),
			"ask somebody who has it, or give less")
	}
}

// may reports whether the editor may give an action.
func (j *judge) may(action string, scope Path, when *Conditions) bool {
	return j.before.Policy.mayGive(j.req, action, scope, when)
}

// mayGive reports whether who makes a request may give an action to others.
func (p *Policy) mayGive(r *Request, action string, scope Path, when *Conditions) bool {
	if r.Principal.Disabled || r.Context.Token != nil && !r.Context.Token.Allows(action, scope) {
		return false
	}
	probe := Request{Principal: r.Principal, Action: action, Resource: Resource{Path: scope}, Context: r.Context}
	if slices.ContainsFunc(p.Forbids, func(f Forbid) bool { return !f.Subject.IsZero() && f.overlaps(&probe) }) {
		return false
	}
	return slices.ContainsFunc(p.Bindings, func(b Binding) bool {
		if !r.Principal.Is(b.Subject) || !b.Scope.Contains(scope) || !b.When.Includes(when) || len(b.When.missingNow(r)) > 0 {
			return false
		}
		role, ok := p.Role(b.Role)
		return ok && role.MayGive(action)
	})
}

// overlaps reports whether the forbid denies a request on the resource or on a part of it.
func (f *Forbid) overlaps(r *Request) bool {
	if f.applies(r) {
		return true
	}
	wider := *f
	wider.Scope = r.Resource.Path
	return r.Resource.Path.Contains(f.Scope) && wider.applies(r)
}
