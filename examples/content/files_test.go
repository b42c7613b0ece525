package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// symlink skips the test where there are no symbolic links.
func symlink(t *testing.T, old, name string) string {
	t.Helper()
	if err := os.Symlink(old, name); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	return name
}

func TestRun_neverWritesToAnInput(t *testing.T) {
	t.Parallel()
	chart := samples(t)["chart.png"]
	in := t.TempDir()
	path := write(t, in, "chart.png", chart)
	byLink := symlink(t, in, filepath.Join(t.TempDir(), "folder"))
	alias := symlink(t, path, filepath.Join(t.TempDir(), "chart.png"))
	for _, c := range []struct{ name, out, input string }{
		{"the folder of the input", in, path},
		{"a link to the folder of the input", byLink, path},
		{"the folder of a linked input", in, alias},
		{"the folder of the link", filepath.Dir(alias), alias},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), []string{"-out", c.out, c.input}, &stdout, &stderr); code != exitOK {
			t.Errorf("%s: exit code %d, %s", c.name, code, &stderr)
		}
		if got := read(t, path); got != string(chart) {
			t.Fatalf("%s: the input was overwritten\n%s", c.name, &stdout)
		}
		if info, err := os.Lstat(alias); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Fatalf("%s: the link was replaced\n%s", c.name, &stdout)
		}
	}
}

func TestRun_outputFolderAmongInputs(t *testing.T) {
	t.Parallel()
	in := t.TempDir()
	write(t, in, "new.md", []byte("# New"))
	write(t, in, "out/old.md", []byte("# Old"))
	out := symlink(t, filepath.Join(in, "out"), filepath.Join(t.TempDir(), "link"))
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-out", out, in}, &stdout, &stderr); code != exitOK || !strings.Contains(stdout.String(), "1 of 1 files") {
		t.Errorf("by a link: exit code %d\n%s%s", code, &stdout, &stderr)
	}
	stderr.Reset()
	if code := run(t.Context(), []string{"-out", in, in}, &stdout, &stderr); code != exitFailed || !strings.Contains(stderr.String(), "choose another with -out") {
		t.Errorf("the same folder: exit code %d\n%s", code, &stderr)
	}
}
