package access

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

// A Secret is a credential that is shown once. Whatever prints or encodes it prints "[secret]".
type Secret struct{ text string }

// Reveal returns the credential itself.
func (s Secret) Reveal() string { return s.text }

// String returns "[secret]".
func (Secret) String() string { return "[secret]" }

// Format writes "[secret]", whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[secret]") }

// MarshalText returns "[secret]".
func (Secret) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// An Issued token is one that was just made. Its secret is nowhere else.
type Issued struct {
	Token  *Token
	Secret Secret
}

// A TokenSpec says what token to make.
type TokenSpec struct {
	Owner    Ref
	For      []authz.TokenScope // what it may be used for; at least one, and its actions in any order
	Networks []netip.Prefix     // from where it may be used, in any order; none is from anywhere
	Lifetime time.Duration      // at most [MaxLifetime]; 0 is [DefaultLifetime]
}

// CreateToken makes a token. Users make their own; of a service its owner does and whoever the caller lets. If the origin acts with a
// token, the new one is for no more than that, and does not last longer. The rules refuse a token that is for more than its
// owner may do.
//
// It is an error of CodeConflict to send a request again: the secret was shown once. Other errors are those of [Store.Create];
// CodeConflict too if the owner has [MaxTokens], and CodeNotFound if there is no such owner.
func (s *Store) CreateToken(ctx context.Context, spec TokenSpec) (Issued, error) {
	scope := Scope{For: slices.Clone(spec.For), Networks: sortedNetworks(spec.Networks)}
	for i := range scope.For {
		scope.For[i].Actions = sorted(scope.For[i].Actions)
	}
	o, secret, err := newToken(spec.Owner, scope, spec.Lifetime)
	if err != nil {
		return Issued{}, err
	}
	return s.issue(ctx, o, secret)
}

// newToken draws a token.
func newToken(owner Ref, scope Scope, lifetime time.Duration) (*createToken, string, error) {
	if lifetime == 0 {
		lifetime = DefaultLifetime
	}
	if lifetime < time.Second || lifetime > MaxLifetime {
		return nil, "", invalid("create a token", errors.New("lifetime: it is between a second and 90 days"))
	}
	secret := newSecret()
	return &createToken{
		Owner: owner, ID: newTokenID(), Digest: digestOf(secret), Scope: scope,
		Expires: time.Now().UTC().Add(lifetime).Truncate(time.Second),
	}, secret, nil
}

// issue writes down a token that was drawn.
func (s *Store) issue(ctx context.Context, o *createToken, secret string) (Issued, error) {
	err := s.changeOnce(ctx, ordinary, o, func(d *draft) error { return d.doJudged(ctx, o) })
	if errors.Is(err, errRepeated) {
		return Issued{}, conflict(o.do(), "the request was carried out, and its token was shown then", "revoke that token, and ask with a new request")
	}
	if err != nil {
		return Issued{}, err
	}
	t, ok := s.Snapshot().Token(o.ID)
	if !ok { // it was ended at once by somebody else
		return Issued{}, conflict(o.do(), "it has ended", "")
	}
	c := credential{kind: o.Owner.Kind(), id: o.ID, secret: secret}
	return Issued{Token: t, Secret: Secret{c.text()}}, nil
}

func networksWithin(inner, outer []netip.Prefix) bool {
	if len(outer) == 0 {
		return true
	}
	for _, n := range inner {
		if !slices.ContainsFunc(outer, func(o netip.Prefix) bool { return o.Bits() <= n.Bits() && o.Contains(n.Addr()) }) {
			return false
		}
	}
	return len(inner) > 0
}

