package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	_ "embed" // the universe of the tour
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/modreg/modreg/internal/corpus"
	"github.com/modreg/modreg/resolve"
)

//go:embed testdata/desk.control
var desk []byte

// patterns are files of packages.
type patterns []string

func (p *patterns) String() string     { return strings.Join(*p, " ") }
func (p *patterns) Set(s string) error { *p = append(*p, s); return nil }

// read reads all files, or the universe of the tour if there are none.
func (p patterns) read() ([]corpus.DebianPackage, error) {
	if len(p) == 0 {
		return corpus.ReadDebianControl(bytes.NewReader(desk))
	}
	var all []corpus.DebianPackage
	for _, pattern := range p {
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			return nil, fmt.Errorf("no file is named %q", pattern)
		}
		for _, name := range names {
			packages, err := readFile(name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			all = append(all, packages...)
		}
	}
	return all, nil
}

func readFile(name string) (packages []corpus.DebianPackage, err error) {
	f, err := os.Open(name) //nolint:gosec // the file that the user names
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	var r io.Reader = bufio.NewReader(f)
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, err
		}
	}
	if strings.Contains(filepath.Base(name), ".jsonl") {
		return corpus.ReadDebianJSON(r)
	}
	return corpus.ReadDebianControl(r)
}

// translated is a package and a version as package corpus writes it: a number, and Debian's text behind the plus where
// that may hold it.
var translated = regexp.MustCompile(`([a-z0-9][a-z0-9+.-]*)([ @])([0-9]+\.0\.0)(\+[0-9A-Za-z.-]+)?`)

// debian puts Debian's texts in the place of what they were translated to.
func (a *app) debian(text string) string {
	text = translated.ReplaceAllStringFunc(text, func(found string) string {
		part := translated.FindStringSubmatch(found)
		if version, ok := a.versions[part[1]+"@"+part[3]+part[4]]; ok {
			return part[1] + part[2] + version
		}
		return found
	})
	return strings.ReplaceAll(text, corpus.DebianNamespace+"/", "")
}

// debianVersions returns the Debian versions of candidates by their names.
func debianVersions(all []*resolve.Candidate) map[string]string {
	versions := make(map[string]string, len(all))
	for _, c := range all {
		if p, ok := c.Ref.(*corpus.DebianPackage); ok {
			versions[c.String()] = p.Version
		}
	}
	return versions
}

// shown is a package with its version as Debian writes it.
func shown(c *resolve.Candidate) string {
	if p, ok := c.Ref.(*corpus.DebianPackage); ok {
		return p.Name + " " + p.Version
	}
	return c.String()
}
