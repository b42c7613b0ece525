package capability

import (
	"cmp"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
	"unique"

	"github.com/modreg/modreg/semver"
)

const (
	maxText     = 1024      // bytes of a string value or of an item of a set
	maxSetItems = 256       // items of a set, and literals of an in list
	maxInt      = 1<<53 - 1 // the largest integer that every JSON reader keeps
)

// Kind is the type of a [Value].
type Kind uint8

// The kinds of values. The zero Value, and one that broke a limit when it was
// made, is of KindInvalid.
const (
	KindInvalid Kind = iota
	KindString
	KindInt
	KindBool
	KindVersion
	KindSet
)

// String returns the kind in lower case: "string", "int", "bool", "version",
// "set" or "invalid".
func (k Kind) String() string {
	switch k {
	case KindString:
		return "string"
	case KindInt:
		return "int"
	case KindBool:
		return "bool"
	case KindVersion:
		return "version"
	case KindSet:
		return "set"
	default:
		return "invalid"
	}
}

// Value is the immutable value of an attribute: a string, an integer, a bool,
// a version or a set of strings. It is comparable, == is [Value.Equal], and so
// it may be a map key.
//
// The constructors never fail; what breaks a limit becomes a value of
// [KindInvalid], which [Value.Check] explains and [NewAttrs] refuses.
type Value struct {
	kind Kind
	num  int64                         // KindInt: the integer; KindBool: 0 or 1; KindSet: the number of items
	str  string                        // KindString: the text; KindSet: see joinSet; KindInvalid: the reason
	ver  unique.Handle[semver.Version] // KindVersion
}

// String returns the string value s, at most 1024 bytes of valid UTF-8 without
// control characters.
func String(s string) Value {
	if reason := textFault(s); reason != "" {
		return invalid("string " + reason)
	}
	return text(s)
}

// Int returns the integer value i, between -(2^53-1) and 2^53-1.
func Int(i int64) Value {
	if i < -maxInt || i > maxInt {
		return invalid(fmt.Sprintf("integer %d is outside ±(2^53-1)", i))
	}
	return Value{kind: KindInt, num: i}
}

// Bool returns the bool value b.
func Bool(b bool) Value {
	v := Value{kind: KindBool}
	if b {
		v.num = 1
	}
	return v
}

// Version returns the version value v, build metadata included.
func Version(v semver.Version) Value {
	return Value{kind: KindVersion, ver: unique.Make(v)}
}

// Set returns the set of the items, each a string as [String] takes it, at most
// 256 of them once duplicates are dropped. The set may be empty.
func Set(items ...string) Value {
	for _, item := range items {
		if reason := textFault(item); reason != "" {
			return invalid("set item " + reason)
		}
	}
	v := joinSet(items)
	if v.num > maxSetItems {
		return invalid(fmt.Sprintf("set has %d items, at most %d are allowed", v.num, maxSetItems))
	}
	return v
}

// text makes a string value without the limits: a literal of a filter may hold
// control characters, which an attribute may not.
func text(s string) Value { return Value{kind: KindString, str: s} }

func invalid(reason string) Value { return Value{str: reason} }

// textFault says why s cannot be a string value or a set item, or "".
func textFault(s string) string {
	if len(s) > maxText {
		return tooLong(len(s), maxText)
	}
	if !utf8.ValidString(s) {
		return "is not valid UTF-8"
	}
	if i := strings.IndexFunc(s, unicode.IsControl); i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		return fmt.Sprintf("holds the control character %U", r)
	}
	return ""
}

// Check returns nil unless the value is of [KindInvalid], and then a
// [*SyntaxError] with the reason.
func (v Value) Check() error {
	if v.kind != KindInvalid {
		return nil
	}
	return fault("value", "", -1, v.reason())
}

// reason says why a value is of KindInvalid.
func (v Value) reason() string { return cmp.Or(v.str, "is not set") }

// Kind returns the type of the value.
func (v Value) Kind() Kind { return v.kind }

// IsZero reports whether v is the zero Value, which is not a value of any
// attribute.
func (v Value) IsZero() bool { return v == Value{} }

// Equal reports whether both have the same kind and the same value. Versions
// are equal if their build metadata is too; a filter ignores that.
func (v Value) Equal(w Value) bool { return v == w }

// Compare orders two strings by bytes, two integers by size, or two versions
// by precedence. It is not ok for other kinds or two different ones.
func (v Value) Compare(w Value) (c int, ok bool) {
	if v.kind != w.kind {
		return 0, false
	}
	switch v.kind {
	case KindString, KindInt, KindVersion:
		return order(&v, &w), true
	default:
		return 0, false
	}
}

// order compares two values of one kind, which is not KindSet.
func order(v, w *Value) int {
	switch v.kind {
	case KindString:
		return strings.Compare(v.str, w.str)
	case KindVersion:
		return v.ver.Value().Compare(w.ver.Value())
	default:
		return cmp.Compare(v.num, w.num)
	}
}

// AsString returns the string, if it is one.
func (v Value) AsString() (s string, ok bool) {
	if v.kind != KindString {
		return "", false
	}
	return v.str, true
}

// AsInt returns the integer, if it is one.
func (v Value) AsInt() (i int64, ok bool) {
	if v.kind != KindInt {
		return 0, false
	}
	return v.num, true
}

// AsBool returns the bool, if it is one.
func (v Value) AsBool() (b, ok bool) {
	return v.kind == KindBool && v.num != 0, v.kind == KindBool
}

// AsVersion returns the version, if it is one.
func (v Value) AsVersion() (ver semver.Version, ok bool) {
	if v.kind != KindVersion {
		return semver.Version{}, false
	}
	return v.ver.Value(), true
}

// String returns the value as a literal of a filter: "en", 3, true, v"1.2.3",
// ["a", "b"]. For a value of [KindInvalid] that is <invalid>, which is none.
func (v Value) String() string { return string(v.appendLiteral(nil)) }
