package capability

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	maxName     = 128 // bytes of a module or capability name, and of a whole ID
	maxAttrName = 64  // bytes of an attribute name
)

// CheckName reports whether s is a module or capability name: 1 to 128 bytes,
// segments separated by "/", each of one or more runs of a-z and 0-9 joined by
// a single '.', '-' or '_'. The grammar is that of OCI repository names with
// fewer separators, so that a module name is also a repository name. Only
// module names may have more than one segment; [ParseID] sees to that.
//
// The error is a [*SyntaxError] that names the offending byte.
func CheckName(s string) error {
	if off, reason := moduleName.fault(s); reason != "" {
		return fault("name", s, off, reason)
	}
	return nil
}

// checkAttrName reports whether s is an attribute name: 1 to 64 bytes, words
// of a-z and 0-9 that start with a letter, joined by a single '.', '-' or '_'.
func checkAttrName(s string) error {
	if off, reason := attrName.fault(s); reason != "" {
		return fault("attribute name", s, off, reason)
	}
	return nil
}

// grammar is a family of names: runs of lower-case letters and digits with
// single separators between them.
type grammar uint8

const (
	segmentName grammar = iota
	moduleName          // '/' separates too
	attrName            // a run starts with a letter
)

func (g grammar) limit() int {
	if g == attrName {
		return maxAttrName
	}
	return maxName
}

// fault returns the first offending byte of s and why, or an empty reason.
func (g grammar) fault(s string) (offset int, reason string) {
	off, reason := g.scan(s)
	if reason == "" || off >= len(s) || s[off] < 'A' || s[off] > 'Z' {
		return off, reason
	}
	if lower := strings.ToLower(s); lower != s {
		if _, still := g.scan(lower); still == "" {
			reason = fmt.Sprintf("%q is upper case, write %q", s[off], lower)
		}
	}
	return off, reason
}

func (g grammar) scan(s string) (offset int, reason string) {
	if s == "" {
		return 0, "is empty"
	}
	if len(s) > g.limit() {
		return g.limit(), tooLong(len(s), g.limit())
	}
	inRun := false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', isDigit(c) && (inRun || g != attrName):
			inRun = true
		case isDigit(c):
			return i, fmt.Sprintf("%q starts a word, which needs a letter first", c)
		case c == '.' || c == '-' || c == '_' || c == '/' && g == moduleName:
			if !inRun {
				return i, fmt.Sprintf("%q must follow a letter or digit", c)
			}
			inRun = false
		default:
			return i, badByte(s, i)
		}
	}
	if !inRun {
		return len(s) - 1, fmt.Sprintf("ends with %q", s[len(s)-1])
	}
	return 0, ""
}

func badByte(s string, i int) string {
	r, size := utf8.DecodeRuneInString(s[i:])
	switch {
	case r == utf8.RuneError && size <= 1:
		return fmt.Sprintf("byte 0x%02x is not ASCII", s[i])
	case r >= utf8.RuneSelf:
		return fmt.Sprintf("%q is not ASCII", r)
	case r >= 'A' && r <= 'Z':
		return fmt.Sprintf("%q is upper case", r)
	}
	return fmt.Sprintf("%q is not allowed", r)
}

func tooLong(size, limit int) string {
	return fmt.Sprintf("is %d bytes long, at most %d are allowed", size, limit)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
