package record

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/modreg/modreg/manifest"
)

// Format is the version of the encoding that this package writes.
const Format = 2

// The operations that a transaction may hold.
const (
	Register   = "register"
	Unregister = "unregister"
	Activate   = "activate"
	Configure  = "configure"
)

// An Op is one change of the desired state.
type Op struct {
	Do       string
	Manifest *manifest.Checked // of Register
	Module   string            // "name@version", of the others
	Config   []byte            // canonical JSON, of Register and Configure; nil takes the configuration away
}

// Ref returns "name@version" of the module that the operation is about.
func (o *Op) Ref() string {
	if o.Manifest != nil {
		return o.Manifest.Name + "@" + o.Manifest.Version.String()
	}
	return o.Module
}

// A Transaction is one record of the journal: operations that count together or not at all.
type Transaction struct {
	Format int // set by Decode
	Prev   [sha256.Size]byte
	Time   time.Time // in UTC
	Node   string    // where it was written; may be empty
	Origin Origin
	Ops    []Op
}

// Append appends the encoding of t, in the current format, to b. What it is given must have been checked.
func (t *Transaction) Append(b []byte) []byte {
	b = append(b, `{"v":`...)
	b = strconv.AppendInt(b, Format, 10)
	b = append(b, `,"prev":"`...)
	b = hex.AppendEncode(b, t.Prev[:])
	b = append(b, `","time":"`...)
	b = t.Time.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, '"')
	b = appendID(b, "node", t.Node)
	b = t.Origin.append(b)
	b = append(b, `,"ops":[`...)
	for i := range t.Ops {
		if i > 0 {
			b = append(b, ',')
		}
		b = t.Ops[i].append(b)
	}
	return append(b, `]}`...)
}

func (o *Op) append(b []byte) []byte {
	b = append(b, `{"do":"`...)
	b = append(b, o.Do...)
	if o.Do == Register {
		b = append(b, `","manifest":`...)
		b = append(b, o.Manifest.Canonical...)
	} else {
		// References hold letters, digits and punctuation that JSON does not escape, and so do identifiers.
		b = append(b, `","module":"`...)
		b = append(b, o.Module...)
		b = append(b, '"')
	}
	if o.Config != nil {
		b = append(b, `,"config":`...)
		b = append(b, o.Config...)
	}
	return append(b, '}')
}

func (o *Origin) append(b []byte) []byte {
	b = o.Actor.append(b, "actor")
	b = o.OnBehalfOf.append(b, "on_behalf_of")
	b = appendID(b, "request", o.Request)
	b = appendID(b, "trace", o.Trace)
	b = appendID(b, "approval", o.Approval)
	b = appendID(b, "incident", o.Incident)
	if o.Reason != "" {
		b = append(b, `,"reason":`...)
		b = appendText(b, o.Reason)
	}
	for i, s := range o.Sealed {
		if i == 0 {
			b = append(b, `,"sealed":[`...)
		} else {
			b = append(b, ',')
		}
		b = append(b, `{"subject":"`...)
		b = append(b, s.Subject...)
		b = append(b, `","key":"`...)
		b = append(b, s.Key...)
		b = append(b, `","data":"`...)
		b = base64.StdEncoding.AppendEncode(b, s.Data)
		b = append(b, `"}`...)
	}
	if len(o.Sealed) > 0 {
		b = append(b, ']')
	}
	return b
}

func (a Actor) append(b []byte, field string) []byte {
	if a.IsZero() {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, field...)
	b = append(b, `":{"kind":"`...)
	b = append(b, a.Kind...)
	b = append(b, '"')
	b = appendID(b, "id", a.ID)
	b = appendID(b, "authn", a.Authn)
	b = appendID(b, "session", a.Session)
	b = appendID(b, "token", a.Token)
	b = appendID(b, "address", a.Address)
	return append(b, '}')
}

func appendID(b []byte, field, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, field...)
	b = append(b, `":"`...)
	b = append(b, value...)
	return append(b, '"')
}

func appendText(b []byte, s string) []byte {
	text, err := json.Marshal(s)
	if err != nil { // of a string there is none
		return append(b, `""`...)
	}
	return append(b, text...)
}
