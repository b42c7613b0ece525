package manifest

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"strconv"
)

// object checks an object against the fields of a struct.
func (r *strictReader) object(t reflect.Type) *Error {
	known := r.fieldsOf(t)
	return r.members(func(name string, pos int) *Error {
		f, ok := known.byName[name]
		switch {
		case !ok:
			return r.fail(pos, "unknown field", meant(name, known.names))
		case f.quoted && r.next() == '"':
			return r.anything()
		}
		return r.value(f.typ)
	})
}

// dictionary checks an object whose names are free.
func (r *strictReader) dictionary(t reflect.Type) *Error {
	var elem reflect.Type
	if t != nil {
		elem = t.Elem()
	}
	return r.members(func(name string, pos int) *Error {
		if t != nil && !fitsKey(t.Key(), name) {
			return r.fail(pos, quoted(name)+" is not a name here", "")
		}
		return r.value(elem)
	})
}

// members reads an object and calls do at each member's value.
func (r *strictReader) members(do func(name string, pos int) *Error) *Error {
	if err := r.enter(); err != nil {
		return err
	}
	var seen names
	for first := true; ; first = false {
		more, err := r.more('}', first)
		if err != nil || !more {
			return err
		}
		name, pos, err := r.key()
		if err != nil {
			return err
		}
		if !seen.add(name) {
			return r.duplicate(name, pos)
		}
		r.steps = append(r.steps, step{name: name, index: -1})
		if err := do(name, pos); err != nil {
			return err
		}
		r.steps = r.steps[:len(r.steps)-1]
	}
}

// duplicate refuses the second member of one name.
func (s *scanner) duplicate(name string, pos int) *Error {
	s.steps = append(s.steps, step{name: name, index: -1})
	return s.fail(pos, "stands twice in one object", "remove one of the two")
}

// fitsKey tells whether a name can be a key of a map without two names
// becoming one key: 1 and 01 would both be the integer 1.
func fitsKey(t reflect.Type, name string) bool {
	if t.Kind() == reflect.String || isA[encoding.TextUnmarshaler](t) {
		return true
	}
	n, ok := exactInteger([]byte(name))
	return ok && strconv.FormatInt(n, 10) == name && holds(reflect.Zero(t), n)
}

// exactInteger gives the value of digits within ±MaxInteger.
func exactInteger(text []byte) (int64, bool) {
	n, err := strconv.ParseInt(string(text), 10, 64)
	return n, err == nil && n <= MaxInteger && n >= -MaxInteger
}

// holds tells whether an integer of some Go type can have the value.
func holds(v reflect.Value, n int64) bool {
	switch {
	case v.CanInt():
		return !v.OverflowInt(n)
	case v.CanUint():
		return n >= 0 && !v.OverflowUint(uint64(n))
	}
	return false
}

func rangeOf(t reflect.Type) string {
	bits := min(t.Bits(), 54)
	if reflect.Zero(t).CanUint() {
		return fmt.Sprintf("0 to %d", uint64(math.MaxUint64)>>(64-min(bits, 53)))
	}
	high := int64(1)<<(bits-1) - 1
	if bits == 54 {
		return fmt.Sprintf("%d to %d", -high, high)
	}
	return fmt.Sprintf("%d to %d", -high-1, high)
}
