package manifest

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// scanner reads JSON text (RFC 8259) token by token and refuses what readers
// of JSON disagree about. It knows at any time where it stands.
type scanner struct {
	data    []byte
	pos     int
	depth   int // of objects and arrays around pos
	limit   int // of depth
	steps   []step
	subject string
}

// newScanner checks what can be said about the text as a whole.
func newScanner(data []byte, subject string) (scanner, *Error) {
	s := scanner{data: data, limit: MaxDepth, subject: subject}
	if len(data) > MaxSize {
		return s, &Error{Reason: fmt.Sprintf("%d bytes are too many", len(data)), Fix: fmt.Sprintf("at most %d", MaxSize), subject: subject}
	}
	if bytes.HasPrefix(data, []byte("\ufeff")) {
		return s, s.fail(0, "starts with a byte order mark", "save it as UTF-8 without one")
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return s, s.fail(i, fmt.Sprintf("byte 0x%02x is not UTF-8", data[i]), "save it as UTF-8")
		}
		i += size
	}
	return s, nil
}

// fail describes a problem at a position of the text.
func (s *scanner) fail(pos int, reason, fix string) *Error {
	line, column := position(s.data, pos)
	return &Error{
		Path: pathText(s.steps), Reason: reason, Fix: fix,
		Line: line, Column: column, subject: s.subject,
	}
}

func position(data []byte, pos int) (line, column int) {
	pos = min(pos, len(data))
	start := bytes.LastIndexByte(data[:pos], '\n') + 1
	return bytes.Count(data[:pos], []byte{'\n'}) + 1, utf8.RuneCount(data[start:pos]) + 1
}

// next skips space and gives the byte that follows, 0 at the end.
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

// end makes sure that nothing follows the document.
func (s *scanner) end() *Error {
	if c := s.next(); s.pos < len(s.data) {
		return s.fail(s.pos, fmt.Sprintf("%s follows the document", describeByte(c)), "one file holds one JSON value")
	}
	return nil
}

// enter steps into an object or array at the current byte.
func (s *scanner) enter() *Error {
	if s.depth == s.limit {
		return s.fail(s.pos, "is nested too deeply", fmt.Sprintf("at most %d levels of objects and arrays", MaxDepth))
	}
	s.depth++
	s.pos++
	return nil
}

// more stands after an opening bracket (first) or after an element, and tells
// whether another element follows. It consumes the comma or the closing
// bracket.
func (s *scanner) more(closing byte, first bool) (bool, *Error) {
	c := s.next()
	switch {
	case c == closing && s.pos < len(s.data):
		s.pos++
		s.depth--
		return false, nil
	case first:
		return true, nil
	case c == ',':
		s.pos++
		if s.next() == closing {
			return false, s.fail(s.pos, "a comma stands before the closing bracket", "remove it")
		}
		return true, nil
	}
	return false, s.unexpected(fmt.Sprintf("a comma or %q", closing))
}

// key reads the name of an object's member and the colon after it. The
// position it gives is that of the name.
func (s *scanner) key() (string, int, *Error) {
	if s.next() != '"' {
		return "", 0, s.unexpected("a name in double quotes")
	}
	start := s.pos
	name, err := s.text()
	if err != nil {
		return "", 0, err
	}
	if s.next() != ':' {
		return "", 0, s.unexpected("a colon")
	}
	s.pos++
	return name, start, nil
}

// literal reads true, false or null.
func (s *scanner) literal() (string, *Error) {
	for _, word := range [...]string{"true", "false", "null"} {
		if bytes.HasPrefix(s.data[s.pos:], []byte(word)) {
			s.pos += len(word)
			return word, nil
		}
	}
	return "", s.unexpected("a value")
}

func (s *scanner) unexpected(wanted string) *Error {
	if s.pos >= len(s.data) {
		return s.fail(s.pos, "the text ends where "+wanted+" is expected", "")
	}
	return s.fail(s.pos, describeByte(s.data[s.pos])+" stands where "+wanted+" is expected", "")
}

func describeByte(c byte) string {
	switch {
	case c > ' ' && c < 0x7f:
		return strconv.QuoteRune(rune(c))
	case c >= 0x80:
		return "a character outside ASCII"
	}
	return fmt.Sprintf("byte 0x%02x", c)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
