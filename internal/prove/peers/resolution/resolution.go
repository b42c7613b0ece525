// Package resolution measures how long others take to find what has to be installed: a SAT solver and a resolver of npm's kind,
// both in Go, and the programs apt-get and libsolv's testsolv where they are installed.
//
// The universes are those of the shared data: Debian, where the question is what gnome needs on an empty system, and a large
// case of pubgrub, where it is asked for every version of every package.
package resolution

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/modreg/modreg/internal/prove/workload"
)

// A contest prints what a peer takes for the data in a folder, or returns an [absentError].
type contest func(data string, out, notes io.Writer) error

// An absentError says what is not there, so that a peer is left out.
type absentError string

func (e absentError) Error() string { return string(e) + " is absent" }

// Measure prints what each peer takes that has what it needs.
func Measure(out, notes io.Writer) error {
	data := workload.Data()
	if data == "" {
		fmt.Fprintln(notes, "resolve: the shared data is absent: all peers are left out")
		return nil
	}
	for _, c := range []struct {
		name    string
		measure contest
	}{
		{"gophersat, Debian", gophersatDebian},
		{"gophersat, pubgrub", gophersatPubGrub},
		{"deps.dev npm", npmPubGrub},
		{"apt-get", aptDebian},
		{"libsolv", libsolvDebian},
	} {
		err := c.measure(data, out, notes)
		if absent, ok := errors.AsType[absentError](err); ok {
			fmt.Fprintf(notes, "%s: left out: %v\n", c.name, absent)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

// withFile opens a file in the shared data and passes it on.
func withFile(path string, use func(r io.Reader) error) error {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return absentError(path)
	}
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	if err := use(f); err != nil {
		return fmt.Errorf("read %q: %w", path, err)
	}
	return nil
}

func pubGrubFile(data, kind string) string {
	return filepath.Join(data, "pubgrub", "large_case_1_u16_NumberVersion."+kind)
}
