package authz

import (
	"errors"
	"fmt"
	"slices"
)

// An Account is a principal that exists, whether it is there or not.
type Account struct {
	Subject  Subject  `json:"subject"`
	Groups   []string `json:"groups,omitempty"`
	Disabled bool     `json:"disabled,omitempty"`
}

// A State is what the rules of change look at: a policy and the accounts there are.
type State struct {
	Policy   *Policy
	Accounts []Account
}

// principal returns the account as it stands in a request.
func (a *Account) principal() *Principal {
	return &Principal{Subject: a.Subject, Groups: a.Groups, Disabled: a.Disabled}
}

// check reports what is wrong with the state.
func (s *State) check() error {
	if err := s.Policy.Validate(); err != nil {
		return err
	}
	seen := make(map[Subject]bool, len(s.Accounts))
	for i := range s.Accounts {
		a := &s.Accounts[i]
		if err := a.principal().Check(); err != nil {
			return err
		}
		if seen[a.Subject] {
			return fmt.Errorf("there are two accounts %s", a.Subject)
		}
		seen[a.Subject] = true
	}
	return nil
}

// admins returns the enabled accounts that can administer the whole, on their own and without an end.
func (s *State) admins(c *Context) []Subject {
	bound := s.Policy.boundAsAdmin()
	var list []Subject
	for i := range s.Accounts {
		p := s.Accounts[i].principal()
		if !p.Disabled && slices.ContainsFunc(bound, p.Is) && !s.Policy.locksOut(p, c) {
			list = append(list, p.Subject)
		}
	}
	return list
}

// boundAsAdmin returns to whom the admin role is bound on everything, without conditions that others have a say in.
func (p *Policy) boundAsAdmin() []Subject {
	var list []Subject
	for i := range p.Bindings {
		b := &p.Bindings[i]
		w := &b.When
		if b.Role == RoleAdmin && b.Scope == Fleet() && w.NotAfter.IsZero() && !w.Approval &&
			len(w.Environments) == 0 && len(w.DataClasses) == 0 && len(w.Labels) == 0 {
			list = append(list, b.Subject)
		}
	}
	return list
}

// locksOut reports whether a forbid keeps somebody from changing bindings or forbids.
func (p *Policy) locksOut(who *Principal, c *Context) bool {
	return slices.ContainsFunc(p.Forbids, func(f Forbid) bool {
		return (f.Subject.IsZero() || who.Is(f.Subject)) &&
			(f.Scope == Fleet() || f.Scope.Kind == KindPolicy) &&
			(len(f.Actions) == 0 || has(f.Actions, "role:bind") || has(f.Actions, "policy:edit")) &&
			(f.NotAfter.IsZero() || c.Time.Before(f.NotAfter))
	})
}

// conflicts returns who would hold the auditor role and another that it excludes, groups included.
func (s *State) conflicts() []Subject {
	roles := map[Subject]map[string]bool{}
	for _, b := range s.Policy.Bindings {
		if roles[b.Subject] == nil {
			roles[b.Subject] = map[string]bool{}
		}
		roles[b.Subject][b.Role] = true
	}
	conflict := func(of ...Subject) bool {
		var audits, acts bool
		for _, x := range of {
			audits = audits || roles[x][RoleAuditor]
			acts = acts || roles[x][RoleAdmin] || roles[x][RoleOperator]
		}
		return audits && acts
	}
	var list []Subject
	for subject := range roles {
		if conflict(subject) {
			list = append(list, subject)
		}
	}
	for _, a := range s.Accounts {
		of := []Subject{a.Subject}
		for _, g := range a.Groups {
			of = append(of, Subject{Kind: Group, ID: g})
		}
		if !a.Disabled && conflict(of...) && !slices.Contains(list, a.Subject) {
			list = append(list, a.Subject)
		}
	}
	slices.SortFunc(list, func(a, b Subject) int { return compareText(a.String(), b.String()) })
	return list
}

// CheckApproval reports why a principal cannot approve a request: it is its own, it is disabled or it is not a person.
// Whether it may approve what is asked for is for an [Authorizer].
func CheckApproval(r *Request, approver *Principal) error {
	switch {
	case approver.Subject == r.Principal.Subject:
		return errors.New("nobody approves their own request: ask somebody else")
	case approver.Disabled:
		return errors.New("the approver is disabled")
	case approver.Kind != User:
		return errors.New("a person has to approve it")
	}
	return nil
}
