//go:build !unix

package durable

import (
	"fmt"
	"io"
)

// tesseraContests has none: Tessera locks its files as POSIX has it.
func tesseraContests() []contest { return nil }

func tesseraNotes(notes io.Writer) {
	fmt.Fprintln(notes, "log: tessera is absent, as it needs a system of the family of Unix")
}
