package manifest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error is one problem of a document: where it is, what is wrong, and what to
// write instead. Every error of this package is an *Error or a join of them.
type Error struct {
	// Path leads to the value, such as provides[0].version; it is empty where
	// the document as a whole is meant.
	Path string
	// Reason says what is wrong.
	Reason string
	// Fix says what to do about it; it may be empty.
	Fix string
	// Line and Column point into the text, both from 1, columns counted in
	// characters. They are 0 where there is no text, as in Check.
	Line, Column int

	subject string // what the document is; "" means a manifest
}

// Error gives the problem as one line, such as
//
//	manifest: provides[0].version: "1.x" is not a version (write it as MAJOR.MINOR.PATCH)
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(orDefault(e.subject, "manifest"))
	if e.Line > 0 {
		fmt.Fprintf(&b, ": line %d, column %d", e.Line, e.Column)
	}
	if e.Path != "" {
		b.WriteString(": ")
		b.WriteString(e.Path)
	}
	b.WriteString(": ")
	b.WriteString(e.Reason)
	if e.Fix != "" {
		b.WriteString(" (")
		b.WriteString(e.Fix)
		b.WriteString(")")
	}
	return b.String()
}

// step is one part of a path: a name, or an index where name is empty.
type step struct {
	name  string
	index int
}

// pathText writes steps the way people write them in Go or JavaScript.
func pathText(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		switch {
		case s.name == "" && s.index >= 0:
			b.WriteString("[" + strconv.Itoa(s.index) + "]")
		case isPlainName(s.name):
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			b.WriteString(s.name)
		default:
			b.WriteString("[" + quoted(s.name) + "]")
		}
	}
	return b.String()
}

// Path gives the text of [Error.Path] for a way into a document: strings are
// names, ints are indexes, as in Path("provides", 0, "version").
func Path(parts ...any) string { return at(parts...) }

func at(parts ...any) string {
	steps := make([]step, 0, len(parts))
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			steps = append(steps, step{index: p})
		case string:
			steps = append(steps, step{name: p, index: -1})
		}
	}
	return pathText(steps)
}

// joinPath puts the path inside a value behind the path to it.
func joinPath(outer, inner string) string {
	if inner == "" || inner[0] == '[' {
		return outer + inner
	}
	return outer + "." + inner
}

func isPlainName(s string) bool {
	for i := range len(s) {
		letter := s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z' || s[i] == '_' || s[i] == '$'
		if !letter && (i == 0 || !isDigit(s[i]) && s[i] != '-') {
			return false
		}
	}
	return s != ""
}

// quoted quotes text of any size for a message.
func quoted(s string) string {
	const enough = 64
	if len(s) <= enough {
		return strconv.Quote(s)
	}
	cut := enough
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return strconv.Quote(s[:cut]) + "…"
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// problems collects what Check finds.
type problems struct {
	found []error
	more  int
}

func (p *problems) add(path, reason, fix string) {
	if len(p.found) == MaxProblems {
		p.more++
		return
	}
	p.found = append(p.found, &Error{Path: path, Reason: reason, Fix: fix})
}

func (p *problems) err() error {
	if p.more > 0 {
		rest := &Error{Reason: fmt.Sprintf("there are %d more problems", p.more+1)}
		return errors.Join(append(p.found[:len(p.found)-1:len(p.found)-1], rest)...)
	}
	return errors.Join(p.found...)
}
