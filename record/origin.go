package record

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The kinds of actors.
const (
	KindUser    = "user"    // a person
	KindService = "service" // an automation with an account of its own
	KindModule  = "module"  // an instance of a module
	KindNode    = "node"    // a daemon of the fleet
	KindSystem  = "system"  // the program itself
)

// The limits of an [Origin], in bytes but for MaxSealed.
const (
	MaxID     = 128  // of every identifier
	MaxReason = 1024 // of a reason
	MaxSealed = 16   // how many sealed fields one origin has
	MaxSecret = 4096 // of one sealed field
)

// An Actor is who did something. Its fields are identifiers, never names, addresses or other personal data: those
// are for [Sealed]. Letters, digits and "._:/@+=~-" stand in identifiers.
type Actor struct {
	Kind    string `json:"kind,omitempty"`    // one of the kinds above
	ID      string `json:"id,omitempty"`      // a stable pseudonym
	Authn   string `json:"authn,omitempty"`   // how it was authenticated, as in "token" or "mtls"
	Session string `json:"session,omitempty"` // the session it acted in
	Token   string `json:"token,omitempty"`   // the identifier of the token it used, never the token
	Address string `json:"address,omitempty"` // keyed hash of the network address it came from
}

// IsZero reports whether nobody is named.
func (a Actor) IsZero() bool { return a == Actor{} }

// String returns "kind/id"; "unknown" for the zero Actor.
func (a Actor) String() string {
	if a.IsZero() {
		return "unknown"
	}
	return a.Kind + "/" + a.ID
}

// An Origin says on whose behalf and for what reason something is done. It is written down with what is done.
type Origin struct {
	Actor      Actor
	OnBehalfOf Actor    // for whom the actor acts, if for another
	Request    string   // identifier of the request: a registry does one request once, however often it is sent
	Trace      string   // of the distributed trace
	Approval   string   // of the approval that allowed it
	Incident   string   // of the incident it belongs to
	Reason     string   // in the actor's words
	Sealed     []Sealed // personal data, encrypted
}

// A Sealed field is personal data, encrypted with a key of its subject, so that destroying the key erases the data
// and leaves the record as it is.
type Sealed struct {
	Subject string `json:"subject"` // pseudonym of whom it is about
	Key     string `json:"key"`     // identifier of the key
	Data    []byte `json:"data"`    // ciphertext
}

// Check reports what of an origin is outside its grammar or limits; nil if nothing is.
func (o *Origin) Check() error {
	if err := o.Actor.check("actor"); err != nil {
		return err
	}
	if err := o.OnBehalfOf.check("on_behalf_of"); err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{
		{"request", o.Request}, {"trace", o.Trace}, {"approval", o.Approval}, {"incident", o.Incident},
	} {
		if err := CheckID(f.name, f.value); err != nil {
			return err
		}
	}
	if err := CheckReason(o.Reason); err != nil {
		return err
	}
	if len(o.Sealed) > MaxSealed {
		return fmt.Errorf("%d sealed fields are too many: at most %d", len(o.Sealed), MaxSealed)
	}
	for _, s := range o.Sealed {
		if err := s.check(); err != nil {
			return err
		}
	}
	return nil
}

func (a Actor) check(field string) error {
	if a.IsZero() {
		return nil
	}
	switch a.Kind {
	case KindUser, KindService, KindModule, KindNode, KindSystem:
	default:
		return fmt.Errorf("%s: the kind is not one of user, service, module, node, system", field)
	}
	if a.ID == "" {
		return fmt.Errorf("%s: it has a kind and no id", field)
	}
	for _, f := range [...]struct{ name, value string }{
		{"id", a.ID}, {"authn", a.Authn}, {"session", a.Session}, {"token", a.Token}, {"address", a.Address},
	} {
		if err := CheckID(f.name, f.value); err != nil {
			return fmt.Errorf("%s.%w", field, err)
		}
	}
	return nil
}

func (s Sealed) check() error {
	if s.Subject == "" || s.Key == "" || len(s.Data) == 0 {
		return fmt.Errorf("sealed: subject, key and data are needed")
	}
	if len(s.Data) > MaxSecret {
		return fmt.Errorf("sealed: %d bytes are too many: at most %d", len(s.Data), MaxSecret)
	}
	if err := CheckID("sealed.subject", s.Subject); err != nil {
		return err
	}
	return CheckID("sealed.key", s.Key)
}

// CheckID reports whether the value of a field is an identifier: up to 128 ASCII letters, digits and "._:/@+=~-". It may
// be empty. The error does not repeat the value, which may be a secret in the wrong place.
func CheckID(field, value string) error {
	if len(value) > MaxID {
		return fmt.Errorf("%s: %d bytes are too many: at most %d", field, len(value), MaxID)
	}
	for i := range len(value) {
		c := value[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("._:/@+=~-", c) < 0 {
			return fmt.Errorf("%s: byte %d is neither a letter, a digit nor one of ._:/@+=~-", field, i)
		}
	}
	return nil
}

// CheckReason reports whether a reason is up to 1,024 bytes of UTF-8 without control characters, which include line
// breaks and those that change the direction of text.
func CheckReason(reason string) error {
	if len(reason) > MaxReason {
		return fmt.Errorf("reason: %d bytes are too many: at most %d", len(reason), MaxReason)
	}
	if !utf8.ValidString(reason) {
		return fmt.Errorf("reason: it is not UTF-8")
	}
	for i, r := range reason {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("reason: the character at byte %d cannot be printed", i)
		}
	}
	return nil
}

type originKey struct{}

// WithOrigin returns a context for work that is done on behalf of o. A registry checks o when it writes it down.
func WithOrigin(ctx context.Context, o Origin) context.Context {
	return context.WithValue(ctx, originKey{}, &o)
}

// OriginOf returns what [WithOrigin] put into the context; the zero Origin if nothing did.
func OriginOf(ctx context.Context) Origin {
	if o, ok := ctx.Value(originKey{}).(*Origin); ok {
		return *o
	}
	return Origin{}
}
