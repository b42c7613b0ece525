package manifest

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
)

// DecodeStrict decodes JSON into the value that v points to, as
// [json.Unmarshal] does, but refuses what that lets pass: text that is not
// UTF-8, larger than [MaxSize] or nested deeper than [MaxDepth]; a name that
// stands twice in an object; a name that no field has, or that differs from a
// field's in upper and lower case; null where a Go value has no such state;
// half surrogate pairs; anything after the document; and integers beyond
// ±[MaxInteger]. Content of maps, json.RawMessage, any and types with their
// own UnmarshalJSON is checked for the same, as far as it has no fields.
//
// Errors found in the text are of type *[Error], with path, line and column,
// and leave v as it was.
func DecodeStrict(data []byte, v any) error {
	return decodeStrict(data, v, "json", true)
}

func decodeStrict(data []byte, v any, subject string, nulls bool) error {
	target := reflect.ValueOf(v)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return &Error{Reason: fmt.Sprintf("cannot decode into a %T", v), Fix: "pass a pointer", subject: subject}
	}
	s, err := newScanner(data, subject)
	if err != nil {
		return err
	}
	r := strictReader{scanner: s, nulls: nulls}
	if err := r.value(target.Type().Elem()); err != nil {
		return err
	}
	if err := r.end(); err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return &Error{Reason: err.Error(), subject: subject}
	}
	return nil
}

// strictReader walks through a text and the Go type that it will be decoded
// into, side by side.
type strictReader struct {
	scanner
	nulls bool // whether null may stand for a Go nil
	known map[reflect.Type]*fields
}

func isA[T any](t reflect.Type) bool {
	i := reflect.TypeFor[T]()
	return t.Implements(i) || reflect.PointerTo(t).Implements(i)
}

// value checks the value that follows against a type; a nil type takes
// anything.
func (r *strictReader) value(t reflect.Type) *Error {
	c := r.next()
	if c == 'n' {
		return r.null(t)
	}
	for t != nil && t.Kind() == reflect.Pointer && !t.Implements(reflect.TypeFor[json.Unmarshaler]()) {
		t = t.Elem()
	}
	switch {
	case t == nil || t.Kind() == reflect.Interface || t == reflect.TypeFor[json.RawMessage]():
		return r.anything()
	case isA[json.Unmarshaler](t):
		return r.foreign(t)
	case isA[encoding.TextUnmarshaler](t) && c == '"':
		return r.foreign(t)
	}
	return r.plain(t, c)
}

// plain checks a value against a type that encoding/json itself decodes.
func (r *strictReader) plain(t reflect.Type, c byte) *Error {
	want := wanted(t)
	got := kindOf(c)
	if got == "" {
		return r.anything()
	}
	if got != want {
		return r.fail(r.pos, fmt.Sprintf("%s stands where %s is expected", got, want), "")
	}
	switch t.Kind() {
	case reflect.Struct:
		return r.object(t)
	case reflect.Map:
		return r.dictionary(t)
	case reflect.Slice, reflect.Array:
		if c == '"' {
			return r.foreign(t) // bytes in base64
		}
		return r.list(t)
	case reflect.Float32, reflect.Float64:
		return r.float(t)
	case reflect.Bool, reflect.String:
		return r.anything()
	}
	return r.integer(t)
}

// wanted names the kind of JSON value that a type is decoded from.
func wanted(t reflect.Type) string {
	if isA[encoding.TextUnmarshaler](t) {
		return "a string"
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return "a string"
		}
		return "an array"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		if t == reflect.TypeFor[json.Number]() {
			return "a number"
		}
		return "a string"
	case reflect.Complex64, reflect.Complex128, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		return "nothing"
	}
	return "a number"
}

// kindOf names the kind of JSON value that starts with a byte, "" where none does.
func kindOf(c byte) string {
	switch {
	case c == '{':
		return "an object"
	case c == '[':
		return "an array"
	case c == '"':
		return "a string"
	case c == 't' || c == 'f':
		return "true or false"
	case c == '-' || isDigit(c):
		return "a number"
	}
	return ""
}

func (r *strictReader) null(t reflect.Type) *Error {
	start := r.pos
	if _, err := r.literal(); err != nil {
		return err
	}
	if t == nil || r.nulls && (isNilable(t.Kind()) || isA[json.Unmarshaler](t)) {
		return nil
	}
	fix := "leave it out"
	if t.Kind() == reflect.Slice {
		fix += ", or write []"
	}
	return r.fail(start, "null is not a value here", fix)
}

func isNilable(k reflect.Kind) bool {
	return k == reflect.Pointer || k == reflect.Map || k == reflect.Slice || k == reflect.Interface
}

// integer checks a number that a Go integer must hold exactly.
func (r *strictReader) integer(t reflect.Type) *Error {
	start := r.pos
	text, whole, err := r.number()
	if err != nil {
		return err
	}
	if !whole {
		return r.fail(start, quoted(string(text))+" is not an integer", "digits without point and exponent")
	}
	if n, ok := exactInteger(text); !ok || !holds(reflect.Zero(t), n) {
		return r.fail(start, quoted(string(text))+" is out of range", rangeOf(t))
	}
	return nil
}

// float checks a number that a Go float must have room for.
func (r *strictReader) float(t reflect.Type) *Error {
	start := r.pos
	f, err := r.finite()
	if err == nil && reflect.Zero(t).OverflowFloat(f) {
		err = r.fail(start, "is out of range", "a number that fits in 32 bits")
	}
	return err
}

// list checks an array.
func (r *strictReader) list(t reflect.Type) *Error {
	var elem reflect.Type
	if t != nil {
		elem = t.Elem()
	}
	return r.elements(t, func() *Error { return r.value(elem) })
}

// elements reads an array and calls do at each element.
func (r *strictReader) elements(t reflect.Type, do func() *Error) *Error {
	if err := r.enter(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		more, err := r.more(']', i == 0)
		if err != nil || !more {
			return err
		}
		r.steps = append(r.steps, step{index: i})
		if t != nil && t.Kind() == reflect.Array && i >= t.Len() {
			return r.fail(r.pos, "is one too many", fmt.Sprintf("at most %d", t.Len()))
		}
		if err := do(); err != nil {
			return err
		}
		r.steps = r.steps[:len(r.steps)-1]
	}
}

// anything checks a value of which only the form is known.
func (r *strictReader) anything() *Error {
	switch c := r.next(); {
	case c == '{':
		return r.dictionary(nil)
	case c == '[':
		return r.list(nil)
	case c == '"':
		_, err := r.text()
		return err
	case c == '-' || isDigit(c):
		_, err := r.finite()
		return err
	default:
		_, err := r.literal()
		return err
	}
}

// foreign checks a value that a type decodes by itself: its form first, then
// what the type says about it, so that the answer can tell where it stands.
func (r *strictReader) foreign(t reflect.Type) *Error {
	start := r.pos
	if err := r.anything(); err != nil {
		return err
	}
	if err := json.Unmarshal(r.data[start:r.pos], reflect.New(t).Interface()); err != nil {
		return r.fail(start, reasonOf(err), "")
	}
	return nil
}
