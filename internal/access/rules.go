package access

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

type requestKey struct{}

type circumstances struct {
	principal authz.Principal
	context   authz.Context
}

// WithRequest returns a context for a change that somebody asks for, with who it is and the circumstances as package authz decided on them
// ([Identity.Authz], with the approval if there is one). Without it the rules take from the origin who asks, and no condition of a binding
// on the network, the second factor or an approval holds.
func WithRequest(ctx context.Context, p authz.Principal, c authz.Context) context.Context {
	return context.WithValue(ctx, requestKey{}, &circumstances{p, c})
}

// editor returns who asks for a change, as the rules see them. It is denied if they may not act any more.
func (d *draft) editor(ctx context.Context, what string) (*authz.Principal, *authz.Context, error) {
	actor := record.OriginOf(ctx).Actor
	if actor.Kind == record.KindSystem {
		return &authz.Principal{Subject: authz.Subject{Kind: actor.Kind, ID: strings.ToLower(actor.ID)}}, &authz.Context{Time: d.now}, nil
	}
	p, _ := d.principals.Get(string(RefOf(actor)))
	if !p.Live() {
		return nil, nil, denied(what, "whoever asks for it is no principal that may act", "")
	}
	if c, ok := ctx.Value(requestKey{}).(*circumstances); ok {
		if c.principal.Subject != p.Ref.Subject() || c.context.Token != nil && c.context.Token.ID != actor.Token || (c.context.Token == nil) != (actor.Token == "") {
			return nil, nil, denied(what, "the origin of the request names somebody else, or another token", "")
		}
		asks := c.principal
		asks.Groups = sorted(append(slices.Clone(asks.Groups), p.Groups...)) // what one was given meanwhile is not given to oneself again
		return &asks, &c.context, nil
	}
	c := &authz.Context{Time: d.now}
	if actor.Token != "" {
		c.Token = &authz.Token{ID: actor.Token}
		if t, ok := d.tokens.Get(actor.Token); ok && t.Owner == p.Ref && t.Live(d.now) {
			c.Token.Scopes = t.Scope.For
		}
	}
	return &authz.Principal{Subject: p.Ref.Subject(), Groups: p.Groups, Authn: actor.Authn}, c, nil
}

// judge asks the rules of package authz whether an operation may happen that leads from one state to another.
func (d *draft) judge(ctx context.Context, o operation, before *Snapshot) error {
	p, c, err := d.editor(ctx, o.do())
	if err != nil {
		return err
	}
	was, is := before, &d.Snapshot
	switch o := o.(type) {
	case *createToken:
		return d.judgeToken(ctx, o, p, c)
	case *revokeToken, *useToken, *unlink, *clearPassword, *dropRole, *unmapGroup:
		return nil // nobody gains anything
	case *passwordHash:
		return judgeTakeover(o, o.Principal, is, p, c)
	case *enrolTOTP:
		return judgeTakeover(o, o.Principal, is, p, c)
	case *clearTOTP:
		return judgeTakeover(o, o.Principal, is, p, c)
	case *link:
		return judgeTakeover(o, o.Principal, is, p, c)
	case *mapGroup:
		return judgeMapping(o, is, p, c)
	}
	var concerned []Ref
	if strings.HasPrefix(o.do(), "principal:") {
		concerned = append(concerned, Ref(o.about()))
	}
	return violations(o, authz.CheckChange(state(was, is, was, concerned), state(was, is, is, concerned), p, c))
}

// judgeTakeover judges what would let whoever asks for it act as a user: they must be able to give all that the user has, as if
// the user was disabled and they enabled it. Everybody may do it with themselves.
func judgeTakeover(o operation, user Ref, s *Snapshot, p *authz.Principal, c *authz.Context) error {
	if p.Subject == user.Subject() {
		return nil
	}
	before, after := state(s, s, s, []Ref{user}), state(s, s, s, []Ref{user})
	for i := range before.Accounts {
		a := &before.Accounts[i]
		a.Disabled = a.Disabled || a.Subject == user.Subject()
		after.Accounts[i].Disabled = after.Accounts[i].Disabled && a.Subject != user.Subject()
	}
	return violations(o, authz.CheckChange(before, after, p, c))
}

// judgeMapping judges that people who are not known yet would be in a group.
func judgeMapping(o *mapGroup, s *Snapshot, p *authz.Principal, c *authz.Context) error {
	stranger := authz.Account{Subject: authz.Subject{Kind: authz.User, ID: "stranger." + newTokenName()}}
	before, after := state(s, s, s, nil), state(s, s, s, nil)
	before.Accounts = append(before.Accounts, stranger)
	stranger.Groups = []string{o.Group}
	after.Accounts = append(after.Accounts, stranger)
	return violations(o, authz.CheckChange(before, after, p, c))
}

