package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" // it is what authenticators compute
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

// The parameters of RFC 6238 that every authenticator knows.
const (
	totpStep   = 30 // seconds
	totpDigits = 6
	totpSecret = 20 // bytes
	totpSkew   = 1  // steps before and after the current one
)

// A totpState is what is known of a user's authenticator.
type totpState struct {
	secret    sealed
	confirmed bool
	step      uint64 // of the last code that was used: it and those before are refused
}

// enrolTOTP gives a user a secret that counts once a code has shown that it arrived.
type enrolTOTP struct {
	Principal Ref    `json:"principal"`
	Secret    sealed `json:"sealed"`
}

func (*enrolTOTP) do() string      { return "totp:enrol" }
func (o *enrolTOTP) about() string { return string(o.Principal) }

func (o *enrolTOTP) check() error {
	if o.Principal.Kind() != record.KindUser {
		return errors.New("authenticators are for users")
	}
	if len(o.Secret.Key) != 16 || len(o.Secret.Data) != totpSecret+28 {
		return errors.New("the sealed secret is malformed")
	}
	if err := record.CheckID("key", o.Secret.Key); err != nil {
		return err
	}
	return o.Principal.Check()
}

func (o *enrolTOTP) apply(d *draft) error {
	if _, err := d.live("enrol an authenticator", o.Principal); err != nil {
		return err
	}
	if t, ok := d.totps.Get(string(o.Principal)); ok && t.confirmed {
		return conflict("enrol an authenticator", "there is one already", "take it away first")
	}
	d.totps = d.totps.Set(string(o.Principal), &totpState{secret: o.Secret})
	return nil
}

// useTOTP takes down that a code was used; the first confirms the authenticator.
type useTOTP struct {
	Principal Ref    `json:"principal"`
	Step      uint64 `json:"step"`
	Confirm   bool   `json:"confirm,omitempty"`
}

func (o *useTOTP) do() string {
	if o.Confirm {
		return "totp:confirm"
	}
	return "totp:use"
}

func (o *useTOTP) about() string { return string(o.Principal) }

func (o *useTOTP) check() error {
	if o.Step == 0 || o.Step > 1<<40 {
		return errors.New("the step is none")
	}
	return o.Principal.Check()
}

func (o *useTOTP) apply(d *draft) error {
	t, ok := d.totps.Get(string(o.Principal))
	if !ok || t.confirmed == o.Confirm {
		return conflict(o.do(), "there is no authenticator to which that could happen", "")
	}
	if o.Step <= t.step {
		return refused(ReasonReplayed)
	}
	d.totps = d.totps.Set(string(o.Principal), &totpState{secret: t.secret, confirmed: true, step: o.Step})
	return nil
}

// clearTOTP takes an authenticator away.
type clearTOTP struct {
	Principal Ref `json:"principal"`
}

func (*clearTOTP) do() string      { return "totp:clear" }
func (o *clearTOTP) about() string { return string(o.Principal) }
func (o *clearTOTP) check() error  { return o.Principal.Check() }

func (o *clearTOTP) apply(d *draft) error {
	p, err := d.live("take an authenticator away", o.Principal)
	if err != nil {
		return err
	}
	d.totps = d.totps.Delete(string(o.Principal))
	d.secure(p)
	return nil
}

// EnrolTOTP draws the secret of a new authenticator for a user, as an otpauth URL that is shown once. It counts once
// [Store.ConfirmTOTP] has seen a code of it. It is a conflict if the user has one that counts. A request that is sent again gets another secret,
// which takes the place of the first.
func (s *Store) EnrolTOTP(ctx context.Context, user Ref, issuer string) (Secret, error) {
	if err := checkName("issuer", issuer); err != nil {
		return Secret{}, invalid("enrol an authenticator", err)
	}
	origin := record.OriginOf(ctx)
	origin.Request = ""
	secret := newRandom(totpSecret)
	o := &enrolTOTP{Principal: user, Secret: s.keys.encrypt(user, secret)}
	if err := s.change(record.WithOrigin(ctx, origin), ordinary, o); err != nil {
		return Secret{}, err
	}
	text := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
	return Secret{fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d",
		url.PathEscape(issuer), url.PathEscape(user.ID()), text, url.QueryEscape(issuer), totpDigits, totpStep)}, nil
}

