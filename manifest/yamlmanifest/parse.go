package yamlmanifest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/modreg/modreg/manifest"
)

// Parse reads a manifest from YAML of at most [manifest.MaxSize] bytes, which
// limits the JSON that it stands for as well. It checks the form of the
// document; whether the fields make sense is for [manifest.Check] to say. The
// error is a *[manifest.Error], the first in the text.
func Parse(data []byte) (manifest.Manifest, error) {
	c, err := convert(data)
	if err != nil {
		return manifest.Manifest{}, err
	}
	m, err := manifest.Parse(c.json)
	if err != nil {
		return manifest.Manifest{}, c.explain(err)
	}
	return m, nil
}

// Locate gives the problems that [manifest.Check] found in a manifest the lines
// and columns that they have in the YAML it came from, as [manifest.Locate]
// does for JSON.
func Locate(data []byte, err error) error {
	c, convertErr := convert(data)
	if convertErr != nil {
		return err
	}
	return manifest.LocateBy(err, func(path string) (line, column int) {
		line, _ = manifest.Position(c.json, path)
		return c.place(line)
	})
}

// read gives the only document of a YAML text as a tree.
func read(data []byte) (root *yaml.Node, err error) {
	if len(data) > manifest.MaxSize {
		return nil, &manifest.Error{
			Reason: fmt.Sprintf("%d bytes are too many", len(data)), Fix: fmt.Sprintf("at most %d", manifest.MaxSize),
		}
	}
	if err := checkBytes(data); err != nil {
		return nil, err
	}
	defer func() {
		// The YAML package panics on broken invariants of its own. Input must
		// not reach one, but must not end the program if it does.
		if r := recover(); r != nil {
			root, err = nil, &manifest.Error{Reason: fmt.Sprintf("is not YAML: %v", r)}
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	if err := decoder.Decode(&first); errors.Is(err, io.EOF) {
		return nil, &manifest.Error{Line: 1, Column: 1, Reason: "there is no document"}
	} else if err != nil {
		return nil, notYAML(err)
	}
	switch err := decoder.Decode(&second); {
	case err == nil:
		return nil, &manifest.Error{Line: second.Line, Column: second.Column, Reason: "a second document follows", Fix: "one file describes one module"}
	case !errors.Is(err, io.EOF):
		return nil, notYAML(err)
	}
	return first.Content[0], nil
}

// checkBytes refuses bytes that are not UTF-8, and characters that end a line
// in YAML 1.1, and in the YAML package, but are text in YAML 1.2: the package
// would turn them into spaces.
func checkBytes(data []byte) error {
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		e := manifest.Error{}
		switch {
		case r == utf8.RuneError && size == 1:
			e.Reason, e.Fix = fmt.Sprintf("byte 0x%02x is not UTF-8", data[i]), "save it as UTF-8"
		case r == '\u0085' || r == '\u2028' || r == '\u2029':
			e.Reason, e.Fix = fmt.Sprintf("YAML versions disagree about the character %U", r), fmt.Sprintf(`write "\u%04x" in double quotes`, r)
		default:
			i += size
			continue
		}
		start := bytes.LastIndexByte(data[:i], '\n') + 1
		e.Line, e.Column = bytes.Count(data[:i], []byte{'\n'})+1, utf8.RuneCount(data[start:i])+1
		return &e
	}
	return nil
}

var errorLine = regexp.MustCompile(`^line ([0-9]+): `)

// notYAML turns an error of the YAML package into one of ours.
func notYAML(err error) error {
	reason := strings.TrimPrefix(err.Error(), "yaml: ")
	e := &manifest.Error{}
	if found := errorLine.FindStringSubmatch(reason); found != nil {
		e.Line, _ = strconv.Atoi(found[1])
		e.Column = 1
		reason = reason[len(found[0]):]
	}
	e.Reason = "is not YAML: " + reason
	return e
}
