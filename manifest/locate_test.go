package manifest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/modreg/modreg/manifest"
)

func TestPosition(t *testing.T) {
	t.Parallel()
	doc := []byte("{\n  \"a\": [1, {\"b.c\": \"x\",\n \"ab\": 2}],\n  \"ab\": true}\n")
	for _, tt := range []struct {
		path         string
		line, column int
	}{
		{"", 1, 1},
		{"a", 2, 8},
		{"a[0]", 2, 9},
		{"a[1]", 2, 12},
		{`a[1]["b.c"]`, 2, 20},
		{"a[1].ab", 3, 8},
		{"ab", 4, 9},
		{"a[1].missing", 2, 12},
		{"a[7].x", 2, 8},
		{"missing", 1, 1},
	} {
		if line, column := manifest.Position(doc, tt.path); line != tt.line || column != tt.column {
			t.Errorf("%q is at %d:%d, want %d:%d", tt.path, line, column, tt.line, tt.column)
		}
	}
	for _, text := range []string{"", "\xff", " "} {
		if line, column := manifest.Position([]byte(text), "a"); line != 0 || column != 0 {
			t.Errorf("%q: %d:%d", text, line, column)
		}
	}
}

func TestLocate(t *testing.T) {
	t.Parallel()
	doc := []byte("{\n\"name\": \"Upper\",\n\"provides\": [\n  {\"capability\": \"a\", \"version\": \"1\"},\n  {}\n]}")
	m, err := manifest.Parse(doc)
	if err != nil {
		t.Fatal(err)
	}
	_, err = manifest.Check(m)
	text := manifest.Locate(doc, err).Error()
	for _, want := range []string{
		"manifest: line 2, column 9: name: ", "manifest: line 1, column 1: version: is missing",
		"manifest: line 4, column 34: provides[0].version: ", "manifest: line 5, column 3: provides[1].capability: is missing",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	other := errors.New("other")
	if got := manifest.Locate(doc, other); got != other { //nolint:errorlint // the same error, not one like it
		t.Errorf("got %v", got)
	}
	if got := manifest.Locate(doc, nil); got != nil {
		t.Errorf("got %v", got)
	}
}
