package manifest

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Canonicalise gives the one form that all JSON texts of the same value share:
// the JSON Canonicalization Scheme of RFC 8785. Members are sorted by the
// UTF-16 code units of their names, numbers are written as ECMAScript writes
// them, nothing is escaped that need not be, and there is no space.
//
// It reads as strictly as [DecodeStrict] does, and refuses numbers that a
// float64 would change: those beyond its range, and integers beyond
// ±[MaxInteger] (including 1e20, whose canonical form would be one). The
// result is never larger than [MaxSize] and is its own canonical form. Errors
// are of type *[Error].
func Canonicalise(data []byte) ([]byte, error) {
	out, err := canonicalise(make([]byte, 0, len(data)), data, MaxDepth, "json")
	if err != nil {
		return nil, err
	}
	return out, nil
}

// canonicalise appends the canonical form of a text nested at most depth deep.
func canonicalise(out, data []byte, depth int, subject string) ([]byte, *Error) {
	s, err := newScanner(data, subject)
	if err != nil {
		return nil, err
	}
	s.limit = depth
	c := canonicaliser{scanner: s, out: out}
	if err := c.value(); err != nil {
		return nil, err
	}
	if err := c.end(); err != nil {
		return nil, err
	}
	if size := len(c.out) - len(out); size > MaxSize {
		return nil, &Error{Reason: fmt.Sprintf("%d bytes of canonical form are too many", size), Fix: fmt.Sprintf("at most %d", MaxSize), subject: subject}
	}
	return c.out, nil
}

type canonicaliser struct {
	scanner
	out     []byte
	members []member // of the objects around the current position
	scratch []byte
}

// member is one member of an object: its name, where it was read, and where
// its canonical text stands in the output.
type member struct {
	name            string
	pos, start, end int
}

func (c *canonicaliser) value() *Error {
	switch b := c.next(); {
	case b == '{':
		return c.object()
	case b == '[':
		return c.array()
	case b == '"':
		text, err := c.text()
		c.out = appendText(c.out, text)
		return err
	case b == '-' || isDigit(b):
		f, err := c.finite()
		c.out = appendNumber(c.out, f)
		return err
	default:
		word, err := c.literal()
		c.out = append(c.out, word...)
		return err
	}
}

func (c *canonicaliser) array() *Error {
	if err := c.enter(); err != nil {
		return err
	}
	c.out = append(c.out, '[')
	for i := 0; ; i++ {
		more, err := c.more(']', i == 0)
		if err != nil {
			return err
		}
		if !more {
			c.out = append(c.out, ']')
			return nil
		}
		if i > 0 {
			c.out = append(c.out, ',')
		}
		c.steps = append(c.steps, step{index: i})
		if err := c.value(); err != nil {
			return err
		}
		c.steps = c.steps[:len(c.steps)-1]
	}
}

func (c *canonicaliser) object() *Error {
	if err := c.enter(); err != nil {
		return err
	}
	c.out = append(c.out, '{')
	first, start := len(c.members), len(c.out)
	for {
		more, err := c.more('}', len(c.members) == first)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if err := c.member(); err != nil {
			return err
		}
	}
	if err := c.sortMembers(c.members[first:], start); err != nil {
		return err
	}
	c.members = c.members[:first]
	c.out = append(c.out, '}')
	return nil
}

func (c *canonicaliser) member() *Error {
	name, pos, err := c.key()
	if err != nil {
		return err
	}
	start := len(c.out)
	c.out = append(appendText(c.out, name), ':')
	c.steps = append(c.steps, step{name: name, index: -1})
	if err := c.value(); err != nil {
		return err
	}
	c.steps = c.steps[:len(c.steps)-1]
	c.members = append(c.members, member{name, pos, start, len(c.out)})
	return nil
}

// sortMembers puts the members that stand from start to the end of the output
// in order, with commas between them.
func (c *canonicaliser) sortMembers(members []member, start int) *Error {
	slices.SortStableFunc(members, func(a, b member) int { return compareUTF16(a.name, b.name) })
	c.scratch = c.scratch[:0]
	for i, m := range members {
		if i > 0 {
			if members[i-1].name == m.name {
				return c.duplicate(m.name, m.pos)
			}
			c.scratch = append(c.scratch, ',')
		}
		c.scratch = append(c.scratch, c.out[m.start:m.end]...)
	}
	c.out = append(c.out[:start], c.scratch...)
	return nil
}

// compareUTF16 orders names as RFC 8785 section 3.2.3 does. That is the order
// of their bytes, but for characters beyond the basic plane: these are
// surrogate pairs in UTF-16 and come before U+E000 to U+FFFF.
func compareUTF16(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	if i == len(a) || i == len(b) {
		return len(a) - len(b)
	}
	for i > 0 && !utf8.RuneStart(a[i]) {
		i--
	}
	ra, _ := utf8.DecodeRuneInString(a[i:])
	rb, _ := utf8.DecodeRuneInString(b[i:])
	if wide := ra > 0xffff; wide != (rb > 0xffff) {
		narrow := min(ra, rb)
		if wide == (narrow >= 0xe000) {
			return -1
		}
		return 1
	}
	return int(ra) - int(rb)
}

// appendText writes a string as RFC 8785 section 3.2.2.2 does.
func appendText(out []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	out = append(out, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, '\\', 'b')
		case '\t':
			out = append(out, '\\', 't')
		case '\n':
			out = append(out, '\\', 'n')
		case '\f':
			out = append(out, '\\', 'f')
		case '\r':
			out = append(out, '\\', 'r')
		default:
			out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	out = append(out, s[from:]...)
	return append(out, '"')
}

// appendNumber writes a finite number as ECMAScript's Number::toString does
// (RFC 8785 section 3.2.2.3): the shortest digits that read back as the same
// float64, with an exponent only below 1e-6 and from 1e21 on.
func appendNumber(out []byte, f float64) []byte {
	if f == 0 {
		return append(out, '0') // of -0 too
	}
	if size := math.Abs(f); size >= 1e-6 && size < 1e21 {
		return strconv.AppendFloat(out, f, 'f', -1, 64)
	}
	out = strconv.AppendFloat(out, f, 'e', -1, 64)
	if n := len(out); out[n-2] == '0' && (out[n-3] == '-' || out[n-3] == '+') {
		out[n-2] = out[n-1] // Go writes at least two digits of exponent: 1e-07
		out = out[:n-1]
	}
	return out
}
