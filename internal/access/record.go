package access

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/modreg/modreg/record"
)

// MaxRecord is the most bytes that a record of the stream has.
const MaxRecord = 256 << 10

// maxOps is the most operations that one record has.
const maxOps = 1024

// An operation is one change of the state, as it stands in a record: {"do":"principal:create","with":{…}}.
type operation interface {
	// do returns the name of the operation.
	do() string
	// about returns what it changes, for the memory of requests.
	about() string
	// check reports what of it is outside its grammar or limits, without repeating it.
	check() error
	// apply makes the change. It is a function of the operation and the draft, and nothing else. If it returns an error,
	// whoever called it lets go of the draft.
	apply(d *draft) error
}

// ops is where the operations begin in a record. No text in front of it can hold these bytes: in JSON, quotes within
// text are escaped.
const opsField = `,"ops":[`

// A transaction is one record: what stands before the operations has the form of package record.
type transaction struct {
	head record.Transaction // without its Ops
	ops  []operation
}

// encodedOp is the form of an operation.
type encodedOp struct {
	Do   string          `json:"do"`
	With json.RawMessage `json:"with"`
}

// append appends the encoding of t to b.
func (t *transaction) append(b []byte) ([]byte, error) {
	b = t.head.Append(b)
	b = b[:len(b)-len("]}")]
	b, err := appendOps(b, t.ops)
	if err != nil {
		return nil, err
	}
	return append(b, "]}"...), nil
}

func appendOps(b []byte, ops []operation) ([]byte, error) {
	for i, o := range ops {
		if i > 0 {
			b = append(b, ',')
		}
		with, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		b = append(b, `{"do":"`...)
		b = append(b, o.do()...)
		b = append(b, `","with":`...)
		b = append(b, with...)
		b = append(b, '}')
	}
	return b, nil
}

// decode is the inverse of append. It refuses records with operations or fields it does not know, with values outside
// their grammar, and any spelling but that of append.
func decode(data []byte) (transaction, error) {
	if len(data) > MaxRecord {
		return transaction{}, fmt.Errorf("the record has %d bytes and may have %d", len(data), MaxRecord)
	}
	at := bytes.Index(data, []byte(opsField))
	if at < 0 || !bytes.HasSuffix(data, []byte("]}")) {
		return transaction{}, errors.New("it is no record of this stream")
	}
	body := at + len(opsField)
	head, err := record.Decode(append(data[:body:body], "]}"...))
	if err != nil {
		return transaction{}, err
	}
	if head.Format != record.Format {
		return transaction{}, &record.FormatError{Found: head.Format}
	}
	t := transaction{head: head}
	text := data[body : len(data)-len("]}")]
	if t.ops, err = decodeOps(text); err != nil {
		return transaction{}, err
	}
	again, err := appendOps(make([]byte, 0, len(text)), t.ops)
	if err != nil || !bytes.Equal(again, text) {
		return transaction{}, errors.New("the record is not in canonical form")
	}
	return t, nil
}

func decodeOps(text []byte) ([]operation, error) {
	var list []encodedOp
	all := make([]byte, 0, len(text)+2)
	all = append(append(append(all, '['), text...), ']')
	// Fields that nobody knows, or twice, or in another case are not looked for here: they are not there when it is written again.
	if err := json.Unmarshal(all, &list); err != nil {
		return nil, err
	}
	if len(list) == 0 || len(list) > maxOps {
		return nil, fmt.Errorf("the record has %d operations: 1 to %d are possible", len(list), maxOps)
	}
	ops := make([]operation, len(list))
	for i, e := range list {
		o := newOperation(e.Do)
		if o == nil {
			return nil, errors.New("the record has an operation that this version does not know")
		}
		if err := json.Unmarshal(e.With, o); err != nil {
			return nil, fmt.Errorf("%s: %w", o.do(), err)
		}
		if err := o.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", o.do(), err)
		}
		ops[i] = o
	}
	return ops, nil
}
