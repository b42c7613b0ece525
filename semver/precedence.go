package semver

import (
	"cmp"
	"strings"
)

// comparePrerelease orders pre-release texts of one major.minor.patch by rule
// 11 of Semantic Versioning 2.0.0. The empty text is the release, which comes
// last.
func comparePrerelease(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	same := 0
	for same < min(len(a), len(b)) && a[same] == b[same] {
		same++
	}
	// The first identifiers that differ decide; before them all bytes are equal.
	start := strings.LastIndexByte(a[:same], '.') + 1
	x, _, _ := strings.Cut(a[start:], ".")
	y, _, _ := strings.Cut(b[start:], ".")
	if x == y {
		return cmp.Compare(len(a), len(b)) // one of them has no more identifiers
	}
	return compareIdentifier(x, y)
}

// compareIdentifier orders two identifiers: numbers by value and before words,
// words by their bytes. Numbers have no leading zeros, so the longer is the
// larger and no number is too big to compare.
func compareIdentifier(a, b string) int {
	numA, numB := isNumeric(a), isNumeric(b)
	switch {
	case numA && numB:
		if len(a) != len(b) {
			return cmp.Compare(len(a), len(b))
		}
		return strings.Compare(a, b)
	case numA:
		return -1
	case numB:
		return 1
	}
	return strings.Compare(a, b)
}

func isNumeric(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
