package access

import (
	"errors"
	"fmt"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

// createPrincipal makes a principal.
type createPrincipal struct {
	Principal Ref      `json:"principal"`
	Owner     Ref      `json:"owner,omitempty"`
	Groups    []string `json:"groups,omitempty"`
}

func (*createPrincipal) do() string      { return "principal:create" }
func (o *createPrincipal) about() string { return string(o.Principal) }

func (o *createPrincipal) check() error {
	if err := o.Principal.Check(); err != nil {
		return err
	}
	return checkProfile(o.Principal, o.Owner, o.Groups)
}

// checkProfile checks what of a principal can be changed.
func checkProfile(ref, owner Ref, groups []string) error {
	if owner != "" {
		if err := owner.Check(); err != nil {
			return fmt.Errorf("owner: %w", err)
		}
		if ref.Kind() != record.KindService || owner.Kind() != record.KindUser {
			return errors.New("owner: services have owners, and users are owners")
		}
	}
	return checkGroups(groups)
}

func (o *createPrincipal) apply(d *draft) error {
	what := fmt.Sprintf("create %q", o.Principal)
	if was, ok := d.principals.Get(string(o.Principal)); ok {
		if was.Deleted {
			return conflict(what, "somebody who was deleted had the name, and nobody gets it again", "choose another identifier")
		}
		return conflict(what, "there is one already", "")
	}
	if err := d.own(what, o.Owner, +1); err != nil {
		return err
	}
	d.enrol(o.Principal, nil, o.Groups)
	d.put(&Principal{Ref: o.Principal, Owner: o.Owner, Groups: o.Groups, Created: d.now, Secured: d.seq + 1}, func(*Principal) {})
	return nil
}

// own counts a service more or less that somebody owns.
func (d *draft) own(what string, owner Ref, by int) error {
	if owner == "" {
		return nil
	}
	if _, err := d.live(what, owner); err != nil {
		return err
	}
	n, _ := d.owned.Get(string(owner))
	if n += by; n > 0 {
		d.owned = d.owned.Set(string(owner), n)
	} else {
		d.owned = d.owned.Delete(string(owner))
	}
	return nil
}

// updatePrincipal replaces what of a principal can be changed.
type updatePrincipal struct {
	Principal Ref      `json:"principal"`
	Owner     Ref      `json:"owner,omitempty"`
	Groups    []string `json:"groups,omitempty"`
}

func (*updatePrincipal) do() string      { return "principal:update" }
func (o *updatePrincipal) about() string { return string(o.Principal) }

func (o *updatePrincipal) check() error {
	if err := o.Principal.Check(); err != nil {
		return err
	}
	return checkProfile(o.Principal, o.Owner, o.Groups)
}

func (o *updatePrincipal) apply(d *draft) error {
	what := fmt.Sprintf("update %q", o.Principal)
	p, err := d.live(what, o.Principal)
	if err != nil {
		return err
	}
	if err := d.own(what, p.Owner, -1); err != nil {
		return err
	}
	if err := d.own(what, o.Owner, +1); err != nil {
		return err
	}
	d.enrol(o.Principal, p.Groups, o.Groups)
	d.put(p, func(p *Principal) { p.Owner, p.Groups = o.Owner, o.Groups })
	return nil
}

// disablePrincipal makes that a principal may not act until it is enabled.
type disablePrincipal struct {
	Principal Ref `json:"principal"`
}

func (*disablePrincipal) do() string      { return "principal:disable" }
func (o *disablePrincipal) about() string { return string(o.Principal) }
func (o *disablePrincipal) check() error  { return o.Principal.Check() }

func (o *disablePrincipal) apply(d *draft) error {
	p, err := d.live(fmt.Sprintf("disable %q", o.Principal), o.Principal)
	if err != nil {
		return err
	}
	d.put(p, func(p *Principal) { p.Disabled, p.Secured = true, d.seq+1 })
	return nil
}

// enablePrincipal is the opposite of disablePrincipal.
type enablePrincipal struct {
	Principal Ref `json:"principal"`
}

func (*enablePrincipal) do() string      { return "principal:enable" }
func (o *enablePrincipal) about() string { return string(o.Principal) }
func (o *enablePrincipal) check() error  { return o.Principal.Check() }

func (o *enablePrincipal) apply(d *draft) error {
	p, err := d.live(fmt.Sprintf("enable %q", o.Principal), o.Principal)
	if err != nil {
		return err
	}
	d.put(p, func(p *Principal) { p.Disabled = false })
	return nil
}

// deletePrincipal leaves of a principal the name, which nobody gets again, and takes with it all that it had.
type deletePrincipal struct {
	Principal Ref `json:"principal"`
}

func (*deletePrincipal) do() string      { return "principal:delete" }
func (o *deletePrincipal) about() string { return string(o.Principal) }
func (o *deletePrincipal) check() error  { return o.Principal.Check() }

func (o *deletePrincipal) apply(d *draft) error {
	what, key := fmt.Sprintf("delete %q", o.Principal), string(o.Principal)
	p, err := d.live(what, o.Principal)
	if err != nil {
		return err
	}
	if n, _ := d.owned.Get(key); n > 0 {
		return &modreg.Error{
			Code: modreg.CodeInUse, What: what, Why: fmt.Sprintf("it owns %d services", n),
			Fix: "give them another owner first, or disable it",
		}
	}
	if err := d.own(what, p.Owner, -1); err != nil {
		return err
	}
	ids, _ := d.tokensOf.Get(key)
	for _, id := range ids {
		d.tokens = d.tokens.Delete(id)
	}
	links, _ := d.linksOf.Get(key)
	for _, l := range links {
		d.identities = d.identities.Delete(l.key())
	}
	d.tokensOf, d.linksOf = d.tokensOf.Delete(key), d.linksOf.Delete(key)
	d.passwords, d.totps = d.passwords.Delete(key), d.totps.Delete(key)
	d.forgetBindings(o.Principal)
	d.enrol(o.Principal, p.Groups, nil)
	d.put(p, func(p *Principal) {
		p.Owner, p.Groups, p.Disabled, p.Deleted, p.Secured = "", nil, false, true, d.seq+1
	})
	return nil
}
