package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/internal/persist"
)

// grants are the roles, bindings, forbids and settings of a state.
type grants struct {
	settings authz.Settings
	roles    persist.Tree[string, *authz.Role]
	bindings persist.Tree[string, *authz.Binding]
	forbids  persist.Tree[string, *authz.Forbid]
	of       persist.Map[[]string] // identifiers of the bindings of a subject, in ascending order
	rev      uint64                // record of the last change
}

func newGrants() grants {
	return grants{
		roles:    persist.NewTree[string, *authz.Role](strings.Compare),
		bindings: persist.NewTree[string, *authz.Binding](strings.Compare),
		forbids:  persist.NewTree[string, *authz.Forbid](strings.Compare),
	}
}

// putRole makes a role, or gives one that there is another content. Which actions there are is for the rules to say, when it is
// written: a role of actions that are no more stays readable.
type putRole struct {
	Role authz.Role `json:"role"`
}

func (*putRole) do() string      { return "role:edit" }
func (o *putRole) about() string { return o.Role.Name }

func (o *putRole) check() error {
	if err := checkName("role", o.Role.Name); err != nil {
		return err
	}
	if err := checkWords("about", o.Role.About); err != nil {
		return err
	}
	if err := checkActions("actions", o.Role.Actions); err != nil {
		return err
	}
	return checkActions("grants", o.Role.Grants)
}

func (o *putRole) apply(d *draft) error {
	if _, ok := d.grants.roles.Get(o.Role.Name); !ok && d.grants.roles.Len() >= authz.MaxRoles {
		return conflict("edit a role", fmt.Sprintf("there are %d roles, and there may not be more", authz.MaxRoles), "")
	}
	role := o.Role
	d.grants.roles, d.grants.rev = d.grants.roles.Set(role.Name, &role), d.seq+1
	return nil
}

// dropRole takes a role away that nobody has.
type dropRole struct {
	Role string `json:"role"`
}

func (*dropRole) do() string      { return "role:drop" }
func (o *dropRole) about() string { return o.Role }
func (o *dropRole) check() error  { return checkName("role", o.Role) }

func (o *dropRole) apply(d *draft) error {
	if _, ok := d.grants.roles.Get(o.Role); !ok {
		return notFound("drop a role", "there is none of that name")
	}
	for id, b := range d.grants.bindings.All() {
		if b.Role == o.Role {
			return conflict("drop a role", fmt.Sprintf("binding %q gives it to %q", id, b.Subject), "take the role from everybody first")
		}
	}
	d.grants.roles, d.grants.rev = d.grants.roles.Delete(o.Role), d.seq+1
	return nil
}

// putBinding gives a role to somebody.
type putBinding struct {
	Binding authz.Binding `json:"binding"`
}

func (*putBinding) do() string      { return "role:bind" }
func (o *putBinding) about() string { return o.Binding.ID }

func (o *putBinding) check() error {
	if !isUTC(o.Binding.When.NotAfter) {
		return errors.New("when: the expiry is not in UTC")
	}
	return o.Binding.Check()
}

func (o *putBinding) apply(d *draft) error {
	b := o.Binding
	subject := b.Subject.String()
	what := fmt.Sprintf("bind %q to %q", b.Role, subject)
	if b.Subject.Kind != authz.Group {
		if _, err := d.live(what, Ref(subject)); err != nil {
			return err
		}
	}
	if _, ok := d.grants.bindings.Get(b.ID); ok {
		return conflict(what, fmt.Sprintf("there is a binding %q", b.ID), "take it away first, or choose another identifier")
	}
	if d.grants.bindings.Len() >= authz.MaxBindings {
		return conflict(what, fmt.Sprintf("there are %d bindings, and there may not be more", authz.MaxBindings), "bind groups")
	}
	if b.Role == authz.RoleAdmin && b.Scope == authz.Fleet() && !d.bootstrap.claimed {
		d.bootstrap = bootstrapState{claimed: true} // whoever it is, there is an admin: nobody comes in by another way
	}
	ids, _ := d.grants.of.Get(subject)
	at, _ := slices.BinarySearch(ids, b.ID)
	d.grants.of = d.grants.of.Set(subject, slices.Insert(slices.Clone(ids), at, b.ID))
	d.grants.bindings, d.grants.rev = d.grants.bindings.Set(b.ID, &b), d.seq+1
	return nil
}

