package capability

import "strconv"

// AppendJSON appends the canonical JSON of the value (RFC 8785): "s", 3, true,
// ["a","b"] with the items in byte order, or {"version":"1.2.3"}. A value of
// [KindInvalid] appends null, which nothing here reads.
func (v Value) AppendJSON(b []byte) []byte {
	switch v.kind {
	case KindString:
		return appendJSONString(b, v.str)
	case KindInt:
		return strconv.AppendInt(b, v.num, 10)
	case KindBool:
		return strconv.AppendBool(b, v.num != 0)
	case KindVersion:
		b = append(b, `{"version":`...)
		return append(appendJSONString(b, v.ver.Value().String()), '}')
	case KindSet:
		return v.appendList(b, ",", appendJSONString)
	default:
		return append(b, "null"...)
	}
}

// appendList appends the items of a set in brackets.
func (v Value) appendList(b []byte, sep string, item func([]byte, string) []byte) []byte {
	b = append(b, '[')
	first := true
	for s := range v.Items() {
		if !first {
			b = append(b, sep...)
		}
		first = false
		b = item(b, s)
	}
	return append(b, ']')
}

// MarshalJSON returns what AppendJSON appends, or the error of [Value.Check].
// Within a larger document [encoding/json] may escape it differently; where
// bytes are signed, use AppendJSON.
func (v Value) MarshalJSON() ([]byte, error) {
	if err := v.Check(); err != nil {
		return nil, err
	}
	return v.AppendJSON(nil), nil
}

// UnmarshalJSON reads the forms that AppendJSON writes, with white space, any
// escapes, and the items of a set, at most 256 as written, in any order and
// duplicates dropped. Nothing else is a value: no null, no fraction or exponent, no integer beyond
// ±(2^53-1), no other object or array. The error is a [*SyntaxError] and
// leaves the value as it was.
func (v *Value) UnmarshalJSON(data []byte) error {
	s := scanner{what: "value", data: data}
	read, err := s.value()
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return err
	}
	*v = read
	return nil
}

// AppendJSON appends the attributes as one canonical JSON object (RFC 8785).
// Names are ASCII, so that their byte order is the order of UTF-16 code units
// that it asks for.
func (a Attrs) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	for i := range a.list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, a.list[i].Name), ':')
		b = a.list[i].Value.AppendJSON(b)
	}
	return append(b, '}')
}

// MarshalJSON returns what AppendJSON appends and never fails. Within a larger
// document [encoding/json] may escape it differently.
func (a Attrs) MarshalJSON() ([]byte, error) { return a.AppendJSON(nil), nil }

// UnmarshalJSON reads an object whose members are attributes, each name once
// and exactly as it is, each value as [Value.UnmarshalJSON] reads it, within
// the limits of [NewAttrs]. The error is a [*SyntaxError] and leaves the
// attributes as they were.
func (a *Attrs) UnmarshalJSON(data []byte) error {
	s := scanner{what: "attributes", data: data}
	read, err := s.attrs()
	if err == nil {
		err = s.end()
	}
	if err != nil {
		return err
	}
	*a = read
	return nil
}

// appendJSONString escapes as RFC 8785, section 3.2.2.2, says: quote,
// backslash and the controls below U+0020, of which no value holds any.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return append(b, '"')
}
