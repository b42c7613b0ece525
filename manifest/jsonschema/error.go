package jsonschema

import (
	"fmt"
	"strings"
)

// What an [Error] is about.
const (
	SubjectSchema   = "schema"
	SubjectConfig   = "config"
	SubjectManifest = "manifest"
)

// MaxProblems is how many problems an [Error] lists.
const MaxProblems = 20

// Error lists what is wrong with a schema or with a value.
type Error struct {
	// Subject is what is wrong: SubjectSchema, SubjectConfig or
	// SubjectManifest.
	Subject string
	// Problems has at least one element and at most MaxProblems, in the order
	// of their paths.
	Problems []Problem
	// More is how many problems there are beyond those listed.
	More int

	cause error
}

// Problem is one thing that is wrong.
type Problem struct {
	// Path leads to the value, such as server.ports[0]; it is empty for the
	// value as a whole.
	Path string
	// Reason says what is wrong. It repeats names and what the schema wants,
	// but no value of the configuration.
	Reason string
	// Line and Column point into the text where it is not strict JSON, both
	// from 1; otherwise they are 0.
	Line, Column int
}

// String gives the problem as one line: server.port: must be at most 65535
func (p Problem) String() string {
	text := p.Reason
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.Line > 0 {
		text = fmt.Sprintf("line %d, column %d: %s", p.Line, p.Column, text)
	}
	return text
}

// Error gives one line for each problem.
func (e *Error) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(e.Subject + ": " + p.String())
	}
	if e.More > 0 {
		fmt.Fprintf(&b, "\n%s: there are %d more problems", e.Subject, e.More)
	}
	return b.String()
}

// Unwrap gives the *manifest.Error of a text that is not strict JSON.
func (e *Error) Unwrap() error { return e.cause }

func fail(subject, path, reason string) error {
	return &Error{Subject: subject, Problems: []Problem{{Path: path, Reason: reason}}}
}
