package audit

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/modreg/modreg/record"
)

// A Query selects events. A field that is zero selects all; an event must match every field.
type Query struct {
	From time.Time // happened at or after
	To   time.Time // happened before

	Actor    string // "kind/id", or "kind/*": who did it, or for whom it was done
	Action   string // "module:start", or "module:*"
	Resource string // ID of the resource; with a "*" at its end everything that begins so, as in "upper@*"
	Outcome  string // one of the outcomes
	Request  string // identifier of the request
	Log      string // [LogRegistry] or [LogNode]

	Limit  int  // how many at most; 0 is all
	Newest bool // the newest first; otherwise the oldest
}

// Check reports what of a query is outside its grammar; nil if nothing is. The error does not repeat the value.
func (q *Query) Check() error {
	if !q.From.IsZero() && !inRange(q.From.UTC()) || !q.To.IsZero() && !inRange(q.To.UTC()) {
		return errors.New("from and to are of the years 1 to 9999")
	}
	if q.Limit < 0 {
		return errors.New("limit: it is negative")
	}
	if kind, id, ok := strings.Cut(q.Actor, "/"); q.Actor != "" {
		if !ok || !isWord(kind) || id == "" {
			return errors.New(`actor: it is not "kind/id" or "kind/*"`)
		}
		if len(kind) > MaxKind {
			return errors.New("actor: its kind is too long")
		}
		if err := record.CheckID("actor", strings.TrimSuffix(id, "*")); err != nil {
			return err
		}
	}
	if noun, verb, _ := strings.Cut(q.Action, ":"); q.Action != "" && !isAction(q.Action) && (verb != "*" || !isAction(noun+":x")) {
		return errors.New(`action: it is not two words with a colon between; the second may be "*"`)
	}
	if err := checkLongID("resource", strings.TrimSuffix(q.Resource, "*")); err != nil {
		return err
	}
	switch q.Outcome {
	case "", OutcomeAllow, OutcomeDeny, OutcomeSuccess, OutcomeFailure, OutcomeError:
	default:
		return errors.New("outcome: it is not one of allow, deny, success, failure, error")
	}
	if q.Log != "" && q.Log != LogRegistry && q.Log != LogNode {
		return errors.New("log: it is neither registry nor audit")
	}
	return record.CheckID("request", q.Request)
}

// Match reports whether the query selects e. It does not look at Limit. The time of a spooled event is the one at which
// it happened.
func (q *Query) Match(e *Event) bool {
	at := e.Time
	if !e.Spooled.IsZero() {
		at = e.Spooled
	}
	return (q.From.IsZero() || !at.Before(q.From)) &&
		(q.To.IsZero() || at.Before(q.To)) &&
		(q.Log == "" || q.Log == e.Log) &&
		(q.Outcome == "" || q.Outcome == e.Outcome) &&
		(q.Request == "" || q.Request == e.Request) &&
		matches(q.Action, e.Action) &&
		matches(q.Resource, e.Resource.ID) &&
		(q.Actor == "" || matchesActor(q.Actor, e.Actor) || matchesActor(q.Actor, e.OnBehalfOf))
}

// matches compares a value with a pattern: nothing, the value, or its beginning and a "*".
func matches(pattern, value string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(value, prefix)
	}
	return pattern == "" || pattern == value
}

func matchesActor(pattern string, a record.Actor) bool {
	kind, id, _ := strings.Cut(pattern, "/")
	return !a.IsZero() && kind == a.Kind && matches(id, a.ID)
}

// String returns the query in one line, as it is written down when somebody reads the log. If the query passes Check, it
// is a reason in the sense of package record.
func (q *Query) String() string {
	var b strings.Builder
	add := func(name, value string) {
		if value != "" {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(name + "=" + value)
		}
	}
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.UTC().Format(time.RFC3339Nano)
	}
	add("log", q.Log)
	add("from", stamp(q.From))
	add("to", stamp(q.To))
	add("actor", q.Actor)
	add("action", q.Action)
	add("resource", q.Resource)
	add("outcome", q.Outcome)
	add("request", q.Request)
	if q.Limit > 0 {
		add("limit", strconv.Itoa(q.Limit))
	}
	if q.Newest {
		add("order", "newest")
	}
	if b.Len() == 0 {
		return "all"
	}
	return b.String()
}
