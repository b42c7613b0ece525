package semver

import "strings"

// The reasons of a SyntaxError that versions and ranges share.
const (
	reasonLong       = "version is longer than 256 bytes"
	reasonNoNumber   = "a number is missing"
	reasonZero       = "a number has a leading zero"
	reasonBigNumber  = "a number is above 9007199254740991"
	reasonParts      = "a version has three numbers with dots between"
	reasonTrailing   = "unexpected text after the numbers"
	reasonIdentEmpty = "a pre-release or build identifier is empty"
	reasonIdentChar  = "an identifier has a character other than letters, digits and hyphen"
	reasonIdentZero  = "a numeric pre-release identifier has a leading zero"
)

// Parse reads a version of at most 256 bytes with numbers of at most 2^53-1,
// strictly by the grammar of Semantic Versioning 2.0.0. It does not allocate;
// the version keeps s alive while it has a pre-release or build metadata. The
// error is a *[SyntaxError].
func Parse(s string) (Version, error) {
	v, reason := parseVersion(s)
	if reason != "" {
		return Version{}, syntaxError(s, reason)
	}
	return v, nil
}

// parseVersion returns the version or the reason why s is none.
func parseVersion(s string) (v Version, reason string) {
	if len(s) > maxLength {
		return v, reasonLong
	}
	rest := s
	if v.major, rest, reason = readNumber(rest); reason != "" {
		return v, reason
	}
	for _, n := range [...]*uint64{&v.minor, &v.patch} {
		if rest == "" || rest[0] != '.' {
			return v, reasonParts
		}
		if *n, rest, reason = readNumber(rest[1:]); reason != "" {
			return v, reason
		}
	}
	v.pre, v.build, reason = readQualifier(rest)
	return v, reason
}

// readNumber reads the decimal number that s starts with.
func readNumber(s string) (n uint64, rest, reason string) {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		if n = n*10 + uint64(s[i]-'0'); n > maxNumber {
			return 0, s, reasonBigNumber
		}
		i++
	}
	switch {
	case i == 0:
		return 0, s, reasonNoNumber
	case i > 1 && s[0] == '0':
		return 0, s, reasonZero
	}
	return n, s[i:], ""
}

// readQualifier reads "-pre", "+build", both or nothing, up to the end of s.
func readQualifier(s string) (pre, build, reason string) {
	if s == "" {
		return "", "", ""
	}
	head, build, hasBuild := strings.Cut(s, "+")
	if hasBuild {
		if reason = checkIdentifiers(build, false); reason != "" {
			return "", "", reason
		}
	}
	if head == "" {
		return "", build, ""
	}
	if head[0] != '-' {
		return "", "", reasonTrailing
	}
	pre = head[1:]
	return pre, build, checkIdentifiers(pre, true)
}

// checkIdentifiers checks identifiers with dots between; only in a pre-release
// are numbers with leading zeros refused.
func checkIdentifiers(s string, pre bool) (reason string) {
	start, digits := 0, true
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if !isIdentChar(s[i]) {
				return reasonIdentChar
			}
			digits = digits && isDigit(s[i])
			continue
		}
		switch {
		case i == start:
			return reasonIdentEmpty
		case pre && digits && s[start] == '0' && i > start+1:
			return reasonIdentZero
		}
		start, digits = i+1, true
	}
	return ""
}

func isIdentChar(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-'
}
