package cedarauthz

import (
	"fmt"
	"time"

	"github.com/modreg/modreg/authz"
)

// rehearsed is for how many bindings a set is rehearsed.
const rehearsed = 16

// rehearse asks the set what must be denied whatever the policy is, before it is put in force: everything to strangers, and what
// the guard rails are there for to those who are bound. Nor may there be an error.
func (s *set) rehearse() error {
	at := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	for _, a := range authz.Actions() {
		for _, kind := range [...]string{authz.User, authz.Module, authz.Node} {
			err := s.mustDeny("a stranger", &authz.Request{
				Principal: authz.Principal{Subject: authz.Subject{Kind: kind, ID: "stranger:rehearsal"}}, Action: a.Name,
				Resource: authz.Resource{Path: authz.Fleet()}, Context: authz.Context{Time: at},
			})
			if err != nil {
				return err
			}
		}
	}
	for i := range min(len(s.policy.Bindings), rehearsed) {
		if err := s.rehearseBinding(&s.policy.Bindings[i], at); err != nil {
			return err
		}
	}
	return nil
}

func (s *set) rehearseBinding(b *authz.Binding, at time.Time) error {
	who := authz.Principal{Subject: b.Subject}
	if b.Subject.Kind == authz.Group {
		who = authz.Principal{Subject: authz.Subject{Kind: authz.User, ID: "stranger:rehearsal"}, Groups: []string{b.Subject.ID}}
	}
	gone := who
	gone.Disabled = true
	for _, a := range authz.Actions() {
		r := authz.Request{Principal: gone, Action: a.Name, Resource: authz.Resource{Path: authz.Fleet()}, Context: authz.Context{Time: at}}
		if err := s.mustDeny("a disabled principal", &r); err != nil {
			return err
		}
		r.Principal = who
		if a.StepUp && !s.policy.Settings.NoStepUp {
			if err := s.mustDeny("a principal without a second factor", &r); err != nil {
				return err
			}
		}
		r.Resource = authz.Resource{Path: authz.Path{Kind: authz.KindModule, ID: "rehearsal/module"}, Quarantined: true}
		if authz.RunsModule(a.Name) {
			if err := s.mustDeny("a module in quarantine", &r); err != nil {
				return err
			}
		}
		r.Resource.Quarantined, r.Resource.Environment = false, authz.Production
		if authz.BringsCode(a.Name) {
			if err := s.mustDeny("an unsigned module in production", &r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *set) mustDeny(what string, r *authz.Request) error {
	d := s.decide(r)
	switch {
	case d.Allow:
		return fmt.Errorf("rehearsal: %s for %s was allowed by %v", r.Action, what, d.Policies)
	case len(d.Errors) > 0:
		return fmt.Errorf("rehearsal: %s for %s: %s", r.Action, what, d.Reason)
	}
	return nil
}