// RotateToken makes a token that takes the place of another: for the same, of the same owner and family. The other one ends at
// once, and if it is used again the whole family is revoked, because two have what one should have. Lifetime is that of a
// [TokenSpec]. Of a user's tokens only the user does it. Errors are those of [Store.CreateToken]; CodeNotFound if there is no such token,
// and CodeConflict if it has ended.
func (s *Store) RotateToken(ctx context.Context, id string, lifetime time.Duration) (Issued, error) {
	old, ok := s.Snapshot().Token(id)
	if !ok {
		return Issued{}, notFound("rotate a token", "there is none with this identifier")
	}
	o, secret, err := newToken(old.Owner, old.Scope, lifetime)
	if err != nil {
		return Issued{}, err
	}
	o.Replaces = id
	return s.issue(ctx, o, secret)
}

// RevokeToken ends a token; with family, all that were made of it by rotation and those it was made of. It succeeds if it has
// ended. It happens even if the audit log cannot be written. It returns CodeNotFound if there is no such token.
func (s *Store) RevokeToken(ctx context.Context, id string, family bool) error {
	return s.change(ctx, protective, &revokeToken{ID: id, Family: family})
}

// Used returns when a token was last used, as far as this process knows; the zero time if it never was. It is exact to a minute.
func (t *Token) Used() time.Time {
	if sec := t.used.Load(); sec > t.LastUsed.Unix() {
		return time.Unix(sec, 0).UTC()
	}
	return t.LastUsed
}

// touch remembers that a token is being used.
func (t *Token) touch(now int64) {
	if last := t.used.Load(); now-last >= 60 {
		t.used.Store(now)
	}
}

// writeUses takes down the last use of the tokens that were used since the last time, of each at most once an hour.
func (s *Store) writeUses() {
	var ops []operation
	for id, t := range s.Snapshot().tokens.All() {
		if used := t.used.Load(); used > 0 && time.Unix(used, 0).Sub(t.LastUsed) >= useEvery {
			ops = append(ops, &useToken{ID: id, At: time.Unix(used, 0).UTC()})
		}
	}
	slices.SortFunc(ops, func(a, b operation) int { return strings.Compare(a.about(), b.about()) })
	ctx := record.WithOrigin(context.Background(), record.Origin{Actor: s.systemActor()})
	for part := range slices.Chunk(ops, maxOps) {
		s.problem(s.commitUses(ctx, part))
	}
}

// commitUses writes one record. It is no change of anybody's, so that the audit log does not show it.
func (s *Store) commitUses(ctx context.Context, ops []operation) error {
	w := &write{do: ops[0].do(), about: ops[0].about(), origin: record.OriginOf(ctx)}
	w.build = func(d *draft) error {
		for _, o := range ops {
			if err := d.do(o); err != nil {
				return err
			}
		}
		return nil
	}
	return s.enqueue(w)
}

// systemActor is who does what nobody asked for.
func (s *Store) systemActor() record.Actor {
	id := s.o.Node
	if id == "" {
		id = "local"
	}
	return record.Actor{Kind: record.KindSystem, ID: id}
}

// reportReuse revokes the family of a token that was replaced and used again, and says so.
func (s *Store) reportReuse(ctx context.Context, t *Token, from netip.Addr) {
	ctx = context.WithoutCancel(ctx)
	actor := record.Actor{Kind: t.Owner.Kind(), ID: t.Owner.ID(), Authn: "token", Token: t.ID, Address: s.Address(from)}
	if s.o.Auditor != nil {
		s.problem(s.o.Auditor.Record(ctx, audit.Event{
			Class: audit.ClassAuthentication, Action: "token:reuse", Outcome: audit.OutcomeDeny,
			Reason: "a token that was replaced was used again: its family is revoked", Actor: actor,
			Resource: audit.Resource{Kind: "token", ID: t.ID}, Incident: incidentOf(t),
		}))
	}
	origin := record.Origin{Actor: s.systemActor(), Incident: incidentOf(t), Reason: "a token that was replaced was used again"}
	err := s.RevokeToken(record.WithOrigin(ctx, origin), t.ID, true)
	if modreg.CodeOf(err) != modreg.CodeNotFound {
		s.problem(err)
	}
}

// incidentOf names the incident that the reuse of a token is.
func incidentOf(t *Token) string { return fmt.Sprintf("token-reuse-%s", t.Family) }
