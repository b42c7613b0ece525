package access

import (
	"errors"
	"fmt"
	"time"

	"github.com/modreg/modreg"
)

// The codes that this package adds to those of package modreg.
const (
	CodeUnauthenticated modreg.Code = "unauthenticated" // who asks did not prove who they are
	CodeDenied          modreg.Code = "denied"          // who asks may not do this
	CodeThrottled       modreg.Code = "throttled"       // too many wrong attempts: try later
)

// A Reason says why somebody was refused. It is for the audit trail and the operator, never for whoever was refused.
type Reason string

// The reasons.
const (
	ReasonMalformed Reason = "malformed" // it is not a credential at all, or mistyped
	ReasonUnknown   Reason = "unknown"   // no such token, session, account or link
	ReasonSecret    Reason = "secret"    // the secret, password or code is wrong
	ReasonExpired   Reason = "expired"   // its time is over
	ReasonRevoked   Reason = "revoked"   // somebody took it back
	ReasonReused    Reason = "reused"    // it was replaced and used again: probably stolen
	ReasonNetwork   Reason = "network"   // it may not be used from there
	ReasonDisabled  Reason = "disabled"  // the principal is disabled or deleted
	ReasonClosed    Reason = "closed"    // the first admin is there already
	ReasonReplayed  Reason = "replayed"  // the code was used before
	ReasonThrottled Reason = "throttled" // too many wrong attempts
	ReasonRules     Reason = "rules"     // the rules of access control refuse the change
)

// A Refusal is the cause of an error with [CodeUnauthenticated], [CodeDenied] or [CodeThrottled]. Its text is not part of the text of that
// error, unless the code is CodeDenied.
type Refusal struct {
	Reason Reason
	Until  time.Time // for ReasonThrottled: when to try again
	Rule   string    // for ReasonRules: why
}

// Error names the reason.
func (r *Refusal) Error() string {
	if r.Rule != "" {
		return r.Rule
	}
	return "refused: " + string(r.Reason)
}

// ReasonOf returns why an error refuses somebody; "" if it does not.
func ReasonOf(err error) Reason {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return r.Reason
	}
	return ""
}

// refused is the one answer to everybody who did not prove who they are.
func refused(r Reason) error {
	return &modreg.Error{Code: CodeUnauthenticated, What: "authenticate", Why: "the credentials are not valid", Err: &Refusal{Reason: r}}
}

func throttled(until time.Time) error {
	return &modreg.Error{
		Code: CodeThrottled, What: "authenticate", Why: "there were too many attempts", Fix: "try again later",
		Err: &Refusal{Reason: ReasonThrottled, Until: until},
	}
}

// denied says that a rule refuses a change.
func denied(what, why, fix string) error {
	return &modreg.Error{Code: CodeDenied, What: what, Why: why, Fix: fix, Err: &Refusal{Reason: ReasonRules, Rule: why}}
}

func invalid(what string, err error) error {
	return &modreg.Error{Code: modreg.CodeInvalid, What: what, Err: err}
}

func notFound(what, why string) error {
	return &modreg.Error{Code: modreg.CodeNotFound, What: what, Why: why}
}

func conflict(what, why, fix string) error {
	return &modreg.Error{Code: modreg.CodeConflict, What: what, Why: why, Fix: fix}
}

func errClosed(what string) error {
	return &modreg.Error{Code: modreg.CodeClosed, What: what, Why: "it is closed"}
}

func unknownPrincipal(what string, ref Ref) error {
	return notFound(what, fmt.Sprintf("there is no principal %q", string(ref)))
}
