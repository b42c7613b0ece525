package capability

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/modreg/modreg/semver"
)

// maxShown is how much of a faulty input an error carries, in bytes.
const maxShown = 80

// SyntaxError says what is wrong with a name, text or document and where. It
// is the only error type of this package and always used by pointer.
type SyntaxError struct {
	What   string // what was read: "name", "capability id", "attribute name", "value", "attribute", "attributes", "filter", "requirement"
	Input  string // what was given, cut to 80 bytes for display
	Reason string // what is wrong with it
	Offset int    // the byte of the whole input where it goes wrong, -1 if no single one
}

// Error returns one line with the input quoted.
func (e *SyntaxError) Error() string {
	at := ""
	if e.Offset >= 0 {
		at = fmt.Sprintf(", byte %d", e.Offset)
	}
	if e.Input == "" {
		return fmt.Sprintf("%s%s: %s", e.What, at, e.Reason)
	}
	return fmt.Sprintf("%s %q%s: %s", e.What, e.Input, at, e.Reason)
}

func fault(what, input string, offset int, reason string) *SyntaxError {
	return &SyntaxError{What: what, Input: shorten(input), Reason: reason, Offset: offset}
}

// semverReason tells an error of semver about a part of a longer text.
func semverReason(what string, err error) string {
	if e, ok := errors.AsType[*semver.SyntaxError](err); ok {
		return fmt.Sprintf("%s %q: %s", what, e.Input, e.Reason)
	}
	return what + ": " + err.Error()
}

// shorten cuts s for display, at the start of a rune.
func shorten(s string) string {
	if len(s) <= maxShown {
		return s
	}
	cut := maxShown - len("…")
	for cut > maxShown/2 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
