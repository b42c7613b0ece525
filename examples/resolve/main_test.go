package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/internal/corpus"
	"github.com/modreg/modreg/resolve"
)

var update = flag.Bool("update", false, "write the golden files")

// call runs the program.
func call(t *testing.T, args ...string) (code int, out, problems string) {
	t.Helper()
	var stdout, stderr strings.Builder
	code = run(t.Context(), args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil { //nolint:gosec // not secret
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != got {
		t.Errorf("%s: got\n%swant\n%s%v", name, got, want, err)
	}
}

func TestTour(t *testing.T) {
	t.Parallel()
	code, out, problems := call(t)
	if code != exitOK || problems != "" {
		t.Errorf("exit code %d: %s", code, problems)
	}
	golden(t, "tour", out)
}

func TestCommands(t *testing.T) {
	t.Parallel()
	lock := filepath.Join(t.TempDir(), "modreg.lock")
	for i, tt := range []struct {
		args []string
		code int
		want string // in either stream
	}{
		{[]string{"-lock", lock, "install", "desktop", "shell-weather"}, exitOK, "+ shell-weather 1.7-1\n"},
		{[]string{"-lock", lock, "install", "chess"}, exitOK, "0 changes"},
		{[]string{"-lock", lock, "why", "libbase"}, exitOK, "libbase 1.3-1 is there because"},
		{[]string{"-lock", lock, "why", "photo-album"}, exitOK, "photo-album is not installed"},
		{[]string{"-lock", lock, "whynot", "toolkit (>= 3)"}, exitOK, "remove shell-weather"},
		{[]string{"-lock", lock, "upgrade", "desktop"}, exitUnresolved, "shell-weather 1.7-1 and desktop 3.0-1 exclude each other"},
		{[]string{"-lock", lock, "outdated"}, exitOK, "desktop@2.4-2: the newest is desktop@3.0-1, and nothing newer fits"},
		{[]string{"-lock", lock, "remove", "libbase"}, exitFailed, "something else needs it"},
		{[]string{"-lock", lock, "remove", "shell-weather"}, exitOK, "- http-client 7.88-1"},
		{[]string{"-lock", lock, "upgrade", "desktop"}, exitOK, "desktop 2.4-2 -> desktop 3.0-1"},
		{[]string{"-lock", lock, "graph", "libbase"}, exitOK, "digraph"},
		{[]string{"-lock", lock, "-o", "mermaid", "graph"}, exitOK, "flowchart"},
		{[]string{"-lock", lock, "-o", "json", "graph"}, exitOK, `"nodes"`},
		{[]string{"-lock", lock, "-o", "svg", "graph"}, exitUsage, "not \"svg\""},
		{[]string{"install", "toolkit-theme-old", "photo-album"}, exitUnresolved, "there is no solution"},
		{[]string{"install", "nothing-like-it"}, exitUnresolved, "which nothing provides"},
		{[]string{"install", "No!"}, exitFailed, "is not the name"},
		{[]string{"-recommends=false", "install", "desktop"}, exitOK, "11 packages"},
		{[]string{"install"}, exitUsage, "install of what?"},
		{[]string{"upgrade", "desktop"}, exitUsage, "needs -lock"},
		{[]string{"why", "desktop"}, exitUsage, "nothing is installed"},
		{[]string{"reinstall"}, exitUsage, `no command "reinstall"`},
		{[]string{"-packages", "/no/such/file", "install", "a"}, exitFailed, "no file is named"},
		{[]string{"-packages", "main.go", "install", "a"}, exitFailed, "main.go"},
		{[]string{"-lock", "main.go", "install", "desktop"}, exitFailed, "lock file, line 1"},
		{[]string{"-h"}, exitOK, "usage: resolve"},
		{[]string{"-x"}, exitUsage, "usage: resolve"},
	} {
		code, out, problems := call(t, tt.args...)
		if code != tt.code || !strings.Contains(out+problems, tt.want) {
			t.Errorf("%d %v: exit code %d, want %d and %q:\n%s%s", i, tt.args, code, tt.code, tt.want, out, problems)
		}
	}
}

// With Debian's archive it installs what apt would.
func TestInstall_gnome(t *testing.T) {
	t.Parallel()
	dir, ok := corpus.Locate()
	if !ok {
		t.Skip(corpus.Absent)
	}
	lock := filepath.Join(t.TempDir(), "modreg.lock")
	code, out, problems := call(t, "-packages", filepath.Join(dir, "debian", "*.jsonl.gz"), "-lock", lock, "install", "gnome")
	if code != exitOK || !strings.Contains(out, "1450 packages, 1450 changes") || !strings.Contains(out, "+ gnome 1:43+1") {
		t.Fatalf("exit code %d: %s%.500s", code, problems, out)
	}
	data, err := os.ReadFile(lock)
	if err != nil {
		t.Fatal(err)
	}
	l, err := resolve.ParseLock(data)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range l.Modules {
		got = append(got, m.Name)
	}
	want, err := os.ReadFile(filepath.Join(dir, "debian", "expected", "apt-recommends-gnome.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, slices.Sorted(slices.Values(strings.Fields(string(want))))) {
		t.Error("it is not what apt would install")
	}
}

func TestRun_interrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, problems strings.Builder
	if code := run(ctx, []string{"install", "desktop"}, &out, &problems); code != exitFailed || !strings.Contains(problems.String(), "canceled") {
		t.Errorf("exit code %d: %s", code, problems.String())
	}
}
