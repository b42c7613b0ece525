package corpus

import (
	"cmp"
	"slices"
	"strings"
)

const (
	maxGemText    = 1024 // bytes of a version or a list of constraints
	maxGemSegment = 18   // digits, so that the next number still fits
)

// gemSegment is a number, or a word if that is not empty.
type gemSegment struct {
	number uint64
	word   string
}

// gemVersion is a version of RubyGems: "1.2", "4.2.0.beta1", "2.0.0-rc.1". As there,
// a hyphen reads as ".pre.", and a word makes a pre-release. Trailing zeros of the
// numbers, and of what follows the first word, are cut.
type gemVersion struct {
	segments []gemSegment
	digits   int // how many of the segments as written stand before the first word
	pre      bool
}

// parseGemVersion reads what Gem::Version accepts, after white space is cut.
func parseGemVersion(text string) (v gemVersion, reason string) {
	text = strings.TrimSpace(text)
	switch {
	case len(text) > maxGemText:
		return v, "is longer than 1024 bytes"
	case text == "" || !isDigit(text[0]):
		return v, "does not start with a number"
	}
	for part := range strings.SplitSeq(strings.ReplaceAll(text, "-", ".pre."), ".") {
		if part == "" {
			return v, "has an empty segment"
		}
		for part != "" {
			var s gemSegment
			if s, part, reason = cutGemSegment(part); reason != "" {
				return v, reason
			}
			v.pre = v.pre || s.word != ""
			v.segments = append(v.segments, s)
			if !v.pre {
				v.digits++
			}
		}
	}
	v.segments = append(cutZeros(v.segments[:v.digits:v.digits]), cutZeros(v.segments[v.digits:])...)
	return v, ""
}

// cutGemSegment cuts a run of digits or of letters off the start.
func cutGemSegment(text string) (s gemSegment, rest, reason string) {
	digits, rest := cutDigits(text)
	if digits != "" {
		if digits = strings.TrimLeft(digits, "0"); len(digits) > maxGemSegment {
			return s, "", "has a number of more than 18 digits"
		}
		for _, d := range []byte(digits) {
			s.number = s.number*10 + uint64(d-'0')
		}
		return s, rest, ""
	}
	end := 0
	for end < len(text) && isLetter(text[end]) {
		end++
	}
	if end == 0 {
		return s, "", "has a character that is no letter, digit, dot or hyphen"
	}
	return gemSegment{word: text[:end]}, text[end:], ""
}

func cutZeros(s []gemSegment) []gemSegment {
	for len(s) > 0 && s[len(s)-1] == (gemSegment{}) {
		s = s[:len(s)-1]
	}
	return s
}

func (v gemVersion) segment(i int) gemSegment {
	if i < len(v.segments) {
		return v.segments[i]
	}
	return gemSegment{}
}

// compare orders segment by segment, a missing one as zero, words before numbers.
func (v gemVersion) compare(w gemVersion) int {
	for i := range max(len(v.segments), len(w.segments)) {
		a, b := v.segment(i), w.segment(i)
		switch {
		case a == b:
		case a.word == "" && b.word != "":
			return 1
		case a.word != "" && b.word == "":
			return -1
		default:
			return cmp.Or(cmp.Compare(a.number, b.number), strings.Compare(a.word, b.word))
		}
	}
	return 0
}

// numbers returns the segments before the first word, as many as were written.
func (v gemVersion) numbers() []gemSegment {
	numbers := make([]gemSegment, v.digits)
	for i := range numbers {
		if s := v.segment(i); s.word == "" {
			numbers[i] = s
		} else {
			break
		}
	}
	return numbers
}

// release is the version without what makes it a pre-release.
func (v gemVersion) release() gemVersion {
	if !v.pre {
		return v
	}
	return gemVersion{segments: cutZeros(v.numbers()), digits: v.digits}
}

// bump is the release that "~>" ends before: without the last number, the one
// before it raised.
func (v gemVersion) bump() gemVersion {
	numbers := v.numbers()
	if len(numbers) > 1 {
		numbers = numbers[:len(numbers)-1]
	}
	numbers[len(numbers)-1].number++
	return gemVersion{segments: slices.Clip(numbers), digits: len(numbers)}
}

// gemConstraint is one comparison, such as "~> 1.2".
type gemConstraint struct {
	op      string
	version gemVersion
}

// gemRequirement is a list of constraints that hold together.
type gemRequirement struct {
	constraints []gemConstraint
	pre         bool // one of them names a pre-release, which admits them
}

// parseGemRequirement reads constraints with commas between them; "" is any
// version, no operator is "=".
func parseGemRequirement(text string) (r gemRequirement, reason string) {
	if len(text) > maxGemText {
		return r, "is longer than 1024 bytes"
	}
	if strings.TrimSpace(text) == "" {
		return r, ""
	}
	for part := range strings.SplitSeq(text, ",") {
		var c gemConstraint
		part = strings.TrimSpace(part)
		end := strings.IndexFunc(part, func(r rune) bool { return !strings.ContainsRune("<>=!~", r) })
		if end < 0 {
			return r, "has an operator without a version"
		}
		switch c.op = cmp.Or(part[:end], "="); c.op {
		case "=", "!=", "<", "<=", ">", ">=", "~>":
		default:
			return r, "has an unknown operator"
		}
		if c.version, reason = parseGemVersion(part[end:]); reason != "" {
			return r, reason
		}
		r.constraints = append(r.constraints, c)
		r.pre = r.pre || c.version.pre
	}
	return r, ""
}

// admits reports whether the version satisfies all constraints and, if it is a
// pre-release, whether one of them names such.
func (r gemRequirement) admits(v gemVersion) bool {
	return (r.pre || !v.pre) && !slices.ContainsFunc(r.constraints, func(c gemConstraint) bool { return !c.holds(v) })
}

func (c gemConstraint) holds(v gemVersion) bool {
	order := v.compare(c.version)
	switch c.op {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	}
	return order >= 0 && v.release().compare(c.version.bump()) < 0
}
