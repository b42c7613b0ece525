package jsonschema

import (
	"fmt"
	"regexp"
	"regexp/syntax"

	js "github.com/santhosh-tekuri/jsonschema/v6"
)

// patterns compiles the regular expressions of one schema with Go's package
// regexp, each once, and limits their size: x{1000} is seven bytes and a
// thousand instructions.
type patterns struct {
	meter    *meter
	compiled map[string]*pattern
	size     int
	sealed   bool // the schema is compiled
}

// pattern is a regular expression that charges for its use.
type pattern struct {
	*regexp.Regexp
	size  int
	meter *meter
}

// MatchString charges for the time that a match takes at worst: the text, once
// for every instruction.
func (p *pattern) MatchString(s string) bool {
	p.meter.charge(1 + len(s)*p.size/bytesPerStep)
	return p.Regexp.MatchString(s)
}

// compile is the library's regular expression engine. Once the schema is
// compiled, it is asked about values of the format regex, whose expressions
// nobody uses.
func (ps *patterns) compile(expr string) (js.Regexp, error) {
	if p := ps.compiled[expr]; p != nil {
		return p, nil
	}
	if len(expr) > MaxPattern {
		return nil, fmt.Errorf("%d bytes are too many, at most %d", len(expr), MaxPattern)
	}
	parsed, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	size := expand(parsed)
	if ps.sealed {
		ps.meter.charge(len(expr))
		return nil, nil
	}
	if ps.size+size > MaxPatternSize {
		return nil, fmt.Errorf("the regular expressions are too large together, with repetitions at most %d", MaxPatternSize)
	}
	re, err := regexp.Compile(expr)
	if err != nil {
		return nil, err
	}
	ps.size += size
	p := &pattern{Regexp: re, size: size, meter: ps.meter}
	ps.compiled[expr] = p
	return p, nil
}

// expand estimates the instructions that an expression compiles to.
func expand(re *syntax.Regexp) int {
	size := len(re.Rune) / 2
	for _, sub := range re.Sub {
		size += expand(sub)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Min, re.Max, 1)
	}
	return size + 1
}
