package main

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bufbuild/protocompile/linker"
)

const root = "../.."

// api compiles the API once for all tests, which must not change it.
var api = sync.OnceValues(func() (linker.Files, error) {
	return compile(context.Background(), filepath.Join(root, "proto"))
})

func compiled(t *testing.T) linker.Files {
	t.Helper()
	files, err := api()
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestGenerated_isWhatTheProtosSay(t *testing.T) {
	t.Parallel()
	files := compiled(t)
	if testing.Short() {
		t.Skip("it builds the plugins")
	}
	generated, err := generate(t.Context(), root, files)
	if err != nil {
		t.Fatal(err)
	}
	const fix = "run go generate ./apiv1"
	for _, name := range slices.Sorted(maps.Keys(generated)) {
		have, err := os.ReadFile(filepath.Join(root, "apiv1", filepath.FromSlash(name)))
		if err != nil {
			t.Errorf("%v: %s", err, fix)
		} else if string(have) != generated[name] {
			t.Errorf("apiv1/%s is not what is generated: %s", name, fix)
		}
	}
	gone, err := stale(filepath.Join(root, "apiv1"), generated)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range gone {
		t.Errorf("apiv1/%s is generated from nothing: %s", name, fix)
	}
}

func TestPublished_isNotBroken(t *testing.T) {
	t.Parallel()
	if err := checkPublished(filepath.Join(root, publishedFile), compiled(t)); err != nil {
		t.Errorf("%v\nsee proto/README.md", err)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"old.pb.go", "doc.go"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	generated := map[string]string{"new.pb.go": "a", "sub/new.connect.go": "b"}
	if err := replace(dir, generated); err != nil {
		t.Fatal(err)
	}
	for name, want := range generated {
		if have, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name))); err != nil || string(have) != want {
			t.Errorf("%s: %q, %v", name, have, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "old.pb.go")); !os.IsNotExist(err) {
		t.Errorf("a file that is not generated any more is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "doc.go")); err != nil {
		t.Errorf("a file that was not generated: %v", err)
	}
}

func TestReadme_namesTheFiles(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "proto", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"go generate ./apiv1", "-publish", "-break", filepath.Base(publishedFile)} {
		if !strings.Contains(string(text), word) {
			t.Errorf("it does not tell of %q", word)
		}
	}
}
