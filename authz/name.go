package authz

import (
	"fmt"
	"strings"
)

// The limits of names.
const (
	MaxName = 128 // bytes of the name of a module, namespace or secret, and of the identifier of a principal
	MaxWord = 63  // bytes of the name of a role, group, binding or forbid
)

// An alphabet is the grammar of an identifier.
type alphabet uint8

const (
	idNone     alphabet = iota // nothing
	idWord                     // lower-case letters, digits and "._-", the first a letter or a digit
	idName                     // segments of runs of a-z and 0-9 joined by one of ".-_", with "/" between segments
	idVersion                  // a name, "@" and a segment
	idInstance                 // a name, ":" and a segment
	idSegment                  // letters, digits and "._:@+=~-", the first a letter or a digit
	idSegments                 // such segments with "/" between them
	idSubject                  // kind and identifier of a principal
)

// fault says what is wrong with s; empty if nothing is. It does not repeat s, which may be a secret in the wrong place.
func (a alphabet) fault(s string) string {
	if a == idNone {
		if s != "" {
			return "it has no identifier"
		}
		return ""
	}
	if s == "" {
		return "the identifier is empty"
	}
	switch a {
	case idWord:
		return wordFault(s)
	case idName:
		return nameFault(s)
	case idVersion:
		return pairFault(s, '@', "a version")
	case idInstance:
		return pairFault(s, ':', "an instance")
	case idSubject:
		if _, err := parsePrincipal(s); err != nil {
			return err.Error()
		}
		return ""
	case idSegments:
		for part := range strings.SplitSeq(s, "/") {
			if fault := segmentFault(part); fault != "" {
				return fault
			}
		}
		return ""
	}
	return segmentFault(s)
}

func wordFault(s string) string {
	if len(s) > MaxWord {
		return fmt.Sprintf("%d bytes are too many: at most %d", len(s), MaxWord)
	}
	if s == "" {
		return "it is empty"
	}
	for i := range len(s) {
		if c := s[i]; !isLower(c) && (i == 0 || strings.IndexByte("._-", c) < 0) {
			return fmt.Sprintf("byte %d is not one of a-z, 0-9 or, after the first, ._-", i)
		}
	}
	return ""
}

func nameFault(s string) string {
	if len(s) > MaxName {
		return fmt.Sprintf("%d bytes are too many: at most %d", len(s), MaxName)
	}
	inRun := false
	for i := range len(s) {
		switch c := s[i]; {
		case isLower(c):
			inRun = true
		case inRun && strings.IndexByte("./-_", c) >= 0:
			inRun = false
		default:
			return fmt.Sprintf("byte %d is not one of a-z, 0-9 or, between them, one of ./-_", i)
		}
	}
	if !inRun {
		return "it does not end with a letter or a digit"
	}
	return ""
}

// pairFault checks a name and a segment with a mark between them, which does not stand in names.
func pairFault(s string, mark byte, what string) string {
	at := strings.IndexByte(s, mark)
	if at <= 0 {
		return fmt.Sprintf("there is no module and %q before %s", mark, what)
	}
	if fault := nameFault(s[:at]); fault != "" {
		return fault
	}
	return segmentFault(s[at+1:])
}

func segmentFault(s string) string {
	if s == "" {
		return "a segment is empty"
	}
	for i := range len(s) {
		c := s[i]
		if !isLower(c) && (c < 'A' || c > 'Z') && (i == 0 || strings.IndexByte("._:@+=~-", c) < 0) {
			return fmt.Sprintf("byte %d of a segment is not a letter, a digit or, after the first, one of ._:@+=~-", i)
		}
	}
	return ""
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
