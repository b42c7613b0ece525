package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modreg/modreg/record"
)

// Check reports what of an event is outside its grammar or limits; nil if nothing is. The error names the field and
// never repeats its value, which may be a secret in the wrong place.
func (e *Event) Check() error {
	if e.ID == "" {
		return errors.New("id: it is needed")
	}
	if e.Log != "" && e.Log != LogRegistry && e.Log != LogNode {
		return errors.New("log: it is neither registry nor audit")
	}
	if (e.Log == "") != (e.Seq == 0) {
		return errors.New("seq: a place in a log needs the log, and the log a place")
	}
	if err := checkTimes(e.Time, e.Spooled); err != nil {
		return err
	}
	return e.checkBody()
}

// checkBody checks what an event has before it is given its ID, time and place.
func (e *Event) checkBody() error {
	if err := e.checkKind(); err != nil {
		return err
	}
	if err := e.checkIDs(); err != nil {
		return err
	}
	origin := record.Origin{
		Actor: e.Actor, OnBehalfOf: e.OnBehalfOf, Request: e.Request, Trace: e.Trace, Approval: e.Approval,
		Incident: e.Incident, Reason: e.Reason, Sealed: e.Sealed,
	}
	if err := origin.Check(); err != nil {
		return err
	}
	if err := e.Resource.check(); err != nil {
		return err
	}
	return checkChanges(e.Diff)
}

func checkTimes(at, spooled time.Time) error {
	if at.IsZero() || !inRange(at) {
		return errors.New("time: it is needed, in UTC, of the years 1 to 9999")
	}
	if !spooled.IsZero() && !inRange(spooled) {
		return errors.New("spooled: it is a time in UTC, of the years 1 to 9999")
	}
	return nil
}

// inRange reports whether RFC 3339 can say a time; location pointers other than UTC are refused with it.
func inRange(t time.Time) bool {
	return t.Location() == time.UTC && t.Year() >= 1 && t.Year() <= 9999
}

// checkKind checks what kind of event it is.
func (e *Event) checkKind() error {
	if !slices.Contains(classes(), e.Class) {
		return errors.New("class: it is not one of " + strings.Join(classes(), ", "))
	}
	if !isAction(e.Action) {
		return errors.New("action: it is not two words with a colon between, of lower-case letters, digits, - and _")
	}
	switch e.Activity {
	case ActivityIntent, ActivityResult, "":
	default:
		return errors.New("activity: it is not intent, result or nothing")
	}
	switch e.Outcome {
	case OutcomeAllow, OutcomeDeny, OutcomeSuccess, OutcomeFailure, OutcomeError:
	case "":
		if e.Activity != ActivityIntent {
			return errors.New("outcome: it is needed but in an intent")
		}
	default:
		return errors.New("outcome: it is not one of allow, deny, success, failure, error")
	}
	if e.Activity == ActivityIntent && e.Intent != "" || e.Activity == ActivityResult && e.Intent == "" {
		return errors.New("intent: a result names its intent, and an intent names none")
	}
	return nil
}

func classes() []string {
	return []string{
		ClassModule, ClassAuthentication, ClassAuthorization, ClassPolicy, ClassAudit, ClassSecret,
		ClassSandbox, ClassResponse, ClassBackup, ClassFleet, ClassPrivacy, ClassSystem,
	}
}

func isAction(s string) bool {
	noun, verb, ok := strings.Cut(s, ":")
	return ok && len(s) <= MaxAction && isWord(noun) && isWord(verb)
}

// isWord reports whether s is a lower-case letter and lower-case letters, digits, "-" and "_" after it.
func isWord(s string) bool {
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '-' && c != '_') {
			return false
		}
	}
	return s != ""
}

// checkIDs checks the identifiers and hashes that are not the origin's.
func (e *Event) checkIDs() error {
	for _, f := range [...]struct{ name, value string }{
		{"id", e.ID}, {"node", e.Node}, {"policy_rev", e.PolicyRev}, {"intent", e.Intent},
	} {
		if err := record.CheckID(f.name, f.value); err != nil {
			return err
		}
	}
	if len(e.PolicyIDs) > MaxPolicies {
		return fmt.Errorf("policy_ids: %d are too many: at most %d", len(e.PolicyIDs), MaxPolicies)
	}
	for _, id := range e.PolicyIDs {
		if id == "" {
			return errors.New("policy_ids: one is empty")
		}
		if err := record.CheckID("policy_ids", id); err != nil {
			return err
		}
	}
	if err := checkHash("before_hash", e.BeforeHash); err != nil {
		return err
	}
	return checkHash("after_hash", e.AfterHash)
}

func (r Resource) check() error {
	if r.IsZero() {
		return nil
	}
	if len(r.Kind) > MaxKind || !isWord(r.Kind) {
		return fmt.Errorf("resource.kind: it is not a word of lower-case letters, digits, - and _, of at most %d bytes", MaxKind)
	}
	if err := checkLongID("resource.id", r.ID); err != nil {
		return err
	}
	if err := record.CheckID("resource.rev", r.Rev); err != nil {
		return err
	}
	return checkHash("resource.digest", r.Digest)
}

// checkLongID is record.CheckID for what may be longer: a module's name and version together.
func checkLongID(field, value string) error {
	if len(value) > MaxResourceID {
		return fmt.Errorf("%s: %d bytes are too many: at most %d", field, len(value), MaxResourceID)
	}
	for len(value) > record.MaxID {
		if err := record.CheckID(field, value[:record.MaxID]); err != nil {
			return err
		}
		value = value[record.MaxID:]
	}
	return record.CheckID(field, value)
}

func checkChanges(diff []Change) error {
	if len(diff) > MaxChanges {
		return fmt.Errorf("diff: %d changes are too many: at most %d", len(diff), MaxChanges)
	}
	for _, c := range diff {
		if c.Field == "" {
			return errors.New("diff: a change names no field")
		}
		for _, v := range [...]string{c.Field, c.Before, c.After} {
			if err := record.CheckID("diff", v); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkHash reports whether the value of a field is empty, or "sha256:" and 64 lower-case hexadecimal digits.
func checkHash(field, value string) error {
	if value == "" || isHash(value) {
		return nil
	}
	return fmt.Errorf("%s: it is not sha256: and 64 lower-case hexadecimal digits", field)
}

func isHash(value string) bool {
	digits, ok := strings.CutPrefix(value, "sha256:")
	return ok && len(value) == hashSize && strings.Trim(digits, "0123456789abcdef") == ""
}
