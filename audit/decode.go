package audit

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/modreg/modreg/record"
)

// A FormatError says that an event has a schema that this version does not read.
type FormatError struct{ Found int }

// Error says which schema was found and which are read.
func (e *FormatError) Error() string {
	return fmt.Sprintf("the event has schema %d and this version reads up to %d (use the version that wrote it)", e.Found, SchemaVersion)
}

// errForm is all that is said of bytes that are not an event: what they are instead may be anything.
var errForm = errors.New("it is not an event in its canonical form")

// Decode is the inverse of [Event.Append]. It returns a [*FormatError] for events of a later schema, and an error for
// bytes that are longer than MaxEvent, have fields it does not know, values outside their grammar, or any other
// spelling than Append's. The event shares no memory with data.
func Decode(data []byte) (Event, error) {
	if len(data) > MaxEvent {
		return Event{}, fmt.Errorf("an event of %d bytes is too large: at most %d", len(data), MaxEvent)
	}
	p := parser{rest: string(data)}
	p.need(`{"schema_version":`)
	if v, ok := p.number(); ok && v != SchemaVersion {
		return Event{}, &FormatError{Found: int(min(v, 1<<31-1))} // the rest of it is another version's
	}
	e := p.event()
	if p.bad || p.rest != "" {
		return Event{}, errForm
	}
	if err := e.Check(); err != nil {
		return Event{}, err
	}
	return e, nil
}

// A parser reads the canonical form, field by field in its order. It knows nothing of JSON in general: what is
// written in any other way is bad.
type parser struct {
	rest string
	bad  bool
}

func (p *parser) event() (e Event) {
	if e.Log = p.field(`,"log":"`); e.Log != "" {
		p.need(`,"seq":`)
		e.Seq, _ = p.number()
	}
	e.ID = p.field(`,"id":"`)
	e.Time = p.time(`,"time":"`)
	e.Node = p.field(`,"node":"`)
	e.Class = p.field(`,"class":"`)
	e.Action = p.field(`,"action":"`)
	e.Activity = p.field(`,"activity":"`)
	e.Outcome = p.field(`,"outcome":"`)
	if p.opt(`,"reason":"`) {
		e.Reason = p.text()
	}
	if p.opt(`,"policy_ids":["`) {
		e.PolicyIDs = append(e.PolicyIDs, p.until())
		for p.opt(`,"`) && len(e.PolicyIDs) <= MaxPolicies {
			e.PolicyIDs = append(e.PolicyIDs, p.until())
		}
		p.need(`]`)
	}
	e.PolicyRev = p.field(`,"policy_rev":"`)
	e.Actor = p.actor(`,"actor":{"kind":"`)
	e.OnBehalfOf = p.actor(`,"on_behalf_of":{"kind":"`)
	if p.opt(`,"resource":{"kind":"`) {
		e.Resource.Kind = p.until()
		e.Resource.ID = p.field(`,"id":"`)
		e.Resource.Rev = p.field(`,"rev":"`)
		e.Resource.Digest = p.field(`,"digest":"`)
		p.need(`}`)
	}
	e.BeforeHash = p.field(`,"before_hash":"`)
	e.AfterHash = p.field(`,"after_hash":"`)
	e.Diff = p.changes()
	e.Request = p.field(`,"request":"`)
	e.Trace = p.field(`,"trace":"`)
	e.Approval = p.field(`,"approval":"`)
	e.Incident = p.field(`,"incident":"`)
	e.Intent = p.field(`,"intent":"`)
	e.Spooled = p.time(`,"spooled":"`)
	e.Sealed = p.sealed()
	p.need(`}`)
	return e
}

func (p *parser) actor(open string) (a record.Actor) {
	if !p.opt(open) {
		return a
	}
	a.Kind = p.until()
	a.ID = p.field(`,"id":"`)
	a.Authn = p.field(`,"authn":"`)
	a.Session = p.field(`,"session":"`)
	a.Token = p.field(`,"token":"`)
	a.Address = p.field(`,"address":"`)
	p.need(`}`)
	return a
}

