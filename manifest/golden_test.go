package manifest_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/manifest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// archive is a file of several, in the txtar format of the Go project: a
// comment, then files that each follow a line with their name.
type archive struct {
	comment string
	files   map[string]string
}

func readArchive(t *testing.T, path string) archive {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	a := archive{files: map[string]string{}}
	name := ""
	for line := range strings.Lines(string(data)) {
		if head, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(head, " --") {
			name = strings.TrimSuffix(head, " --")
		} else if name == "" {
			a.comment += line
		} else {
			a.files[name] += line
		}
	}
	return a
}

func (a archive) text() []byte {
	var b bytes.Buffer
	b.WriteString(a.comment)
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(a.files))) {
		fmt.Fprintf(&b, "-- %s --\n%s\n", name, strings.TrimSuffix(a.files[name], "\n"))
	}
	return b.Bytes()
}

// goldenManifests calls f with the manifest of every golden file.
func goldenManifests(tb testing.TB, f func(path string)) {
	tb.Helper()
	paths, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(paths) == 0 {
		tb.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		f(path)
	}
}

// A changed golden file means that signatures over old manifests no longer
// verify: it is a change of the format, not a detail.
func TestCheck_keepsTheFormat(t *testing.T) {
	t.Parallel()
	goldenManifests(t, func(path string) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			a := readArchive(t, path)
			m, err := manifest.Parse([]byte(a.files["manifest.json"]))
			if err != nil {
				t.Fatal(err)
			}
			c, err := manifest.Check(m)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{"canonical.json": string(c.Canonical), "digest": c.Digest.String()}
			if *update {
				maps.Copy(a.files, got)
				if err := os.WriteFile(path, a.text(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for name, text := range got {
				if want := strings.TrimSuffix(a.files[name], "\n"); text != want {
					t.Errorf("%s is\n%s\nwant\n%s", name, text, want)
				}
			}
		})
	})
}
