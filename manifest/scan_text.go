package manifest

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a string, which starts at the current byte.
func (s *scanner) text() (string, *Error) {
	start := s.pos + 1
	for i := start; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return string(s.data[start:i]), nil
		case c == '\\':
			return s.escapedText(i)
		case c < ' ':
			return "", s.fail(i, "a control character stands in a string", "write it as an escape such as \\n")
		}
	}
	return "", s.fail(s.pos, "the string does not end", "")
}

// escapedText goes on with a string at its first backslash.
func (s *scanner) escapedText(i int) (string, *Error) {
	out := append(make([]byte, 0, 64), s.data[s.pos+1:i]...)
	for i < len(s.data) {
		switch c := s.data[i]; {
		case c == '"':
			s.pos = i + 1
			return string(out), nil
		case c == '\\':
			r, n, err := s.escape(i)
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, r)
			i += n
		case c < ' ':
			return "", s.fail(i, "a control character stands in a string", "write it as an escape such as \\n")
		default:
			out = append(out, c)
			i++
		}
	}
	return "", s.fail(s.pos, "the string does not end", "")
}

// escape reads the escape at i and gives how long it is.
func (s *scanner) escape(i int) (rune, int, *Error) {
	if i+1 < len(s.data) {
		switch c := s.data[i+1]; c {
		case '"', '\\', '/':
			return rune(c), 2, nil
		case 'b':
			return '\b', 2, nil
		case 'f':
			return '\f', 2, nil
		case 'n':
			return '\n', 2, nil
		case 'r':
			return '\r', 2, nil
		case 't':
			return '\t', 2, nil
		case 'u':
			return s.unicodeEscape(i)
		}
	}
	return 0, 0, s.fail(i, "an escape is not one of JSON's", `a backslash itself is written \\`)
}

func (s *scanner) unicodeEscape(i int) (rune, int, *Error) {
	r := s.hex(i)
	if r < 0 {
		return 0, 0, s.fail(i, "four hexadecimal digits must follow \\u", "")
	}
	if !utf16.IsSurrogate(r) {
		return r, 6, nil
	}
	if both := utf16.DecodeRune(r, s.hex(i+6)); both != utf8.RuneError {
		return both, 12, nil
	}
	return 0, 0, s.fail(i, "half a surrogate pair is not a character", "write the character itself")
}

// hex gives the value of the \uXXXX at i, -1 where there is none.
func (s *scanner) hex(i int) rune {
	if i+6 > len(s.data) || s.data[i] != '\\' || s.data[i+1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range s.data[i+2 : i+6] {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return -1
		}
	}
	return r
}

// names remembers the names of one object's members.
type names struct {
	few  [8]string
	n    int
	many map[string]struct{}
}

// add tells whether the name is new.
func (n *names) add(name string) bool {
	if n.many != nil {
		before := len(n.many)
		n.many[name] = struct{}{}
		return len(n.many) > before
	}
	if slices.Contains(n.few[:n.n], name) {
		return false
	}
	if n.n < len(n.few) {
		n.few[n.n] = name
		n.n++
		return true
	}
	n.many = make(map[string]struct{}, 4*len(n.few))
	for _, known := range n.few {
		n.many[known] = struct{}{}
	}
	n.many[name] = struct{}{}
	return true
}
