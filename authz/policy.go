package authz

import (
	"errors"
	"fmt"
	"time"
)

// The limits of a [Policy].
const (
	MaxRoles    = 1024  // custom roles
	MaxBindings = 65536 // bindings
	MaxForbids  = 4096  // forbids
	maxFaults   = 16    // that Validate reports
)

// DefaultStepUp is how long ago a second factor may have been proved, if [Settings.StepUp] does not say.
const DefaultStepUp = 5 * time.Minute

// A Binding gives a role to a principal or a group, on a part of the tree, under conditions.
type Binding struct {
	ID      string     `json:"id"`
	Subject Subject    `json:"subject"`
	Role    string     `json:"role"`
	Scope   Path       `json:"scope"`
	When    Conditions `json:"when,omitzero"`
}

// A Forbid denies what bindings would allow.
type Forbid struct {
	ID       string    `json:"id"`
	Subject  Subject   `json:"subject,omitzero"`  // zero for everybody
	Actions  []string  `json:"actions,omitempty"` // in ascending order; empty for all
	Scope    Path      `json:"scope"`
	Reason   string    `json:"reason,omitempty"`   // in the words of who made it
	NotAfter time.Time `json:"not_after,omitzero"` // when it ends; whole seconds
}

// Settings are the switches of the guard rails. The zero Settings are the strict ones, but for what has to be asked for.
type Settings struct {
	StepUp    time.Duration `json:"step_up,omitempty"`    // how long ago a second factor may have been proved; 0 means DefaultStepUp
	NoStepUp  bool          `json:"no_step_up,omitempty"` // no second factor is asked for: for trying things out
	TwoPerson bool          `json:"two_person,omitempty"` // what needs a second factor needs another's approval too
	Strict    bool          `json:"strict,omitempty"`     // who audits changes nothing: the auditor role excludes admin and operator
}

func (s *Settings) stepUp() time.Duration {
	if s.StepUp == 0 {
		return DefaultStepUp
	}
	return s.StepUp
}

// StepUpAge returns how long ago a second factor may have been proved for an action that needs one; false if none is
// asked for.
func (s *Settings) StepUpAge() (time.Duration, bool) { return s.stepUp(), !s.NoStepUp }

// A Policy is everything that decides. The bundled roles are part of every policy and not in Roles.
type Policy struct {
	Revision string    `json:"revision"` // names this policy in decisions
	Settings Settings  `json:"settings,omitzero"`
	Roles    []Role    `json:"roles,omitempty"`
	Bindings []Binding `json:"bindings,omitempty"`
	Forbids  []Forbid  `json:"forbids,omitempty"`
}

// Role returns a role of the policy, bundled or custom.
func (p *Policy) Role(name string) (Role, bool) {
	for _, r := range bundled() {
		if r.Name == name {
			return r, true
		}
	}
	for _, r := range p.Roles {
		if r.Name == name {
			return r, true
		}
	}
	return Role{}, false
}

// Validate reports everything that is wrong with the policy, up to 16 faults; a policy with a fault decides nothing.
func (p *Policy) Validate() error {
	v := validator{roles: map[string]bool{}}
	if fault := idSegments.fault(p.Revision); fault != "" || len(p.Revision) > MaxName {
		v.fault(errors.New("policy: the revision is no identifier"))
	}
	if p.Settings.StepUp < 0 || p.Settings.StepUp%time.Second != 0 {
		v.fault(errors.New("settings: the age of the second factor is not in whole seconds"))
	}
	if len(p.Roles) > MaxRoles || len(p.Bindings) > MaxBindings || len(p.Forbids) > MaxForbids {
		v.fault(fmt.Errorf("policy: more than %d roles, %d bindings or %d forbids", MaxRoles, MaxBindings, MaxForbids))
		return errors.Join(v.faults...)
	}
	v.checkRoles(p.Roles)
	v.checkBindings(p.Bindings)
	v.checkForbids(p.Forbids)
	return errors.Join(v.faults...)
}

type validator struct {
	roles  map[string]bool
	faults []error
}

func (v *validator) fault(err error) {
	if err != nil && len(v.faults) < maxFaults {
		v.faults = append(v.faults, err)
	}
}

func (v *validator) checkRoles(roles []Role) {
	for _, r := range bundled() {
		v.roles[r.Name] = true
	}
	for i := range roles {
		r := &roles[i]
		v.fault(r.Check())
		if v.roles[r.Name] {
			v.fault(fmt.Errorf("role %q: the name is taken", r.Name))
		}
		v.roles[r.Name] = true
	}
}

func (v *validator) checkBindings(bindings []Binding) {
	ids := make(map[string]bool, len(bindings))
	for i := range bindings {
		b := &bindings[i]
		if err := b.Check(); err != nil {
			v.fault(err)
			continue
		}
		if !v.roles[b.Role] {
			v.fault(fmt.Errorf("binding %q: there is no role %q", b.ID, b.Role))
		}
		if ids[b.ID] {
			v.fault(fmt.Errorf("binding %q: the identifier is taken", b.ID))
		}
		ids[b.ID] = true
	}
}

func (v *validator) checkForbids(forbids []Forbid) {
	ids := make(map[string]bool, len(forbids))
	for i := range forbids {
		f := &forbids[i]
		if err := f.Check(); err != nil {
			v.fault(err)
			continue
		}
		if ids[f.ID] {
			v.fault(fmt.Errorf("forbid %q: the identifier is taken", f.ID))
		}
		ids[f.ID] = true
	}
}

// Check reports what of b is outside the grammar or the limits. Whether there is such a role is for [Policy.Validate].
func (b *Binding) Check() error {
	if fault := wordFault(b.ID); fault != "" {
		return errors.New("binding: the identifier: " + fault)
	}
	if err := b.Subject.Check(); err != nil {
		return fmt.Errorf("binding %q: %w", b.ID, err)
	}
	if fault := wordFault(b.Role); fault != "" {
		return fmt.Errorf("binding %q: the role: %s", b.ID, fault)
	}
	if err := b.Scope.Check(); err != nil {
		return fmt.Errorf("binding %q: scope: %w", b.ID, err)
	}
	if err := b.When.Check(); err != nil {
		return fmt.Errorf("binding %q: %w", b.ID, err)
	}
	return nil
}

// Check reports what of f is outside the grammar or the limits.
func (f *Forbid) Check() error {
	if fault := wordFault(f.ID); fault != "" {
		return errors.New("forbid: the identifier: " + fault)
	}
	if !f.Subject.IsZero() {
		if err := f.Subject.Check(); err != nil {
			return fmt.Errorf("forbid %q: %w", f.ID, err)
		}
	}
	if err := checkActions(f.Actions); err != nil {
		return fmt.Errorf("forbid %q: actions: %w", f.ID, err)
	}
	if err := f.Scope.Check(); err != nil {
		return fmt.Errorf("forbid %q: scope: %w", f.ID, err)
	}
	if fault := wordsFault(f.Reason); fault != "" {
		return fmt.Errorf("forbid %q: reason: %s", f.ID, fault)
	}
	when := Conditions{NotAfter: f.NotAfter}
	if err := when.Check(); err != nil {
		return fmt.Errorf("forbid %q: %w", f.ID, err)
	}
	return nil
}

// applies reports whether the forbid denies a request.
func (f *Forbid) applies(r *Request) bool {
	return (f.Subject.IsZero() || r.Principal.Is(f.Subject)) && (len(f.Actions) == 0 || has(f.Actions, r.Action)) &&
		f.Scope.Contains(r.Resource.Path) && (f.NotAfter.IsZero() || r.Context.Time.Before(f.NotAfter))
}
