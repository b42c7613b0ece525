package semver

import (
	"strings"
	"unicode"
)

// Limits on the text of a range.
const (
	maxRangeLength  = 4096
	maxAlternatives = 64
	maxComparators  = 64
)

const (
	reasonRangeLong    = "range is longer than 4096 bytes"
	reasonAlternatives = "range has more than 64 alternatives"
	reasonComparators  = "range has more than 64 comparators in one alternative"
	reasonComplex      = "range has a canonical text of more than 4096 bytes or 64 alternatives"
	reasonHyphen       = "a hyphen range is an alternative of its own and has a version at both ends"
	reasonOperator     = "an operator has no version behind it"
	reasonEmptyPre     = "nothing follows pre:"
)

// prePrefix starts an alternative that holds only pre-releases.
const prePrefix = "pre:"

// ParseRange reads a range in the grammar of node-semver without its "loose"
// option, and the "pre:" alternatives of canonical text. The empty text and an
// empty alternative mean "*". A pre-release belongs to an alternative only where
// a comparator names a pre-release of the same major.minor.patch.
//
// The text, and the canonical text of what it means, has at most 4096 bytes and
// 64 alternatives, an alternative at most 64 comparators. The range keeps s alive
// while it has a bound with a pre-release. The error is a *[SyntaxError].
func ParseRange(s string) (Range, error) { return parseRange(s, false) }

// ParseRangePrerelease is like [ParseRange] with node-semver's option
// includePrerelease: an alternative holds every pre-release that satisfies its
// comparators, and x-ranges, "~", "^" and hyphen ranges start with the
// pre-releases of their lower end. "*" holds every version.
//
// The option is not part of the text: the range's String is to be read with
// ParseRange.
func ParseRangePrerelease(s string) (Range, error) { return parseRange(s, true) }

// MustParseRange is like [ParseRange] and panics on an error. It is for texts
// that are part of the program.
func MustParseRange(s string) Range {
	r, err := ParseRange(s)
	if err != nil {
		panic(err) //nolint:forbidigo // the contract of a Must function
	}
	return r
}

func parseRange(s string, everyPre bool) (Range, error) {
	switch {
	case len(s) > maxRangeLength:
		return Range{}, syntaxError(s, reasonRangeLong)
	case strings.Count(s, "||") >= maxAlternatives:
		return Range{}, syntaxError(s, reasonAlternatives)
	}
	var rel, pre []span
	for text := range strings.SplitSeq(s, "||") {
		text = strings.TrimFunc(text, isSpace)
		var reason string
		if rel, pre, reason = parseAlternative(text, everyPre, rel, pre); reason != "" {
			return Range{}, syntaxError(s, reason)
		}
	}
	r := newRange(join(rel), join(pre))
	if !r.readable() {
		return Range{}, syntaxError(s, reasonComplex)
	}
	return r, nil
}

// parseAlternative appends the versions of one alternative to rel and pre.
func parseAlternative(s string, everyPre bool, rel, pre []span) (rels, pres []span, reason string) {
	rest, onlyPre := strings.CutPrefix(s, prePrefix)
	if rest = strings.TrimLeftFunc(rest, isSpace); onlyPre && rest == "" {
		return nil, nil, reasonEmptyPre
	}
	c := newConjunction(everyPre || onlyPre)
	if reason = c.parse(rest); reason != "" {
		return nil, nil, reason
	}
	rels, pres = c.appendTo(rel, pre)
	if onlyPre {
		rels = rels[:len(rel)]
	}
	return rels, pres, ""
}

// parse narrows the conjunction by the comparators in s, or by the hyphen range
// that s is.
func (c *conjunction) parse(s string) (reason string) {
	first, rest := cutWord(s)
	if middle, last := cutWord(rest); middle == "-" {
		return c.parseHyphen(first, last)
	}
	for n := 0; s != ""; n++ {
		if n == maxComparators {
			return reasonComparators
		}
		var op operator
		var word string
		op, s = cutOperator(s)
		if word, s = cutWord(s); word == "" {
			return reasonOperator
		}
		p, reason := parsePartial(word)
		if reason == "" {
			reason = c.apply(op, p)
		}
		if reason != "" {
			return reason
		}
	}
	return ""
}

func (c *conjunction) parseHyphen(first, rest string) (reason string) {
	last, rest := cutWord(rest)
	if last == "" || rest != "" {
		return reasonHyphen
	}
	from, reason := parsePartial(first)
	if reason != "" {
		return reason
	}
	to, reason := parsePartial(last)
	if reason != "" {
		return reason
	}
	c.hyphen(from, to)
	return ""
}

// cutOperator cuts an operator and the spaces behind it off s. No operator
// means "=".
func cutOperator(s string) (op operator, rest string) {
	length := 1
	switch {
	case strings.HasPrefix(s, "~>"):
		op, length = opTilde, 2
	case strings.HasPrefix(s, ">="):
		op, length = opGreaterEqual, 2
	case strings.HasPrefix(s, "<="):
		op, length = opLessEqual, 2
	case strings.HasPrefix(s, "~"):
		op = opTilde
	case strings.HasPrefix(s, "^"):
		op = opCaret
	case strings.HasPrefix(s, ">"):
		op = opGreater
	case strings.HasPrefix(s, "<"):
		op = opLess
	case strings.HasPrefix(s, "="):
		op = opEqual
	default:
		return opEqual, s
	}
	return op, strings.TrimLeftFunc(s[length:], isSpace)
}

// cutWord cuts the text up to the next space, and that space, off s.
func cutWord(s string) (word, rest string) {
	end := strings.IndexFunc(s, isSpace)
	if end < 0 {
		return s, ""
	}
	return s[:end], strings.TrimLeftFunc(s[end:], isSpace)
}

// isSpace reports whether JavaScript's \s matches c, as node-semver uses it.
func isSpace(c rune) bool {
	const nextLine, byteOrderMark = '\u0085', '\ufeff'
	return unicode.IsSpace(c) && c != nextLine || c == byteOrderMark
}

// readable reports whether ParseRange may read the canonical text of r. Few
// spans cannot exceed its limits, so mostly no text is built to find out: the
// text of a comparator has at most 2+256 bytes.
func (r Range) readable() bool {
	const few = (maxRangeLength / (2*(maxLength+2) + len(" ")*2 + len("||") + len(prePrefix)))
	if r.set == nil || len(r.set.rel)+2*len(r.set.pre) <= few {
		return true
	}
	text, alternatives := r.append(nil)
	return len(text) <= maxRangeLength && alternatives <= maxAlternatives
}
