package access

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/modreg/modreg/authz"
)

// The limits of tokens.
const (
	DefaultLifetime = 30 * 24 * time.Hour // of a token, unless it is given another
	MaxLifetime     = 90 * 24 * time.Hour
	MaxTokens       = 100 // that one principal has, those that have ended not counted
	MaxNetworks     = 32  // networks in a scope

	// remembered is how long a token is known after its end, so that its use is told from that of one that never was.
	remembered    = 90 * 24 * time.Hour
	maxRemembered = 512 // tokens of one principal

	maxActions = 256 // in one list: more than there are
)

// Check reports what of a scope is outside its grammar or limits, without repeating it. Which actions there are is for authz to say when a
// token is used: a token for an action that is no more stays readable, and is good for nothing.
func (s *Scope) Check() error {
	if len(s.For) == 0 || len(s.For) > authz.MaxTokenScopes {
		return fmt.Errorf("scope: a token is for 1 to %d things", authz.MaxTokenScopes)
	}
	for _, f := range s.For {
		if err := checkActions("scope.actions", f.Actions); err != nil {
			return err
		}
		if err := f.Within.Check(); err != nil {
			return fmt.Errorf("scope.within: %w", err)
		}
	}
	return checkNetworks("scope.networks", s.Networks)
}

// checkActions reports whether a list has the form of names of actions in ascending order.
func checkActions(field string, names []string) error {
	if len(names) > maxActions {
		return fmt.Errorf("%s: %d are too many: at most %d", field, len(names), maxActions)
	}
	for i, a := range names {
		noun, verb, ok := strings.Cut(a, ":")
		if !ok || len(a) > authz.MaxWord || !isWord(noun) || !isWord(verb) {
			return errors.New(field + `: one is not "noun:verb"`)
		}
		if i > 0 && names[i-1] >= a {
			return errors.New(field + ": they are not in ascending order")
		}
	}
	return nil
}

// checkNetworks reports whether networks are such, in ascending order.
func checkNetworks(field string, networks []netip.Prefix) error {
	if len(networks) > MaxNetworks {
		return fmt.Errorf("%s: %d are too many: at most %d", field, len(networks), MaxNetworks)
	}
	for i, n := range networks {
		if !n.IsValid() || n != n.Masked() || n.Addr().Is4In6() {
			return errors.New(field + ": one is no network, or has bits behind its prefix")
		}
		if i > 0 && compareNetworks(networks[i-1], n) >= 0 {
			return errors.New(field + ": they are not in ascending order")
		}
	}
	return nil
}

// compareNetworks puts networks into the one order that records have.
func compareNetworks(a, b netip.Prefix) int {
	if c := a.Addr().Compare(b.Addr()); c != 0 {
		return c
	}
	return a.Bits() - b.Bits()
}