// dropBinding takes a role from somebody.
type dropBinding struct {
	Binding string `json:"binding"`
}

func (*dropBinding) do() string      { return "role:unbind" }
func (o *dropBinding) about() string { return o.Binding }
func (o *dropBinding) check() error  { return checkName("binding", o.Binding) }

func (o *dropBinding) apply(d *draft) error {
	b, ok := d.grants.bindings.Get(o.Binding)
	if !ok {
		return notFound("take a role", fmt.Sprintf("there is no binding %q", o.Binding))
	}
	d.dropBinding(b)
	return nil
}

func (d *draft) dropBinding(b *authz.Binding) {
	g, subject := &d.grants, b.Subject.String()
	ids, _ := g.of.Get(subject)
	if rest := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == b.ID }); len(rest) > 0 {
		g.of = g.of.Set(subject, rest)
	} else {
		g.of = g.of.Delete(subject)
	}
	g.bindings, g.rev = g.bindings.Delete(b.ID), d.seq+1
}

// forgetBindings takes away what was bound to a principal that is deleted.
func (d *draft) forgetBindings(ref Ref) {
	ids, _ := d.grants.of.Get(string(ref))
	for _, id := range ids {
		if b, ok := d.grants.bindings.Get(id); ok {
			d.dropBinding(b)
		}
	}
}

// putForbid makes a forbid, or gives one that there is another content.
type putForbid struct {
	Forbid authz.Forbid `json:"forbid"`
}

func (*putForbid) do() string      { return "policy:forbid" }
func (o *putForbid) about() string { return o.Forbid.ID }

func (o *putForbid) check() error {
	if err := checkName("forbid", o.Forbid.ID); err != nil {
		return err
	}
	if !o.Forbid.Subject.IsZero() {
		if err := o.Forbid.Subject.Check(); err != nil {
			return err
		}
	}
	if err := checkWords("reason", o.Forbid.Reason); err != nil {
		return err
	}
	if !isUTC(o.Forbid.NotAfter) {
		return errors.New("the expiry is not in UTC")
	}
	if err := o.Forbid.Scope.Check(); err != nil {
		return err
	}
	return checkActions("actions", o.Forbid.Actions)
}

func (o *putForbid) apply(d *draft) error {
	if _, ok := d.grants.forbids.Get(o.Forbid.ID); !ok && d.grants.forbids.Len() >= authz.MaxForbids {
		return conflict("forbid", fmt.Sprintf("there are %d forbids, and there may not be more", authz.MaxForbids), "")
	}
	forbid := o.Forbid
	d.grants.forbids, d.grants.rev = d.grants.forbids.Set(forbid.ID, &forbid), d.seq+1
	return nil
}

// dropForbid takes a forbid away.
type dropForbid struct {
	Forbid string `json:"forbid"`
}

func (*dropForbid) do() string      { return "policy:permit" }
func (o *dropForbid) about() string { return o.Forbid }
func (o *dropForbid) check() error  { return checkName("forbid", o.Forbid) }

func (o *dropForbid) apply(d *draft) error {
	if _, ok := d.grants.forbids.Get(o.Forbid); !ok {
		return notFound("take a forbid away", "there is none with this identifier")
	}
	d.grants.forbids, d.grants.rev = d.grants.forbids.Delete(o.Forbid), d.seq+1
	return nil
}

// setSettings sets the switches of the guard rails.
type setSettings struct {
	Settings authz.Settings `json:"settings"`
}

func (*setSettings) do() string    { return "policy:set" }
func (*setSettings) about() string { return "settings" }

func (o *setSettings) check() error {
	if o.Settings.StepUp < 0 || o.Settings.StepUp%time.Second != 0 {
		return errors.New("step_up: it is not in whole seconds")
	}
	return nil
}

func (o *setSettings) apply(d *draft) error {
	d.grants.settings, d.grants.rev = o.Settings, d.seq+1
	return nil
}
