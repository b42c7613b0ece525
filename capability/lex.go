package capability

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/modreg/modreg/semver"
)

type tokenKind uint8

const (
	tokEnd     tokenKind = iota
	tokName              // text: an attribute name
	tokWord              // text: a reserved word, true and false excepted
	tokLiteral           // lit: a scalar
	tokOp                // op
	tokMark              // text: one of ( ) [ ] ,
)

type token struct {
	kind tokenKind
	off  int
	text string
	lit  Value
	op   op
}

// String names the token for an error.
func (t token) String() string {
	if t.kind == tokEnd {
		return "the end"
	}
	return shorten(t.text)
}

// lexer splits the text of a filter into tokens.
type lexer struct {
	text string
	pos  int
}

func (l *lexer) fail(off int, format string, args ...any) error {
	return fault("filter", l.text, off, fmt.Sprintf(format, args...))
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// isWord reports whether c may be part of a name, reserved word or number.
// Upper case is in for the sake of the error.
func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c == '.' || c == '-' || c == '_'
}

func (l *lexer) next() (token, error) {
	for l.pos < len(l.text) && isSpace(l.text[l.pos]) {
		l.pos++
	}
	off := l.pos
	if off == len(l.text) {
		return token{kind: tokEnd, off: off}, nil
	}
	var t token
	var err error
	switch c := l.text[off]; {
	case c == '"':
		t.kind = tokLiteral
		t.lit, err = l.str()
	case c == 'v' && strings.HasPrefix(l.text[off+1:], `"`):
		t.kind = tokLiteral
		t.lit, err = l.version()
	case c == '-' || isDigit(c):
		t.kind = tokLiteral
		t.lit, err = l.integer()
	case isWord(c):
		t, err = l.word()
	case strings.IndexByte("()[],", c) >= 0:
		l.pos++
		t.kind = tokMark
	default:
		t.kind = tokOp
		t.op, err = l.operator()
	}
	t.off, t.text = off, l.text[off:l.pos]
	return t, err
}

func (l *lexer) operator() (op, error) {
	rest := l.text[l.pos:]
	for _, wrong := range []struct{ text, fix string }{
		{"==", "="}, {"<>", "!="}, {"=>", ">="}, {"=<", "<="}, {"&", "and"}, {"|", "or"}, {"'", `"`},
	} {
		if strings.HasPrefix(rest, wrong.text) {
			return 0, l.fail(l.pos, "%s is not of this language, write %s", wrong.text, wrong.fix)
		}
	}
	for _, o := range []op{opLe, opGe, opNe, opLt, opGt, opEq} { // the longer ones first
		if strings.HasPrefix(rest, o.String()) {
			l.pos += len(o.String())
			return o, nil
		}
	}
	if rest[0] == '!' {
		return 0, l.fail(l.pos, "! is not of this language, write not")
	}
	return 0, l.fail(l.pos, "%s", badByte(l.text, l.pos))
}

func (l *lexer) word() (token, error) {
	off := l.pos
	for l.pos < len(l.text) && isWord(l.text[l.pos]) {
		l.pos++
	}
	w := l.text[off:l.pos]
	switch w {
	case "true", "false":
		return token{kind: tokLiteral, lit: Bool(w == "true")}, nil
	}
	if isReserved(w) {
		return token{kind: tokWord}, nil
	}
	if lower := strings.ToLower(w); lower != w && isReserved(lower) {
		return token{}, l.fail(off, "reserved words are lower case, write %s", lower)
	}
	if at, reason := attrName.fault(w); reason != "" {
		return token{}, l.fail(off+at, "attribute name %q: %s", shorten(w), reason)
	}
	return token{kind: tokName}, nil
}

func isReserved(w string) bool {
	return slices.Contains([]string{"and", "or", "not", "exists", "in", "true", "false"}, w)
}

func (l *lexer) integer() (Value, error) {
	off := l.pos
	size := integerLen(l.text[off:])
	if size == 0 {
		return Value{}, l.fail(off, "want digits after '-'")
	}
	l.pos += size
	if l.pos < len(l.text) && isWord(l.text[l.pos]) {
		return Value{}, l.fail(l.pos, "%q in a number: numbers are integers without leading zeros", l.text[l.pos])
	}
	v, reason := parseInt(l.text[off:l.pos])
	if reason != "" {
		return Value{}, l.fail(off, "%s", reason)
	}
	return v, nil
}

func (l *lexer) version() (Value, error) {
	off := l.pos
	l.pos++
	quoted, err := l.str()
	if err != nil {
		return Value{}, err
	}
	ver, err := semver.Parse(quoted.str)
	if err != nil {
		return Value{}, l.fail(off, "%s", semverReason("version", err))
	}
	return withoutBuild(Version(ver)), nil
}

// withoutBuild drops the build metadata, which a comparison ignores, so that
// literals which mean the same have the same text.
func withoutBuild(v Value) Value {
	bare, _, found := strings.Cut(v.ver.Value().String(), "+")
	if !found {
		return v
	}
	return Version(semver.MustParse(bare)) // the text of a version without its build is one
}

func (l *lexer) str() (Value, error) {
	off := l.pos
	l.pos++
	var buf []byte
	for l.pos < len(l.text) {
		switch r, size := utf8.DecodeRuneInString(l.text[l.pos:]); {
		case r == '"':
			l.pos++
			if len(buf) > maxText {
				return Value{}, l.fail(off, "string %s", tooLong(len(buf), maxText))
			}
			return text(string(buf)), nil
		case r == '\\':
			var err error
			if buf, err = l.escape(buf); err != nil {
				return Value{}, err
			}
		case r == utf8.RuneError && size == 1:
			return Value{}, l.fail(l.pos, "string is not valid UTF-8")
		case unicode.IsControl(r):
			return Value{}, l.fail(l.pos, `control character %U in a string, write \u%04x`, r, r)
		default:
			buf = append(buf, l.text[l.pos:l.pos+size]...)
			l.pos += size
		}
	}
	return Value{}, l.fail(off, "string has no closing quote")
}

// escape takes a backslash and what follows it.
func (l *lexer) escape(buf []byte) ([]byte, error) {
	rest := l.text[l.pos+1:]
	if rest == "" {
		return nil, l.fail(l.pos, "string has no closing quote")
	}
	size := 2
	switch rest[0] {
	case '"', '\\':
		buf = append(buf, rest[0])
	case 'n':
		buf = append(buf, '\n')
	case 't':
		buf = append(buf, '\t')
	case 'u':
		r, ok := hex4(rest[1:])
		if !ok || !utf8.ValidRune(r) {
			return nil, l.fail(l.pos, `want four hex digits of a character after \u`)
		}
		buf = utf8.AppendRune(buf, r)
		size = 6
	default:
		return nil, l.fail(l.pos, `the escapes of a string are \" \\ \n \t and \uXXXX`)
	}
	l.pos += size
	return buf, nil
}
