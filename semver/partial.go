package semver

import "strings"

const reasonGap = "a number follows a wildcard"

// partial is a version of which the last numbers may be missing or wildcards.
type partial struct {
	core
	// known is how many numbers stand before the first wildcard. The numbers
	// that are not known are 0.
	known int
	// pre is the pre-release; without all three numbers it has no meaning, in
	// node-semver as here.
	pre string
	// gap says that a number followed a wildcard, as in 1.x.3.
	gap bool
}

// parsePartial reads a version, "1.2", "1.x" or "*", with at most one "v" before.
func parsePartial(s string) (p partial, reason string) {
	if len(s) > maxLength {
		return p, reasonLong
	}
	s = strings.TrimPrefix(s, "v")
	parts := [...]*uint64{&p.major, &p.minor, &p.patch}
	wild := false
	for i, n := range parts {
		var rest string
		if s != "" && (s[0] == 'x' || s[0] == 'X' || s[0] == '*') {
			wild, rest = true, s[1:]
		} else {
			var number uint64
			if number, rest, reason = readNumber(s); reason != "" {
				return p, reason
			}
			if p.gap = p.gap || wild; !wild {
				*n, p.known = number, i+1
			}
		}
		switch {
		case i == len(parts)-1:
			p.pre, _, reason = readQualifier(rest)
			return p, reason
		case rest == "":
			return p, ""
		case rest[0] != '.':
			return p, reasonParts
		}
		s = rest[1:]
	}
	return p, ""
}

// limit is the first core above the x-range and above the tilde range of p.
func (p partial) limit() core {
	if p.known <= 1 {
		return p.nextMajor()
	}
	return p.nextMinor()
}

// caretLimit is the first core that may be incompatible with p: the leftmost
// number that is not 0 must stay.
func (p partial) caretLimit() core {
	switch {
	case p.known <= 1 || p.major > 0:
		return p.nextMajor()
	case p.known == 2 || p.minor > 0:
		return p.nextMinor()
	}
	return p.next()
}
