package corpus

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

const whatDebianJSON = "debian json"

// debianLine is the form of a line. Members that are not listed are skipped.
type debianLine struct {
	Name       string `json:"name"`
	Version    string `json:"version"`
	Arch       string `json:"arch"`
	Priority   string `json:"priority"`
	PreDepends string `json:"pre_depends"`
	Depends    string `json:"depends"`
	Recommends string `json:"recommends"`
	Conflicts  string `json:"conflicts"`
	Breaks     string `json:"breaks"`
	Provides   string `json:"provides"`
	Summary    string `json:"summary"`
	Tag        string `json:"tag"`
}

// ReadDebianJSON reads one package a line: an object whose members are strings
// named after the fields of a control file, in lower case with underscores ("name",
// "version", "arch", "pre_depends" …). Empty lines are skipped. A line has at most
// 1 MiB, and there are at most 1,048,576 packages.
//
// The error is a *[FormatError] or wraps that of the reader.
func ReadDebianJSON(r io.Reader) ([]DebianPackage, error) {
	var packages []DebianPackage
	lines := newLines(r)
	number := 0
	fail := func(reason string) error {
		return formatError(whatDebianJSON, "line "+strconv.Itoa(number), "", reason)
	}
	for lines.Scan() {
		number++
		if len(lines.Bytes()) == 0 {
			continue
		}
		var l debianLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fail(err.Error())
		}
		p := DebianPackage{
			Name: l.Name, Version: l.Version, Architecture: l.Arch, Priority: l.Priority,
			PreDepends: l.PreDepends, Depends: l.Depends, Recommends: l.Recommends,
			Conflicts: l.Conflicts, Breaks: l.Breaks, Provides: l.Provides,
			Summary: l.Summary, Tags: splitTags(l.Tag),
		}
		if reason := p.check(); reason != "" {
			return nil, fail(reason)
		}
		if len(packages) == maxDebianPackages {
			return nil, fail(reasonDebianPackages)
		}
		packages = append(packages, p)
	}
	return packages, linesError(whatDebianJSON, number, lines.Err())
}

func newLines(r io.Reader) *bufio.Scanner {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 64<<10), maxDebianLine)
	return lines
}

// linesError puts the error of a scanner into the words of the package.
func linesError(what string, number int, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bufio.ErrTooLong):
		return formatError(what, "line "+strconv.Itoa(number+1), "", reasonDebianLine)
	}
	return fmt.Errorf("read %s: %w", what, err)
}
