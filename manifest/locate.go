package manifest

import (
	"errors"
	"strings"
)

// Locate gives the problems that [Check] found in a document the lines and
// columns that they have in its JSON text, the one that [Parse] read. A value
// that is missing is located where it is missing from. Other errors, and
// problems that have a line already, come back as they are.
func Locate(data []byte, err error) error {
	return LocateBy(err, func(path string) (line, column int) { return Position(data, path) })
}

// LocateBy is [Locate] for documents in other formats: where gives the line and
// column of a path, or 0.
func LocateBy(err error, where func(path string) (line, column int)) error {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		list := many.Unwrap()
		located := make([]error, len(list))
		for i, one := range list {
			located[i] = LocateBy(one, where)
		}
		return errors.Join(located...)
	}
	e, ok := err.(*Error) //nolint:errorlint // wrapped problems keep their wrapping
	if !ok || e.Line > 0 {
		return err
	}
	located := *e
	located.Line, located.Column = where(e.Path)
	return &located
}

// Position gives the line and column of the value at a path of an [Error], both
// from 1, in JSON text. Where there is no such value it is that of the
// innermost one around it, and 0 where the text is no JSON up to there.
func Position(data []byte, path string) (line, column int) {
	s, err := newScanner(data, "")
	if err != nil {
		return 0, 0
	}
	f := finder{strictReader: strictReader{scanner: s}, path: path}
	if f.value() != nil && !f.seen {
		return 0, 0
	}
	return position(data, f.at)
}

// finder looks for the value whose path is the longest part of the one wanted.
type finder struct {
	strictReader
	path string
	at   int
	seen bool
}

func (f *finder) value() *Error {
	c := f.next()
	if here := pathText(f.steps); !leadsTo(here, f.path) {
		return f.anything()
	}
	f.at, f.seen = f.pos, f.pos < len(f.data)
	switch c {
	case '{':
		return f.members(func(string, int) *Error { return f.value() })
	case '[':
		return f.elements(nil, f.value)
	}
	return f.anything()
}

// leadsTo tells whether a path is that of a value or of one around it.
func leadsTo(here, path string) bool {
	rest, ok := strings.CutPrefix(path, here)
	return ok && (here == "" || rest == "" || rest[0] == '.' || rest[0] == '[')
}
