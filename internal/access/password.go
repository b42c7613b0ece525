package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

// The limits of passwords.
const (
	MinPassword = 12  // characters
	MaxPassword = 256 // bytes
)

// The cost of a hash, which is what OWASP's Password Storage Cheat Sheet has for Argon2id.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2
	argonThreads = 1
	saltSize     = 16
	hashSize     = 32

	maxHashing = 2  // hashes at once: each takes 19 MiB and a core
	maxWaiting = 32 // who wait for one; others are sent away
)

// A passwordHash is what is known of a password.
type passwordHash struct {
	Principal Ref    `json:"principal"`
	Memory    uint32 `json:"m"`
	Time      uint32 `json:"t"`
	Threads   uint8  `json:"p"`
	Salt      []byte `json:"salt"`
	Hash      []byte `json:"argon2id"`
}

func (*passwordHash) do() string      { return "password:set" }
func (o *passwordHash) about() string { return string(o.Principal) }

func (o *passwordHash) check() error {
	if o.Principal.Kind() != record.KindUser {
		return errors.New("passwords are for users")
	}
	if o.Memory < 8 || o.Memory > 64<<10 || o.Time < 1 || o.Time > 16 || o.Threads < 1 || len(o.Salt) != saltSize || len(o.Hash) != hashSize {
		return errors.New("the hash is malformed")
	}
	return o.Principal.Check()
}

func (o *passwordHash) apply(d *draft) error {
	p, err := d.live("set a password", o.Principal)
	if err != nil {
		return err
	}
	d.passwords = d.passwords.Set(string(o.Principal), o)
	d.secure(p)
	return nil
}

// clearPassword takes a password away.
type clearPassword struct {
	Principal Ref `json:"principal"`
}

func (*clearPassword) do() string      { return "password:clear" }
func (o *clearPassword) about() string { return string(o.Principal) }
func (o *clearPassword) check() error  { return o.Principal.Check() }

func (o *clearPassword) apply(d *draft) error {
	p, err := d.live("take a password away", o.Principal)
	if err != nil {
		return err
	}
	d.passwords = d.passwords.Delete(string(o.Principal))
	d.secure(p)
	return nil
}

// hashing is the places where hashes are computed.
type hashing struct {
	places  chan struct{}
	waiting chan struct{}
	nobody  *passwordHash // stands for the password of those who have none, so that it takes as long to refuse them
}

func newHashing() hashing {
	return hashing{
		places: make(chan struct{}, maxHashing), waiting: make(chan struct{}, maxWaiting+maxHashing),
		nobody: &passwordHash{Memory: argonMemory, Time: argonTime, Threads: argonThreads, Salt: newRandom(saltSize), Hash: newRandom(hashSize)},
	}
}

// hash computes the hash of a password when there is a place.
func (h *hashing) hash(ctx context.Context, password string, p *passwordHash) ([]byte, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, &modreg.Error{Code: modreg.CodeUnavailable, What: "check a password", Why: "too many are being checked", Fix: "try again"}
	}
	select {
	case h.places <- struct{}{}:
		defer func() { <-h.places }()
	case <-ctx.Done():
		return nil, &modreg.Error{Code: modreg.CodeOf(ctx.Err()), What: "check a password", Err: ctx.Err()}
	}
	return argon2.IDKey([]byte(password), p.Salt, p.Time, p.Memory, p.Threads, hashSize), nil
}

// SetPassword gives a user a password, of [MinPassword] characters to [MaxPassword] bytes. It ends the user's sessions. Errors are those of
// [Store.Create]; CodeNotFound if there is no such user, CodeUnavailable if too many passwords are being checked.
func (s *Store) SetPassword(ctx context.Context, user Ref, password string) error {
	const what = "set a password"
	if len(password) > MaxPassword || !utf8.ValidString(password) || utf8.RuneCountInString(password) < MinPassword {
		return invalid(what, fmt.Errorf("it has %d characters to %d bytes of UTF-8", MinPassword, MaxPassword))
	}
	o := &passwordHash{
		Principal: user, Memory: argonMemory, Time: argonTime, Threads: argonThreads, Salt: newRandom(saltSize), Hash: make([]byte, hashSize),
	}
	if err := o.check(); err != nil {
		return invalid(what, err)
	}
	hash, err := s.hashing.hash(ctx, password, o)
	if err != nil {
		return err
	}
	o.Hash = hash
	return s.change(ctx, ordinary, o)
}

// ClearPassword takes a user's password away and ends the user's sessions. It happens even if the audit log cannot be written. Errors are
// those of [Store.Create]; CodeNotFound if there is no such user.
func (s *Store) ClearPassword(ctx context.Context, user Ref) error {
	return s.change(ctx, protective, &clearPassword{Principal: user})
}

// CheckPassword reports whether somebody knows a user's password. From is where the request came from. Whoever is refused gets one
// answer, after the same work, whether there is such a user or not: an error with [CodeUnauthenticated]. After the fifth failure of a
// user at an address, attempts have to wait, twice as long each time; those that do not get [CodeThrottled]. At most two hashes
// are computed at once: CodeUnavailable, or the code of an ended context, is for those who could not wait.
//
// It starts no session, and asks for no second factor: the caller does, as [Store.HasTOTP] says.
func (s *Store) CheckPassword(ctx context.Context, user Ref, password string, from netip.Addr) (*Principal, error) {
	_, known := s.snapshot.Load().Principal(user)
	a := attempt{method: "password", from: from}
	if known { // what is nobody's name may be a password in the wrong place
		a.ref = user
	}
	r, until := s.throttle.reserve(pseudonym(s.keys.subject, "account", string(user)), from, time.Now())
	if !until.IsZero() {
		a.reason, a.until = ReasonThrottled, until
		return nil, s.refuse(ctx, a)
	}
	if len(password) > MaxPassword { // it is nobody's, and costs what others cost
		password, known = "", false
	}
	want, has := s.hashing.nobody, false
	if known {
		if p, ok := s.snapshot.Load().passwords.Get(string(user)); ok {
			want, has = p, true
		}
	}
	got, err := s.hashing.hash(ctx, password, want)
	if err != nil {
		s.throttle.release(r)
		return nil, err
	}
	same := subtle.ConstantTimeCompare(got, want.Hash) == 1
	p, _ := s.snapshot.Load().Principal(user)
	switch {
	case !has:
		a.reason = ReasonUnknown
	case !same:
		a.reason = ReasonSecret
	case !p.Live():
		a.reason = ReasonDisabled
	default:
		s.throttle.succeed(r)
		s.recordProof(ctx, "password", user, from)
		return p, nil
	}
	return nil, s.refuse(ctx, a)
}
