package access

import (
	"context"
	"crypto/subtle"
	"net/netip"
	"time"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

// An Identity is who somebody has proved to be, and how.
type Identity struct {
	Principal *Principal
	Token     *Token    // that was used; nil if none was
	Session   *Session  // that was used; nil if none was
	StepUp    time.Time // when the principal last proved a second factor; zero if it did not
	From      netip.Addr
	groups    []string // beside the principal's own
}

// Actor returns an identity as it stands in origins and events.
func (s *Store) Actor(i *Identity) record.Actor {
	a := record.Actor{Kind: i.Principal.Ref.Kind(), ID: i.Principal.Ref.ID(), Address: s.Address(i.From)}
	switch {
	case i.Token != nil:
		a.Authn, a.Token = "token", i.Token.ID
	case i.Session != nil:
		a.Authn, a.Session = i.Session.Method, i.Session.ID
	}
	return a
}

// Authz returns what a decision of package authz needs to know of whoever asks, at a moment.
func (i *Identity) Authz(now time.Time) (authz.Principal, authz.Context) {
	p := authz.Principal{
		Subject: i.Principal.Ref.Subject(), Groups: i.Principal.Groups, MFA: i.StepUp, Disabled: !i.Principal.Live(),
	}
	if len(i.groups) > 0 {
		p.Groups = sorted(append(append([]string(nil), p.Groups...), i.groups...))
		p.Groups = p.Groups[:min(len(p.Groups), authz.MaxGroups)]
	}
	c := authz.Context{Time: now, Address: i.From}
	switch {
	case i.Token != nil:
		p.Authn, c.Token = "token", &authz.Token{ID: i.Token.ID, Scopes: i.Token.Scope.For}
	case i.Session != nil:
		p.Authn = i.Session.Method
	}
	return p, c
}

// Authenticate returns whose a token is. The principal may do what it may and the token is for, at most; both are the caller's
// to see to. From is where the request came from.
//
// Whoever is refused gets one answer, an error with [CodeUnauthenticated], which says nothing of the reason; [ReasonOf] does. The
// refusal is taken down. Errors of a closed store have CodeClosed.
func (s *Store) Authenticate(ctx context.Context, token string, from netip.Addr) (Identity, error) {
	c, ok := parseToken(token)
	if !ok {
		return Identity{}, s.refuse(ctx, attempt{reason: ReasonMalformed, method: "token", from: from})
	}
	snap := s.snapshot.Load()
	t, found := snap.tokens.Get(c.id)
	want := digest{}
	if found {
		want = t.digest
	}
	sum := digestOf(c.secret)
	same := subtle.ConstantTimeCompare(sum[:], want[:]) == 1
	switch {
	case !found || t.Owner.Kind() != c.kind:
		return Identity{}, s.refuse(ctx, attempt{reason: ReasonUnknown, method: "token", from: from})
	case !same:
		return Identity{}, s.refuse(ctx, attempt{reason: ReasonSecret, method: "token", from: from, token: t.ID, ref: t.Owner})
	}
	p, _ := snap.Principal(t.Owner)
	now := time.Now()
	if why := t.refuses(p, now, from.Unmap()); why != "" {
		if why == ReasonReused {
			s.reportReuse(ctx, t, from)
		}
		return Identity{}, s.refuse(ctx, attempt{reason: why, method: "token", from: from, token: t.ID, ref: t.Owner})
	}
	if s.serving.Err() != nil {
		return Identity{}, errClosed("authenticate")
	}
	t.touch(now.Unix())
	return Identity{Principal: p, Token: t, From: from}, nil
}

// refuses says why a token whose secret is known to whoever sent it is not valid; "" if it is.
func (t *Token) refuses(owner *Principal, now time.Time, from netip.Addr) Reason {
	switch {
	case !t.Revoked.IsZero():
		return ReasonRevoked
	case t.Replaced != "":
		return ReasonReused
	case !now.Before(t.Expires):
		return ReasonExpired
	case !owner.Live():
		return ReasonDisabled
	}
	if len(t.Scope.Networks) == 0 {
		return ""
	}
	for _, n := range t.Scope.Networks {
		if n.Contains(from) {
			return ""
		}
	}
	return ReasonNetwork
}

// An attempt is one to get in that was refused.
type attempt struct {
	reason Reason
	method string // "token", "password", "totp", "session", "bootstrap" or "oidc"
	from   netip.Addr
	ref    Ref    // who it would have been; empty if that is not known
	token  string // identifier
	until  time.Time
}

// refuse takes an attempt down and returns the answer.
func (s *Store) refuse(ctx context.Context, a attempt) error {
	s.denials.add(ctx, s, a)
	if a.reason == ReasonThrottled {
		return throttled(a.until)
	}
	return refused(a.reason)
}

// recordProof takes down that a user proved who they are.
func (s *Store) recordProof(ctx context.Context, method string, user Ref, from netip.Addr) {
	s.recordEvent(ctx, audit.Event{
		Class: audit.ClassAuthentication, Action: "authn:" + method, Outcome: audit.OutcomeSuccess,
		Actor: record.Actor{Kind: user.Kind(), ID: user.ID(), Authn: method, Address: s.Address(from)},
	})
}

// recordEvent takes down something about who one is.
func (s *Store) recordEvent(ctx context.Context, e audit.Event) {
	if s.o.Auditor != nil {
		s.problem(s.o.Auditor.Record(ctx, e))
	}
}

// event returns what an attempt is in the audit log. Who did not prove who they are is nobody that is known: the name that they gave is
// what they tried to become.
func (a *attempt) event(s *Store) audit.Event {
	e := audit.Event{
		Class: audit.ClassAuthentication, Action: "authn:" + a.method, Outcome: audit.OutcomeDeny, Reason: string(a.reason),
		Actor: record.Actor{Kind: record.KindSystem, ID: "unauthenticated", Authn: a.method, Token: a.token, Address: s.Address(a.from)},
	}
	switch {
	case a.ref == "":
	case a.reason == ReasonExpired, a.reason == ReasonRevoked, a.reason == ReasonReused, a.reason == ReasonNetwork, a.reason == ReasonDisabled:
		e.Actor.Kind, e.Actor.ID = a.ref.Kind(), a.ref.ID()
	default:
		e.Resource = audit.Resource{Kind: "principal", ID: string(a.ref)}
	}
	return e
}
