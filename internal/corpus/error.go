package corpus

import (
	"fmt"
	"io"
	"strconv"
)

// FormatError says what is wrong with an input and where. It is the error type
// of this package for everything that is about input, and always used by pointer.
type FormatError struct {
	What   string // what was read: "debian json", "debian relation", "gem version" …
	Where  string // the line, package or gem; "" if the input is short
	Input  string // what was given, cut to 80 bytes for display; "" if Where says enough
	Reason string // what is wrong with it
}

// Error returns one line with the input quoted.
func (e *FormatError) Error() string {
	text := e.What
	if e.Where != "" {
		text += ", " + e.Where
	}
	if e.Input != "" {
		text += ": " + strconv.Quote(e.Input)
	}
	return text + ": " + e.Reason
}

const shownInput = 80

func formatError(what, where, input, reason string) *FormatError {
	if len(input) > shownInput {
		input = input[:shownInput]
	}
	return &FormatError{What: what, Where: where, Input: input, Reason: reason}
}

// maxDocument is the size of the largest document that is read as a whole.
const maxDocument = 64 << 20

// readDocument reads a document that has to be in memory at once. Errors of the
// reader are wrapped.
func readDocument(what string, r io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", what, err)
	}
	if int64(len(data)) > limit {
		return nil, formatError(what, "", "", "is larger than "+strconv.FormatInt(limit, 10)+" bytes")
	}
	return data, nil
}