func isWord(s string) bool {
	return s != "" && s[0] >= 'a' && s[0] <= 'z' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// createToken makes a token; if it replaces one, that one has ended and its use is an incident.
type createToken struct {
	Owner    Ref       `json:"owner"`
	ID       string    `json:"id"`
	Digest   digest    `json:"sha256"`
	Expires  time.Time `json:"expires"`
	Scope    Scope     `json:"scope"`
	Replaces string    `json:"replaces,omitempty"`
}

func (o *createToken) do() string {
	if o.Replaces != "" {
		return "token:rotate"
	}
	return "token:create"
}

func (o *createToken) about() string {
	if o.Replaces != "" {
		return o.Replaces
	}
	return string(o.Owner)
}

func (o *createToken) check() error {
	if err := o.Owner.Check(); err != nil {
		return err
	}
	if len(o.ID) != idLen || !isBase62(o.ID) || o.Replaces != "" && (len(o.Replaces) != idLen || !isBase62(o.Replaces)) {
		return errors.New("an identifier of a token is malformed")
	}
	if err := checkTime("expires", o.Expires); err != nil {
		return err
	}
	return o.Scope.Check()
}

// checkTime reports whether a time has the form that records have: whole seconds in UTC.
func checkTime(field string, t time.Time) error {
	if t.Location() != time.UTC || t.Nanosecond() != 0 || t.Year() < 1970 || t.Year() > 9999 {
		return errors.New(field + ": it is not in whole seconds of UTC")
	}
	return nil
}

func (o *createToken) apply(d *draft) error {
	what := fmt.Sprintf("create a token of %q", o.Owner)
	if _, err := d.live(what, o.Owner); err != nil {
		return err
	}
	if _, ok := d.tokens.Get(o.ID); ok {
		return conflict(what, "there is one with this identifier", "try again")
	}
	t := &Token{
		ID: o.ID, Owner: o.Owner, Family: o.ID, Scope: o.Scope, Created: d.now, Expires: o.Expires,
		digest: o.Digest, used: new(atomic.Int64),
	}
	if o.Replaces != "" {
		old, ok := d.tokens.Get(o.Replaces)
		if !ok || old.Owner != o.Owner || !old.Live(d.now) {
			return conflict(what, "the token to replace has ended, or is another's", "create one")
		}
		next := *old
		next.Replaced, t.Family = o.ID, old.Family
		d.tokens = d.tokens.Set(old.ID, &next)
	}
	ids, live := d.forgetTokens(o.Owner)
	if live >= MaxTokens {
		return conflict(what, fmt.Sprintf("it has %d tokens", live), "revoke some first")
	}
	d.tokens = d.tokens.Set(t.ID, t)
	d.tokensOf = d.tokensOf.Set(string(o.Owner), append(slices.Clip(ids), t.ID))
	return nil
}

// forgetTokens lets go of the tokens of a principal that have ended long ago, and of the oldest that have ended if there are
// many. It returns those that are left, and how many of them are live.
func (d *draft) forgetTokens(owner Ref) (kept []string, live int) {
	ids, _ := d.tokensOf.Get(string(owner))
	excess := len(ids) + 1 - maxRemembered
	for _, id := range ids {
		t, _ := d.tokens.Get(id)
		switch {
		case t.Live(d.now):
			live++
		case excess > 0 || d.now.Sub(t.Expires) > remembered:
			excess--
			d.tokens = d.tokens.Delete(id)
			continue
		}
		kept = append(kept, id)
	}
	return kept, live
}

// revokeToken ends a token, and with family all that continue the same one.
type revokeToken struct {
	ID     string `json:"id"`
	Family bool   `json:"family,omitempty"`
}

func (*revokeToken) do() string      { return "token:revoke" }
func (o *revokeToken) about() string { return o.ID }

func (o *revokeToken) check() error {
	if len(o.ID) != idLen || !isBase62(o.ID) {
		return errors.New("the identifier of the token is malformed")
	}
	return nil
}

func (o *revokeToken) apply(d *draft) error {
	t, ok := d.tokens.Get(o.ID)
	if !ok {
		return notFound("revoke a token", "there is none with this identifier")
	}
	ids, _ := d.tokensOf.Get(string(t.Owner))
	for _, id := range ids {
		other, ok := d.tokens.Get(id)
		if ok && other.Revoked.IsZero() && (id == o.ID || o.Family && other.Family == t.Family) {
			next := *other
			next.Revoked = d.now
			d.tokens = d.tokens.Set(id, &next)
		}
	}
	return nil
}

// useToken takes down when a token was last used.
type useToken struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

func (*useToken) do() string      { return "token:use" }
func (o *useToken) about() string { return o.ID }

func (o *useToken) check() error {
	if len(o.ID) != idLen || !isBase62(o.ID) {
		return errors.New("the identifier of the token is malformed")
	}
	return checkTime("at", o.At)
}

func (o *useToken) apply(d *draft) error {
	t, ok := d.tokens.Get(o.ID)
	if !ok || !o.At.After(t.LastUsed) {
		return nil // it went meanwhile, or another process saw it later
	}
	next := *t
	next.LastUsed = o.At
	d.tokens = d.tokens.Set(o.ID, &next)
	return nil
}

func sortedNetworks(networks []netip.Prefix) []netip.Prefix {
	if len(networks) == 0 {
		return nil
	}
	networks = slices.Clone(networks)
	slices.SortFunc(networks, compareNetworks)
	return slices.Compact(networks)
}
