package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/netip"
	"os"
	"time"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

// BootstrapLifetime is how long a bootstrap secret works.
const BootstrapLifetime = time.Hour

// bootstrapState is what is known of the way in for the first admin.
type bootstrapState struct {
	secret  *digest // nil if there is none
	expires time.Time
	claimed bool // there was an admin
}

// openBootstrap makes a secret with which the first admin comes in, or after a reset one more.
type openBootstrap struct {
	Digest  digest    `json:"sha256"`
	Expires time.Time `json:"expires"`
	Reset   bool      `json:"reset,omitempty"`
}

func (o *openBootstrap) do() string {
	if o.Reset {
		return "bootstrap:reset"
	}
	return "bootstrap:open"
}

func (*openBootstrap) about() string  { return "bootstrap" }
func (o *openBootstrap) check() error { return checkTime("expires", o.Expires) }

func (o *openBootstrap) apply(d *draft) error {
	if d.bootstrap.claimed && !o.Reset {
		return denied("open the bootstrap", "the first admin is there already", "ask an admin, or reset on the machine itself")
	}
	d.bootstrap = bootstrapState{secret: &o.Digest, expires: o.Expires, claimed: d.bootstrap.claimed}
	return nil
}

// claimBootstrap closes the way in. The principal and what it is given are in the same record.
type claimBootstrap struct {
	Principal Ref `json:"principal"`
}

func (*claimBootstrap) do() string      { return "bootstrap:claim" }
func (o *claimBootstrap) about() string { return string(o.Principal) }

func (o *claimBootstrap) check() error {
	if o.Principal.Kind() != record.KindUser {
		return errors.New("the first admin is a user")
	}
	return o.Principal.Check()
}

func (o *claimBootstrap) apply(d *draft) error {
	switch {
	case d.bootstrap.secret == nil && d.bootstrap.claimed:
		return refused(ReasonClosed)
	case d.bootstrap.secret == nil:
		return refused(ReasonUnknown)
	case !d.now.Before(d.bootstrap.expires):
		return refused(ReasonExpired)
	}
	d.bootstrap = bootstrapState{claimed: true}
	return nil
}

// NeedsBootstrap reports whether there was never an admin.
func (s *Snapshot) NeedsBootstrap() bool { return !s.bootstrap.claimed }

// OpenBootstrap draws the secret with which the first admin comes in, see [Store.Claim]. It works once, for an hour; one that was drawn
// before does not work any more, and none does once somebody is admin. It is for the program that starts the node, which shows it once, on the terminal or by
// [WriteSecret]. It returns [CodeDenied] if there was a first admin. Errors are those of [Store.Create].
func (s *Store) OpenBootstrap(ctx context.Context) (Secret, error) {
	return s.openBootstrap(ctx, false)
}

// Reset is [Store.OpenBootstrap] for a node that has lost its admins: it opens the way in once more, and leaves everything else as it is.
// Uid is the user of the operating system who asks, as the operating system says, of the process on a terminal or of the peer of the unix
// socket, never as a message says. Only root may; others get [CodeDenied], and are taken down. It does not happen if it
// cannot be taken down.
func (s *Store) Reset(ctx context.Context, uid int) (Secret, error) {
	if uid != 0 {
		err := denied("reset access", "only root on the machine itself may", "become root there")
		s.recordDenied(ctx, audit.Event{Class: audit.ClassPolicy, Action: "bootstrap:reset"}, err)
		return Secret{}, err
	}
	return s.openBootstrap(ctx, true)
}

func (s *Store) openBootstrap(ctx context.Context, reset bool) (Secret, error) {
	origin := record.OriginOf(ctx)
	origin.Request = "" // a secret that was not seen is drawn again
	secret := newSecret()
	o := &openBootstrap{Digest: digestOf(secret), Expires: time.Now().UTC().Add(BootstrapLifetime).Truncate(time.Second), Reset: reset}
	err := s.changeAs(record.WithOrigin(ctx, origin), ordinary, o, func(d *draft) error { return d.do(o) })
	if err != nil {
		return Secret{}, err
	}
	return Secret{bootstrapText(secret)}, nil
}

// A Claim says who comes in with the bootstrap secret.
type Claim struct {
	Secret   string
	User     Ref           // who becomes admin: a name that nobody has or had
	From     netip.Addr    // where the request came from
	Lifetime time.Duration // of the token that the admin gets; 0 is [DefaultLifetime]
}

// adminBinding is what the identifier of the binding of an admin begins with who came in with the bootstrap secret.
const adminBinding = "bootstrap-"

// Claim makes a user of whoever has the bootstrap secret, gives them the role admin everywhere and a token for all that it allows, and
// closes the way in: all in one record. Whoever has no secret that works gets [CodeUnauthenticated], and is taken down; the secret stays as it is
// then. CodeConflict says that there is or was a principal of that name. Other errors are those of [Store.Create]. The context
// needs no actor: it is the new user.
func (s *Store) Claim(ctx context.Context, c Claim) (Issued, error) {
	a := attempt{method: "bootstrap", from: c.From}
	secret, ok := parseBootstrap(c.Secret)
	if !ok {
		a.reason = ReasonMalformed
		return Issued{}, s.refuse(ctx, a)
	}
	sum, want := digestOf(secret), s.snapshot.Load().bootstrap
	if want.secret == nil || subtle.ConstantTimeCompare(sum[:], want.secret[:]) != 1 {
		if a.reason = ReasonSecret; want.secret == nil {
			a.reason = ReasonClosed
		}
		return Issued{}, s.refuse(ctx, a)
	}
	scope := Scope{For: []authz.TokenScope{{Within: authz.Fleet()}}}
	token, tokenSecret, err := newToken(c.User, scope, c.Lifetime)
	if err != nil {
		return Issued{}, err
	}
	o := &claimBootstrap{Principal: c.User}
	origin := record.OriginOf(ctx)
	origin.Actor = record.Actor{Kind: c.User.Kind(), ID: c.User.ID(), Authn: "bootstrap", Address: s.Address(c.From)}
	origin.Request = ""
	err = s.changeAs(record.WithOrigin(ctx, origin), ordinary, o, func(d *draft) error {
		if got := d.bootstrap.secret; got != nil && *got != sum { // another was drawn meanwhile
			return refused(ReasonSecret)
		}
		for _, o := range []operation{
			o, &createPrincipal{Principal: c.User}, &putBinding{authz.Binding{
				ID: adminBinding + newTokenName(), Subject: c.User.Subject(), Role: authz.RoleAdmin, Scope: authz.Fleet(),
			}}, token,
		} {
			if err := d.do(o); err != nil {
				return err
			}
		}
		return nil
	})
	if why := ReasonOf(err); why != "" {
		a.reason = why
		return Issued{}, s.refuse(ctx, a)
	}
	if err != nil {
		return Issued{}, err
	}
	t, _ := s.Snapshot().Token(token.ID)
	return Issued{Token: t, Secret: Secret{credential{kind: c.User.Kind(), id: token.ID, secret: tokenSecret}.text()}}, nil
}

// WriteSecret writes a secret into a new file that nobody but the user of this process can read. It is an error if there is a file of that
// name.
func WriteSecret(path string, secret Secret) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	_, err = f.WriteString(secret.Reveal() + "\n")
	return err
}
