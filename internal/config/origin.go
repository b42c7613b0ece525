package config

import (
	"fmt"
	"strings"
)

// A Kind is a kind of place that values come from; the later one goes before the earlier one.
type Kind int

// Kinds.
const (
	Default Kind = iota
	File
	Variable
	Flag
)

// String returns the word for the kind.
func (k Kind) String() string { return [...]string{"default", "file", "variable", "flag"}[k] }

// An Origin is where a value comes from.
type Origin struct {
	Kind Kind
	// Name is the path of the file, or the name of the variable, or of the flag with its hyphens.
	Name string
	// Line and Column are those in a file, from 1, columns in characters; otherwise 0.
	Line, Column int
}

// String returns the place as editors and people write it: default, modreg.yaml:3:5, MODREG_DATA, --data.
func (o Origin) String() string {
	switch {
	case o.Kind == Default:
		return "default"
	case o.Line > 0:
		return fmt.Sprintf("%s:%d:%d", o.Name, o.Line, o.Column)
	}
	return o.Name
}

// A Problem is one thing that is wrong. It never has the value of a secret in it.
type Problem struct {
	Key    string // log.level; "" where it is about no key
	From   Origin
	Reason string
	Fix    string // what to do about it; may be empty
}

// Error gives the problem as one line, such as
//
//	modreg.yaml:3:5: log.levle: nobody knows this key (did you mean "log.level"?)
func (p *Problem) Error() string {
	var b strings.Builder
	if p.From.Kind != Default {
		b.WriteString(p.From.String() + ": ")
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Reason)
	if p.Fix != "" {
		b.WriteString(" (" + p.Fix + ")")
	}
	return b.String()
}

// Problems are all that is wrong, at most [MaxProblems]: those of the file in its order, then of variables, of flags, and of
// values that do not fit each other.
type Problems []*Problem

// Error gives one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the problems.
func (p Problems) Unwrap() []error {
	all := make([]error, len(p))
	for i, one := range p {
		all[i] = one
	}
	return all
}
