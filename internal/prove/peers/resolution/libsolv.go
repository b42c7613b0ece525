package resolution

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modreg/modreg/internal/prove/peers/timing"
)

// libsolvCase is a test case of testsolv: on an empty system, install a package.
const libsolvCase = `repo system 0 empty
repo available 0 solv packages.solv
system amd64 deb system
job install name %s
`

// libsolvDebian lets testsolv install packages, with what they recommend. To start, which is mostly to read the packages,
// counts; "bash" is for that. What libsolv says that solving took is printed too, in whole milliseconds.
func libsolvDebian(data string, out, notes io.Writer) (err error) {
	solv, err := lookUp("testsolv")
	if err != nil {
		return err
	}
	converter, err := lookUp("deb2solv")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "peers-libsolv-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := prepareLibsolv(dir, data, converter); err != nil {
		return err
	}
	for _, c := range []struct{ name, job, flags, expected string }{
		{"gnome with recommends", gnome, "", "libsolv-recommends-gnome.txt"},
		{"gnome", gnome, "solverflags ignorerecommended\n", ""},
		{"bash", "bash", "", ""},
	} {
		text := fmt.Sprintf(libsolvCase, c.job) + c.flags
		if err := os.WriteFile(filepath.Join(dir, "case"), []byte(text), 0o600); err != nil {
			return err
		}
		names, took, solving, err := testsolv(dir, solv)
		if err != nil {
			return err
		}
		fmt.Fprintf(notes, "libsolv: %s: %d packages\n", c.name, len(names))
		if err := expect(names, data, c.expected); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		name := "libsolv Debian " + c.name
		if err := errors.Join(timing.Print(out, name+" CPU", took), timing.Print(out, name+" solve", solving)); err != nil {
			return err
		}
	}
	return nil
}

// testsolv solves the case in the folder. It returns the packages to install, the processor time of all, and what
// libsolv says that solving took.
func testsolv(dir, path string) (names []string, took, solving time.Duration, err error) {
	printed, took, err := command{dir: dir, path: path, args: []string{"-r", "case"}}.best()
	if err != nil {
		return nil, 0, 0, err
	}
	said, _, err := command{dir: dir, path: path, args: []string{"-v", "case"}}.run()
	if err != nil {
		return nil, 0, 0, err
	}
	solving, err = libsolvSays(said)
	return libsolvNames(printed), took, solving, err
}

// prepareLibsolv writes the packages in the form that libsolv reads at once.
func prepareLibsolv(dir, data, converter string) error {
	packages := filepath.Join(dir, "Packages")
	if err := writePackages(packages, data); err != nil {
		return err
	}
	return withFile(packages, func(r io.Reader) error {
		converted, _, err := command{dir: dir, path: converter, args: []string{"-r"}, stdin: r}.run()
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, "packages.solv"), converted, 0o600)
	})
}

// libsolvNames returns, in order, the names and versions of lines such as "install bash-5.2.15-2+b2.amd64@available".
func libsolvNames(printed []byte) []string {
	var names []string
	for line := range strings.Lines(string(printed)) {
		name, ok := strings.CutPrefix(strings.TrimSpace(line), "install ")
		if end := strings.LastIndexByte(name, '.'); ok && end > 0 {
			names = append(names, name[:end])
		}
	}
	slices.Sort(names)
	return names
}

// libsolvSays reads the line "solver_solve took 15 ms".
func libsolvSays(said []byte) (time.Duration, error) {
	_, after, found := bytes.Cut(said, []byte("solver_solve took "))
	ms, _, ok := bytes.Cut(after, []byte(" ms\n"))
	n, err := strconv.Atoi(string(ms))
	if !found || !ok || err != nil {
		return 0, errors.New("testsolv does not say what solving took")
	}
	return time.Duration(n) * time.Millisecond, nil
}
