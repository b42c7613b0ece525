package corpus

import (
	"cmp"
	"strings"
)

// DebianVersionCompare returns -1, 0 or +1 as version a comes before, with or
// after b by the rules of Debian Policy 5.6.12: epoch, then upstream version,
// then revision; "~" before the end, the end before letters, letters before
// everything else, digits as numbers. It orders every text, valid or not, and
// allocates nothing. Texts that differ may be equal, such as "1.0" and "0:1.00-0".
func DebianVersionCompare(a, b string) int {
	if a == b {
		return 0
	}
	epochA, restA := cutEpoch(a)
	epochB, restB := cutEpoch(b)
	if c := compareDigits(epochA, epochB); c != 0 {
		return c
	}
	upstreamA, revisionA := cutRevision(restA)
	upstreamB, revisionB := cutRevision(restB)
	if c := compareDebianPart(upstreamA, upstreamB); c != 0 {
		return c
	}
	return compareDebianPart(revisionA, revisionB)
}

// cutEpoch returns the digits before the first colon. What is no number there is
// no epoch and stays in the rest.
func cutEpoch(s string) (epoch, rest string) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i < len(s) && s[i] == ':' {
		return s[:i], s[i+1:]
	}
	return "", s
}

func cutRevision(s string) (upstream, revision string) {
	if i := strings.LastIndexByte(s, '-'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// compareDebianPart compares two upstream versions or two revisions: by turns a
// run without digits and a run of digits, either of which may be empty.
func compareDebianPart(a, b string) int {
	for a != "" || b != "" {
		for (a != "" && !isDigit(a[0])) || (b != "" && !isDigit(b[0])) {
			if c := cmp.Compare(debianWeight(a), debianWeight(b)); c != 0 {
				return c
			}
			a, b = a[1:], b[1:]
		}
		var runA, runB string
		runA, a = cutDigits(a)
		runB, b = cutDigits(b)
		if c := compareDigits(runA, runB); c != 0 {
			return c
		}
	}
	return 0
}

// debianWeight orders what s starts with among the bytes that are no digits. The
// end of such a run, by a digit or the end of s, weighs nothing.
func debianWeight(s string) int {
	switch {
	case s == "" || isDigit(s[0]):
		return 0
	case s[0] == '~':
		return -1
	case isLetter(s[0]):
		return int(s[0])
	}
	return int(s[0]) + 256
}

func cutDigits(s string) (digits, rest string) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return s[:i], s[i:]
}

// compareDigits compares two runs of digits of any length as numbers. An empty
// run is zero.
func compareDigits(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