// judgeToken judges a new token.
func (d *draft) judgeToken(ctx context.Context, o *createToken, p *authz.Principal, c *authz.Context) error {
	actor := record.OriginOf(ctx).Actor
	self := p.Subject == o.Owner.Subject()
	if o.Owner.Kind() == record.KindUser && !self {
		return denied(o.do(), "a user's token acts as the user: nobody else makes one", "sign in as the user, or make a service")
	}
	if o.Replaces != "" && self && (actor.Token == "" || actor.Token == o.Replaces) {
		return nil // it is for the same as before
	}
	if err := d.withinToken(actor.Token, o); err != nil {
		return err
	}
	if p.Kind == authz.System {
		return nil
	}
	owner, err := d.live(o.do(), o.Owner)
	if err != nil {
		return err
	}
	r := &authz.Request{Principal: *p, Context: *c}
	as := &authz.Principal{Subject: owner.Ref.Subject(), Groups: owner.Groups}
	if self {
		as.Groups = p.Groups // with those of an identity provider
	}
	if err := d.Policy().CheckToken(r, as, o.Scope.For); err != nil {
		return denied(o.do(), err.Error(), "ask for less")
	}
	return nil
}

// violations turns what speaks against a change into an error.
func violations(o operation, err error) error {
	if err == nil {
		return nil
	}
	var fix string
	if e, ok := errors.AsType[*authz.ChangeError](err); ok && len(e.Violations) > 0 {
		if fix = e.Violations[0].Fix; e.Violations[0].Rule == authz.RuleValid {
			return invalid(o.do(), err)
		}
	}
	return denied(o.do(), err.Error(), fix)
}

// state returns of s what the rules look at when a change leads from one snapshot to another: the policy, and of the accounts
// those that are concerned, and those on whom it depends whether somebody can administer and duties are apart.
func state(before, after, s *Snapshot, concerned []Ref) *authz.State {
	refs := map[Ref]bool{}
	for _, ref := range concerned {
		refs[ref] = true
	}
	for _, of := range [...]*Snapshot{before, after} {
		for _, b := range of.grants.bindings.All() {
			if b.Role == authz.RoleAdmin && b.Scope == authz.Fleet() || b.Role == authz.RoleAuditor && after.grants.settings.Strict {
				of.addHolders(refs, b.Subject)
			}
		}
	}
	st := &authz.State{Policy: s.Policy()}
	for _, ref := range slices.Sorted(maps.Keys(refs)) {
		if p, ok := s.Principal(ref); ok && !p.Deleted {
			st.Accounts = append(st.Accounts, authz.Account{Subject: ref.Subject(), Groups: p.Groups, Disabled: p.Disabled})
		}
	}
	return st
}

// addHolders adds the principals to whom something is bound.
func (s *Snapshot) addHolders(refs map[Ref]bool, subject authz.Subject) {
	if subject.Kind != authz.Group {
		refs[Ref(subject.String())] = true
		return
	}
	members, _ := s.members.Get(subject.ID)
	for ref := range members.All() {
		refs[Ref(ref)] = true
	}
}

// Members returns the principals in a group, in order. Those whom an identity provider has in it are not among them.
func (s *Snapshot) Members(group string) []Ref {
	members, _ := s.members.Get(group)
	list := make([]Ref, 0, members.Len())
	for ref := range members.All() {
		list = append(list, Ref(ref))
	}
	slices.Sort(list)
	return list
}

// enrol keeps the members of groups when a principal's groups change.
func (d *draft) enrol(ref Ref, before, after []string) {
	for _, g := range before {
		members, _ := d.members.Get(g)
		if members = members.Delete(string(ref)); members.Len() > 0 {
			d.members = d.members.Set(g, members)
		} else {
			d.members = d.members.Delete(g)
		}
	}
	for _, g := range after {
		members, _ := d.members.Get(g)
		d.members = d.members.Set(g, members.Set(string(ref), struct{}{}))
	}
}

// withinToken reports whether a new token could be used where, or when, the token that it is made with cannot. What it is for is for
// the rules to say.
func (d *draft) withinToken(id string, o *createToken) error {
	if id == "" {
		return nil
	}
	const fix = "ask for less, or sign in without a token"
	with, ok := d.tokens.Get(id)
	switch {
	case !ok || !with.Live(d.now):
		return denied(o.do(), "the token that it would be made with has ended", "sign in again")
	case !networksWithin(o.Scope.Networks, with.Scope.Networks):
		return denied(o.do(), "it could be used from where the token it is made with cannot", fix)
	case o.Expires.After(with.Expires):
		return denied(o.do(), "it would outlive the token it is made with, which ends "+with.Expires.Format(time.RFC3339), fix)
	}
	return nil
}
