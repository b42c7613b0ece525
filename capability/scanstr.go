package capability

import (
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// str takes a string. No string of this package is longer than maxText, so
// that it stops there.
func (s *scanner) str() (string, error) {
	if err := s.expect('"'); err != nil {
		return "", s.fail(s.pos, "want a string")
	}
	var buf []byte
	for start := s.pos - 1; s.pos < len(s.data); {
		if len(buf) > maxText {
			return "", s.fail(start, fmt.Sprintf("string is longer than %d bytes", maxText))
		}
		switch c := s.data[s.pos]; {
		case c == '"':
			s.pos++
			return string(buf), nil
		case c < ' ':
			return "", s.fail(s.pos, fmt.Sprintf("unescaped control character %U in a string", c))
		case c == '\\':
			r, err := s.escape()
			if err != nil {
				return "", err
			}
			buf = utf8.AppendRune(buf, r)
		default:
			r, size := utf8.DecodeRune(s.data[s.pos:])
			if r == utf8.RuneError && size == 1 {
				return "", s.fail(s.pos, "string is not valid UTF-8")
			}
			buf = append(buf, s.data[s.pos:s.pos+size]...)
			s.pos += size
		}
	}
	return "", s.fail(s.pos, "string has no closing quote")
}

// escape takes a backslash and what follows it.
func (s *scanner) escape() (rune, error) {
	off := s.pos
	rest := s.data[off+1:]
	if len(rest) > 0 && rest[0] == 'u' {
		r, ok := hex4(rest[1:])
		size := 6
		if ok && utf16.IsSurrogate(r) {
			low, isLow := rune(0), false
			if len(rest) >= 11 && rest[5] == '\\' && rest[6] == 'u' {
				low, isLow = hex4(rest[7:])
			}
			r = utf16.DecodeRune(r, low)
			ok, size = isLow && r != utf8.RuneError, 12
		}
		if !ok {
			return 0, s.fail(off, `want four hex digits after \u, and surrogates in pairs`)
		}
		s.pos += size
		return r, nil
	}
	s.pos += 2
	if len(rest) > 0 {
		switch rest[0] {
		case '"', '\\', '/':
			return rune(rest[0]), nil
		case 'b':
			return '\b', nil
		case 'f':
			return '\f', nil
		case 'n':
			return '\n', nil
		case 'r':
			return '\r', nil
		case 't':
			return '\t', nil
		}
	}
	return 0, s.fail(off, "unknown escape in a string")
}

// hex4 reads four hex digits at the start of b.
func hex4[T string | []byte](b T) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(n), err == nil
}

// integerLen is the length of an integer at the start of b: an optional minus
// sign and digits without a leading zero; 0 if there is none.
func integerLen[T string | []byte](b T) int {
	i := 0
	if len(b) > 0 && b[0] == '-' {
		i = 1
	}
	if i == len(b) || !isDigit(b[i]) {
		return 0
	}
	if b[i] == '0' {
		return i + 1
	}
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

// parseInt makes the value of what integerLen measured.
func parseInt(s string) (v Value, reason string) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < -maxInt || n > maxInt {
		return Value{}, fmt.Sprintf("integer %s is outside ±(2^53-1)", shorten(s))
	}
	return Int(n), ""
}
