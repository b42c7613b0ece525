package semver

import (
	"strconv"
	"unicode/utf8"
)

// SyntaxError says why a text is no version or no range. Every error of this
// package that is about input is a *SyntaxError.
type SyntaxError struct {
	// Input is the refused text, shortened for display when it is long.
	Input string
	// Reason says what is wrong, in lower case and without the input.
	Reason string
}

// Error returns the quoted input and the reason in one line.
func (e *SyntaxError) Error() string {
	return "parse " + strconv.Quote(e.Input) + ": " + e.Reason
}

// displayed is how many bytes of a refused input an error shows.
const displayed = 64

func syntaxError(input, reason string) error {
	if len(input) > displayed {
		cut := displayed
		for cut > 0 && !utf8.RuneStart(input[cut]) {
			cut--
		}
		input = input[:cut] + "…"
	}
	return &SyntaxError{Input: input, Reason: reason}
}