// ConfirmTOTP makes the authenticator of a user count, if the code is right. Errors are those of [Store.CheckTOTP].
func (s *Store) ConfirmTOTP(ctx context.Context, user Ref, code string, from netip.Addr) error {
	return s.checkTOTP(ctx, user, code, from, true)
}

// ClearTOTP takes a user's authenticator away and ends the user's sessions. Errors are those of [Store.Create].
func (s *Store) ClearTOTP(ctx context.Context, user Ref) error {
	return s.change(ctx, ordinary, &clearTOTP{Principal: user})
}

// HasTOTP reports whether a user has an authenticator that counts.
func (s *Snapshot) HasTOTP(user Ref) bool {
	t, ok := s.totps.Get(string(user))
	return ok && t.confirmed
}

// CheckTOTP reports whether a code is of a user's authenticator, of now or of half a minute before or after, and later than the last one that
// was used: a code works once, on all stores of a journal together. Whoever is refused gets [CodeUnauthenticated], or [CodeThrottled] as with
// passwords. CodeJournal and CodeClosed mean that the use could not be taken down, so that it did not count.
func (s *Store) CheckTOTP(ctx context.Context, user Ref, code string, from netip.Addr) error {
	return s.checkTOTP(ctx, user, code, from, false)
}

func (s *Store) checkTOTP(ctx context.Context, user Ref, code string, from netip.Addr, confirm bool) error {
	a := attempt{method: "totp", from: from}
	snap, now := s.snapshot.Load(), time.Now()
	p, known := snap.Principal(user)
	if known {
		a.ref = user
	}
	r, until := s.throttle.reserve(pseudonym(s.keys.subject, "totp", string(user)), from, now)
	if !until.IsZero() {
		a.reason, a.until = ReasonThrottled, until
		return s.refuse(ctx, a)
	}
	t, ok := snap.totps.Get(string(user))
	switch {
	case !ok || t.confirmed == confirm:
		a.reason = ReasonUnknown
		return s.refuse(ctx, a)
	case !p.Live():
		a.reason = ReasonDisabled
		return s.refuse(ctx, a)
	}
	secret, err := s.keys.decrypt(user, t.secret)
	if err != nil {
		s.throttle.release(r)
		return &modreg.Error{Code: modreg.CodeFailed, What: "check a code", Err: err}
	}
	step, ok := matchCode(secret, code, now)
	if !ok {
		a.reason = ReasonSecret
		return s.refuse(ctx, a)
	}
	o := &useTOTP{Principal: user, Step: step, Confirm: confirm}
	err = s.commitUser(ctx, user, o)
	if why := ReasonOf(err); why != "" {
		a.reason = why
		return s.refuse(ctx, a)
	}
	if err != nil {
		s.throttle.release(r)
		return err
	}
	s.throttle.succeed(r)
	s.recordProof(ctx, "totp", user, from)
	return nil
}

// commitUser writes down that a user proved something. The one who did is the user, whoever asked on the user's behalf.
func (s *Store) commitUser(ctx context.Context, user Ref, o operation) error {
	origin := record.OriginOf(ctx)
	origin.Request = ""
	if origin.Actor.IsZero() {
		origin.Actor = record.Actor{Kind: user.Kind(), ID: user.ID(), Authn: "totp"}
	}
	if err := origin.Check(); err != nil {
		return invalid(o.do()+": on whose behalf", err)
	}
	return s.commit(record.WithOrigin(ctx, origin), o.do(), o.about(), func(d *draft) error { return d.do(o) })
}

// matchCode returns the step of which a code is. It looks at all that it could be of, whichever it is.
func matchCode(secret []byte, code string, now time.Time) (step uint64, ok bool) {
	current := uint64(max(now.Unix(), 0)) / totpStep
	for i := -totpSkew; i <= totpSkew; i++ {
		at := current + uint64(i)
		if subtle.ConstantTimeCompare([]byte(codeAt(secret, at)), []byte(code)) == 1 {
			step, ok = at, true
		}
	}
	return step, ok
}

// codeAt returns the code of a step (RFC 6238, RFC 4226).
func codeAt(secret []byte, step uint64) string {
	h := hmac.New(sha1.New, secret)
	h.Write(binary.BigEndian.AppendUint64(nil, step))
	sum := h.Sum(nil)
	n := binary.BigEndian.Uint32(sum[sum[len(sum)-1]&15:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", totpDigits, n%1_000_000)
}
