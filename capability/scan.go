package capability

import (
	"fmt"
	"slices"

	"github.com/modreg/modreg/semver"
)

// scanner reads the JSON of values and attributes. encoding/json would replace
// invalid UTF-8 and lone surrogates, fold the case of names and keep the last
// of two equal ones; whatever is signed must have one reading.
type scanner struct {
	what string // SyntaxError.What
	data []byte
	pos  int
}

func (s *scanner) fail(off int, reason string) error {
	return fault(s.what, string(s.data[:min(len(s.data), maxShown+1)]), off, reason)
}

// next skips white space and returns the byte there, or 0 at the end.
func (s *scanner) next() byte {
	for s.pos < len(s.data) {
		switch c := s.data[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

func (s *scanner) end() error {
	s.next()
	if s.pos < len(s.data) {
		return s.fail(s.pos, "text after the end of the value")
	}
	return nil
}

// expect takes the byte c or fails.
func (s *scanner) expect(c byte) error {
	if s.next() != c || s.pos == len(s.data) {
		return s.fail(s.pos, fmt.Sprintf("want %q", c))
	}
	s.pos++
	return nil
}

// list takes a bracketed, comma-separated list and calls item at the start of
// each element.
func (s *scanner) list(open, closing byte, item func() error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	if s.next() == closing {
		s.pos++
		return nil
	}
	for {
		if err := item(); err != nil {
			return err
		}
		if s.next() == closing {
			s.pos++
			return nil
		}
		if err := s.expect(','); err != nil {
			return s.fail(s.pos, fmt.Sprintf("want ',' or %q", closing))
		}
	}
}

func (s *scanner) attrs() (Attrs, error) {
	var list []Attr
	err := s.list('{', '}', func() error {
		s.next()
		off := s.pos
		name, err := s.str()
		if err != nil {
			return err
		}
		if at, reason := attrName.fault(name); reason != "" {
			return s.fail(off, fmt.Sprintf("attribute name %q, byte %d: %s", shorten(name), at, reason))
		}
		if slices.ContainsFunc(list, func(a Attr) bool { return a.Name == name }) {
			return s.fail(off, fmt.Sprintf("attribute %q is given twice", name))
		}
		if len(list) == maxAttrs {
			return s.fail(off, fmt.Sprintf("more than %d attributes", maxAttrs))
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		v, err := s.value()
		list = append(list, Attr{name, v})
		return err
	})
	if err != nil {
		return Attrs{}, err
	}
	return NewAttrs(list...)
}

func (s *scanner) value() (Value, error) {
	switch c := s.next(); {
	case c == '"':
		off := s.pos
		text, err := s.str()
		if err != nil {
			return Value{}, err
		}
		return s.checked(off, String(text))
	case c == '-' || isDigit(c):
		return s.integer()
	case c == '[':
		return s.set()
	case c == '{':
		return s.version()
	case s.word("true"):
		return Bool(true), nil
	case s.word("false"):
		return Bool(false), nil
	default:
		return Value{}, s.fail(s.pos, `want a string, an integer, true, false, an array of strings or {"version": …}`)
	}
}

// checked returns v, or its reason as an error at off.
func (s *scanner) checked(off int, v Value) (Value, error) {
	if v.kind == KindInvalid {
		return Value{}, s.fail(off, v.reason())
	}
	return v, nil
}

func (s *scanner) word(w string) bool {
	if len(s.data)-s.pos < len(w) || string(s.data[s.pos:s.pos+len(w)]) != w {
		return false
	}
	s.pos += len(w)
	return true
}

func (s *scanner) integer() (Value, error) {
	size := integerLen(s.data[s.pos:])
	if size == 0 {
		return Value{}, s.fail(s.pos, "want digits after '-'")
	}
	digits, off := string(s.data[s.pos:s.pos+min(size, 32)]), s.pos
	s.pos += size
	if s.pos < len(s.data) {
		switch c := s.data[s.pos]; {
		case c == '.' || c == 'e' || c == 'E':
			return Value{}, s.fail(off, "numbers are integers without fraction or exponent")
		case isDigit(c):
			return Value{}, s.fail(off, "an integer has no leading zero")
		}
	}
	v, reason := parseInt(digits)
	if reason != "" {
		return Value{}, s.fail(off, reason)
	}
	return v, nil
}

func (s *scanner) set() (Value, error) {
	off := s.pos
	var items []string
	err := s.list('[', ']', func() error {
		if s.next() != '"' {
			return s.fail(s.pos, "a set holds strings")
		}
		if len(items) == maxSetItems {
			return s.fail(s.pos, fmt.Sprintf("more than %d items", maxSetItems))
		}
		item, err := s.str()
		items = append(items, item)
		return err
	})
	if err != nil {
		return Value{}, err
	}
	return s.checked(off, Set(items...))
}

func (s *scanner) version() (Value, error) {
	start := s.pos
	var v Value
	err := s.list('{', '}', func() error {
		s.next()
		off := s.pos
		name, err := s.str()
		if err != nil {
			return err
		}
		if name != "version" || v.kind != KindInvalid {
			return s.fail(off, `the object of a value has the one member "version"`)
		}
		if err := s.expect(':'); err != nil {
			return err
		}
		s.next()
		off = s.pos
		text, err := s.str()
		if err != nil {
			return err
		}
		ver, err := semver.Parse(text)
		if err != nil {
			return s.fail(off, semverReason("version", err))
		}
		v = Version(ver)
		return nil
	})
	if err == nil && v.kind == KindInvalid {
		err = s.fail(start, `the object of a value has the one member "version"`)
	}
	return v, err
}