func (p *parser) changes() (diff []Change) {
	if !p.opt(`,"diff":[{"field":"`) {
		return nil
	}
	for {
		diff = append(diff, Change{Field: p.until(), Before: p.field(`,"before":"`), After: p.field(`,"after":"`)})
		p.need(`}`)
		if !p.opt(`,{"field":"`) || len(diff) > MaxChanges {
			p.need(`]`)
			return diff
		}
	}
}

func (p *parser) sealed() (sealed []record.Sealed) {
	if !p.opt(`,"sealed":[{"subject":"`) {
		return nil
	}
	for {
		s := record.Sealed{Subject: p.until(), Key: p.field(`,"key":"`)}
		text := p.field(`,"data":"`)
		data, err := base64.StdEncoding.Strict().DecodeString(text) // it passes over line breaks
		p.bad = p.bad || err != nil || base64.StdEncoding.EncodedLen(len(data)) != len(text)
		s.Data = data
		sealed = append(sealed, s)
		p.need(`}`)
		if !p.opt(`,{"subject":"`) || len(sealed) > record.MaxSealed {
			p.need(`]`)
			return sealed
		}
	}
}

// opt takes literal from what is left, if it is there.
func (p *parser) opt(literal string) bool {
	rest, ok := strings.CutPrefix(p.rest, literal)
	if ok && !p.bad {
		p.rest = rest
		return true
	}
	return false
}

func (p *parser) need(literal string) { p.bad = !p.opt(literal) || p.bad }

// field takes a field that may be missing but not empty.
func (p *parser) field(open string) string {
	if !p.opt(open) {
		return ""
	}
	return p.until()
}

// until takes a value up to its quote. It is not empty, and of an alphabet that is not escaped.
func (p *parser) until() string {
	i := strings.IndexByte(p.rest, '"')
	if p.bad || i <= 0 {
		p.bad = true
		return ""
	}
	value := p.rest[:i]
	p.rest = p.rest[i+1:]
	return value
}

// text takes a value as appendEscaped spells it.
func (p *parser) text() string {
	i := strings.IndexAny(p.rest, `"\`)
	if i > 0 && p.rest[i] == '"' && !strings.ContainsAny(p.rest[:i], "<>&") { // as nearly always
		return p.until()
	}
	var b strings.Builder
	for !p.bad {
		i := strings.IndexAny(p.rest, `"\<>&`)
		if i < 0 {
			break
		}
		b.WriteString(p.rest[:i])
		p.rest = p.rest[i:]
		if p.opt(`"`) {
			p.bad = b.Len() == 0
			return b.String()
		}
		b.WriteString(p.escaped())
	}
	p.bad = true
	return ""
}

// escaped takes one escaped character.
func (p *parser) escaped() string {
	for _, e := range [...]struct{ spelled, means string }{
		{`\"`, `"`}, {`\\`, `\`}, {`\u003c`, `<`}, {`\u003e`, `>`}, {`\u0026`, `&`},
	} {
		if p.opt(e.spelled) {
			return e.means
		}
	}
	p.bad = true
	return ""
}

// time takes a time that is spelled as RFC 3339 with no more digits than needed, in UTC.
func (p *parser) time(open string) time.Time {
	s := p.field(open)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	var buf [len(time.RFC3339Nano)]byte
	if err != nil || t.Location() != time.UTC || string(t.AppendFormat(buf[:0], time.RFC3339Nano)) != s {
		p.bad = true
	}
	return t
}

// number takes a positive number without leading zeroes.
func (p *parser) number() (uint64, bool) {
	n := 0
	for n < len(p.rest) && p.rest[n] >= '0' && p.rest[n] <= '9' {
		n++
	}
	v, err := strconv.ParseUint(p.rest[:n], 10, 64)
	if p.bad || err != nil || p.rest[0] == '0' {
		p.bad = true
		return 0, false
	}
	p.rest = p.rest[n:]
	return v, true
}
