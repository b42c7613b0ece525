package audit

import (
	"encoding/base64"
	"strconv"
	"time"

	"github.com/modreg/modreg/record"
)

// Append appends the canonical encoding of e to b: JSON with its fields in one order and without those that have no
// value, "log" and "seq" if it has them. What it is given must have passed [Event.Check].
func (e *Event) Append(b []byte) []byte {
	b = append(b, `{"schema_version":`...)
	b = strconv.AppendInt(b, SchemaVersion, 10)
	if e.Log != "" {
		b = appendField(b, `,"log":"`, e.Log)
		b = append(b, `,"seq":`...)
		b = strconv.AppendUint(b, e.Seq, 10)
	}
	b = appendField(b, `,"id":"`, e.ID)
	b = appendTime(b, `,"time":"`, e.Time)
	b = appendField(b, `,"node":"`, e.Node)
	b = appendField(b, `,"class":"`, e.Class)
	b = appendField(b, `,"action":"`, e.Action)
	b = appendField(b, `,"activity":"`, e.Activity)
	b = appendField(b, `,"outcome":"`, e.Outcome)
	if e.Reason != "" {
		b = append(b, `,"reason":"`...)
		b = appendEscaped(b, e.Reason)
		b = append(b, '"')
	}
	b = appendPolicies(b, e.PolicyIDs)
	b = appendField(b, `,"policy_rev":"`, e.PolicyRev)
	b = appendActor(b, `,"actor":{"kind":"`, e.Actor)
	b = appendActor(b, `,"on_behalf_of":{"kind":"`, e.OnBehalfOf)
	b = e.Resource.append(b)
	b = appendField(b, `,"before_hash":"`, e.BeforeHash)
	b = appendField(b, `,"after_hash":"`, e.AfterHash)
	b = appendChanges(b, e.Diff)
	b = appendField(b, `,"request":"`, e.Request)
	b = appendField(b, `,"trace":"`, e.Trace)
	b = appendField(b, `,"approval":"`, e.Approval)
	b = appendField(b, `,"incident":"`, e.Incident)
	b = appendField(b, `,"intent":"`, e.Intent)
	if !e.Spooled.IsZero() {
		b = appendTime(b, `,"spooled":"`, e.Spooled)
	}
	b = appendSealed(b, e.Sealed)
	return append(b, '}')
}

// MarshalJSON returns the canonical encoding. It returns the error of [Event.Check] for an event outside its grammar.
func (e Event) MarshalJSON() ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	return e.Append(nil), nil
}

// UnmarshalJSON is [Decode]: it refuses everything but the canonical encoding.
func (e *Event) UnmarshalJSON(data []byte) error {
	got, err := Decode(data)
	if err != nil {
		return err
	}
	*e = got
	return nil
}

// appendField appends a field whose value has an alphabet that JSON does not escape; nothing if it has no value.
func appendField(b []byte, open, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, open...)
	b = append(b, value...)
	return append(b, '"')
}

func appendTime(b []byte, open string, t time.Time) []byte {
	b = append(b, open...)
	b = t.AppendFormat(b, time.RFC3339Nano)
	return append(b, '"')
}

// appendEscaped appends text as encoding/json spells it, so that an event is spelled the same wherever it is encoded. Nothing
// but these five has to be escaped: control characters are outside the grammar of a reason.
func appendEscaped(b []byte, s string) []byte {
	start := 0
	for i := range len(s) {
		esc := ""
		switch s[i] {
		case '"':
			esc = `\"`
		case '\\':
			esc = `\\`
		case '<':
			esc = `\u003c`
		case '>':
			esc = `\u003e`
		case '&':
			esc = `\u0026`
		default:
			continue
		}
		b = append(append(b, s[start:i]...), esc...)
		start = i + 1
	}
	return append(b, s[start:]...)
}

func appendPolicies(b []byte, ids []string) []byte {
	for i, id := range ids {
		if i == 0 {
			b = append(b, `,"policy_ids":["`...)
		} else {
			b = append(b, `,"`...)
		}
		b = append(b, id...)
		b = append(b, '"')
	}
	if len(ids) > 0 {
		b = append(b, ']')
	}
	return b
}

func appendActor(b []byte, open string, a record.Actor) []byte {
	if a.IsZero() {
		return b
	}
	b = append(b, open...)
	b = append(b, a.Kind...)
	b = append(b, '"')
	b = appendField(b, `,"id":"`, a.ID)
	b = appendField(b, `,"authn":"`, a.Authn)
	b = appendField(b, `,"session":"`, a.Session)
	b = appendField(b, `,"token":"`, a.Token)
	b = appendField(b, `,"address":"`, a.Address)
	return append(b, '}')
}

func (r Resource) append(b []byte) []byte {
	if r.IsZero() {
		return b
	}
	b = append(b, `,"resource":{"kind":"`...)
	b = append(b, r.Kind...)
	b = append(b, '"')
	b = appendField(b, `,"id":"`, r.ID)
	b = appendField(b, `,"rev":"`, r.Rev)
	b = appendField(b, `,"digest":"`, r.Digest)
	return append(b, '}')
}

func appendChanges(b []byte, diff []Change) []byte {
	for i, c := range diff {
		if i == 0 {
			b = append(b, `,"diff":[{"field":"`...)
		} else {
			b = append(b, `,{"field":"`...)
		}
		b = append(b, c.Field...)
		b = append(b, '"')
		b = appendField(b, `,"before":"`, c.Before)
		b = appendField(b, `,"after":"`, c.After)
		b = append(b, '}')
	}
	if len(diff) > 0 {
		b = append(b, ']')
	}
	return b
}

func appendSealed(b []byte, sealed []record.Sealed) []byte {
	for i, s := range sealed {
		if i == 0 {
			b = append(b, `,"sealed":[{"subject":"`...)
		} else {
			b = append(b, `,{"subject":"`...)
		}
		b = append(b, s.Subject...)
		b = appendField(b, `","key":"`, s.Key)
		b = append(b, `,"data":"`...)
		b = base64.StdEncoding.AppendEncode(b, s.Data)
		b = append(b, `"}`...)
	}
	if len(sealed) > 0 {
		b = append(b, ']')
	}
	return b
}
