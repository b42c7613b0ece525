package modreg

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/modreg/modreg/manifest"
)

// recordFormat is the version of the encoding of records. A registry refuses records of a later one.
const recordFormat = 1

// The operations that a record may hold.
const (
	opRegister   = "register"
	opUnregister = "unregister"
	opActivate   = "activate"
	opConfigure  = "configure"
)

// An op is one change of the desired state. A record is a list of them, applied together.
type op struct {
	kind    string
	checked *manifest.Checked // of opRegister
	ref     string            // name@version, of the others
	config  []byte            // canonical JSON, of opConfigure; nil takes the configuration away
}

// appendRecord encodes a transaction. The form is JSON, so that a journal can be read without this program:
//
//	{"v":1,"time":"…","prev":"<sha256 of the record before, hex>","ops":[{"do":"register","manifest":{…}},
//	{"do":"activate","module":"name@version"},{"do":"configure","module":"…","config":{…}},{"do":"unregister","module":"…"}]}
func appendRecord(b []byte, at time.Time, prev [sha256.Size]byte, ops []op) []byte {
	b = append(b, `{"v":`...)
	b = strconv.AppendInt(b, recordFormat, 10)
	b = append(b, `,"time":"`...)
	b = at.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `","prev":"`...)
	b = hex.AppendEncode(b, prev[:])
	b = append(b, `","ops":[`...)
	for i, o := range ops {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"do":"`...)
		b = append(b, o.kind...)
		if o.kind == opRegister {
			b = append(b, `","manifest":`...)
			b = append(b, o.checked.Canonical...)
		} else {
			// References hold letters, digits and punctuation that JSON does not escape.
			b = append(b, `","module":"`...)
			b = append(b, o.ref...)
			b = append(b, '"')
		}
		if o.config != nil {
			b = append(b, `,"config":`...)
			b = append(b, o.config...)
		}
		b = append(b, '}')
	}
	return append(b, `]}`...)
}

// decodeRecord is the inverse of appendRecord. It refuses records of a later format, with operations or
// fields it does not know, or whose manifests are not what their canonical bytes say.
func decodeRecord(data []byte) (prev [sha256.Size]byte, ops []op, err error) {
	var rec struct {
		V    int       `json:"v"`
		Time time.Time `json:"time"`
		Prev string    `json:"prev"`
		Ops  []struct {
			Do       string          `json:"do"`
			Manifest json.RawMessage `json:"manifest"`
			Module   string          `json:"module"`
			Config   json.RawMessage `json:"config"`
		} `json:"ops"`
	}
	var format struct {
		V int `json:"v"`
	}
	if err := json.Unmarshal(data, &format); err != nil {
		return prev, nil, err
	}
	if format.V != recordFormat {
		return prev, nil, fmt.Errorf("the record has format %d and this version reads %d", format.V, recordFormat)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&rec); err != nil {
		return prev, nil, err
	}
	if n, err := hex.Decode(prev[:], []byte(rec.Prev)); err != nil || n != len(prev) {
		return prev, nil, errors.New("the hash of the record before is malformed")
	}
	for _, o := range rec.Ops {
		next := op{kind: o.Do, ref: o.Module, config: o.Config}
		switch o.Do {
		case opRegister:
			if next.checked, err = decodeManifest(o.Manifest); err != nil {
				return prev, nil, err
			}
		case opUnregister, opActivate, opConfigure:
		default:
			return prev, nil, fmt.Errorf("unknown operation %q", o.Do)
		}
		ops = append(ops, next)
	}
	return prev, ops, nil
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
