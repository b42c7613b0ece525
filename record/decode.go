package record

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/modreg/modreg/manifest"
)

// A FormatError says that a record has a format that this version does not read.
type FormatError struct{ Found int }

// Error names the two formats.
func (e *FormatError) Error() string {
	return fmt.Sprintf("the record has format %d and this version reads up to %d", e.Found, Format)
}

// Prev returns the hash that a record holds of the one before it, without decoding the rest; false if the bytes do
// not begin like a record.
func Prev(data []byte) (prev [sha256.Size]byte, ok bool) {
	const head, digits = `{"v":2,"prev":"`, 2 * sha256.Size
	if len(data) > len(head)+digits && string(data[:len(head)]) == head && data[len(head)+digits] == '"' {
		_, err := hex.Decode(prev[:], data[len(head):len(head)+digits])
		return prev, err == nil
	}
	var rec struct {
		Prev string `json:"prev"`
	}
	if json.Unmarshal(data, &rec) != nil || len(rec.Prev) != digits {
		return prev, false
	}
	_, err := hex.Decode(prev[:], []byte(rec.Prev))
	return prev, err == nil
}

// encoded is the form of a record in encoding/json's eyes.
type encoded struct {
	V          int         `json:"v"`
	Prev       string      `json:"prev"`
	Time       time.Time   `json:"time"`
	Node       string      `json:"node"`
	Actor      Actor       `json:"actor"`
	OnBehalfOf Actor       `json:"on_behalf_of"`
	Request    string      `json:"request"`
	Trace      string      `json:"trace"`
	Approval   string      `json:"approval"`
	Incident   string      `json:"incident"`
	Reason     string      `json:"reason"`
	Sealed     []Sealed    `json:"sealed"`
	Ops        []encodedOp `json:"ops"`
}

type encodedOp struct {
	Do       string          `json:"do"`
	Manifest json.RawMessage `json:"manifest"`
	Module   string          `json:"module"`
	Config   json.RawMessage `json:"config"`
}

// Decode is the inverse of [Transaction.Append]. It returns a [*FormatError] for records of a later format, and an
// error for records with operations or fields it does not know, with values outside their grammar, whose manifests
// are not what their canonical bytes say, or that are spelled in any other way than Append spells them.
func Decode(data []byte) (Transaction, error) {
	var format struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(data, &format); err != nil {
		return Transaction{}, err
	}
	if format.V < 1 || format.V > Format {
		return Transaction{}, &FormatError{Found: format.V}
	}
	var rec encoded
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&rec); err != nil {
		return Transaction{}, err
	}
	t, err := rec.transaction()
	if err != nil {
		return Transaction{}, err
	}
	if t.Format == Format && !bytes.Equal(t.Append(make([]byte, 0, len(data))), data) {
		return Transaction{}, errors.New("the record is not in canonical form")
	}
	return t, nil
}

func (rec *encoded) transaction() (Transaction, error) {
	t := Transaction{
		Format: rec.V, Time: rec.Time, Node: rec.Node,
		Origin: Origin{
			Actor: rec.Actor, OnBehalfOf: rec.OnBehalfOf, Request: rec.Request, Trace: rec.Trace, Approval: rec.Approval,
			Incident: rec.Incident, Reason: rec.Reason, Sealed: rec.Sealed,
		},
	}
	if len(rec.Prev) != 2*sha256.Size {
		return t, errors.New("the hash of the record before is malformed")
	}
	if _, err := hex.Decode(t.Prev[:], []byte(rec.Prev)); err != nil {
		return t, errors.New("the hash of the record before is malformed")
	}
	if err := t.Origin.Check(); err != nil {
		return t, err
	}
	if err := CheckID("node", t.Node); err != nil {
		return t, err
	}
	t.Ops = make([]Op, 0, len(rec.Ops))
	for _, o := range rec.Ops {
		next := Op{Do: o.Do, Module: o.Module, Config: o.Config}
		switch o.Do {
		case Register:
			var err error
			if next.Manifest, err = decodeManifest(o.Manifest); err != nil {
				return t, err
			}
		case Unregister, Activate, Configure:
		default:
			return t, fmt.Errorf("unknown operation %q", o.Do)
		}
		t.Ops = append(t.Ops, next)
	}
	return t, nil
}

func decodeManifest(data []byte) (*manifest.Checked, error) {
	m, err := manifest.Parse(data)
	if err != nil {
		return nil, err
	}
	checked, err := manifest.Check(m)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(checked.Canonical, data) {
		return nil, fmt.Errorf("the manifest of %s@%s is not in canonical form", checked.Name, checked.Version)
	}
	return checked, nil
}
