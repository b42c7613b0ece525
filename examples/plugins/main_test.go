package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
)

// A bench is a folder with a passphrase, where the command is tried.
type bench struct {
	t     *testing.T
	dir   string
	extra []plugin
}

func newBench(t *testing.T, extra ...plugin) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir(), extra: extra}
	b.write("key", []byte("correct horse\n"))
	return b
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) write(name string, data []byte) {
	b.t.Helper()
	if err := os.WriteFile(b.path(name), data, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) read(name string) []byte {
	b.t.Helper()
	data, err := os.ReadFile(b.path(name))
	if err != nil {
		b.t.Fatal(err)
	}
	return data
}

// cheap are settings with few iterations and small chunks.
func (b *bench) cheap() []string {
	return []string{
		"-passphrase-file", b.path("key"), "-set", `encrypt={"iterations": 1000, "chunk_bytes": 1024}`,
	}
}

// try runs a pipe over data.
func (b *bench) try(pipe string, data []byte, args ...string) (code int, stdout []byte, stderr string) {
	b.t.Helper()
	args = append(append(b.cheap(), "-pipe", pipe), args...)
	var out, errs bytes.Buffer
	a := app{stdin: bytes.NewReader(data), stdout: &out, stderr: &errs, extra: b.extra}
	code = a.run(b.t.Context(), args)
	return code, out.Bytes(), errs.String()
}

// pass runs a pipe that has to succeed.
func (b *bench) pass(pipe string, data []byte, args ...string) []byte {
	b.t.Helper()
	code, out, stderr := b.try(pipe, data, args...)
	if code != exitOK {
		b.t.Fatalf("%s: exit code %d: %s", pipe, code, stderr)
	}
	return out
}

// refuse runs a pipe that has to fail with an error that holds text.
func (b *bench) refuse(text, pipe string, data []byte, args ...string) (stdout []byte) {
	b.t.Helper()
	code, out, stderr := b.try(pipe, data, args...)
	if code != exitFailed || !strings.Contains(stderr, text) {
		b.t.Errorf("%s: exit code %d, want %d with %q in\n%s", pipe, code, exitFailed, text, stderr)
	}
	return out
}

func TestRun_usage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args []string
		code int
		text string
	}{
		{nil, exitUsage, "give either -pipe or -list"},
		{[]string{"-list", "-pipe", "gzip"}, exitUsage, "give either -pipe or -list"},
		{[]string{"-pipe", "gzip", "file"}, exitUsage, `"file" is no flag`},
		{[]string{"-passphrase", "x"}, exitUsage, "not defined: -passphrase"},
		{[]string{"-set", "gzip"}, exitUsage, "not of the form"},
		{[]string{"-set", "gzip={}", "-set", "gzip={}"}, exitUsage, "configured twice"},
		{[]string{"-help"}, exitOK, "-passphrase-file"},
		{[]string{"-pipe", "gzip", "-in", "/nowhere/at all"}, exitFailed, "/nowhere/at all"},
		{[]string{"-pipe", "gzip", "-out", "/nowhere/at all"}, exitFailed, "/nowhere/at all"},
	} {
		var stderr bytes.Buffer
		code := run(t.Context(), tt.args, strings.NewReader(""), io.Discard, &stderr)
		if code != tt.code || !strings.Contains(stderr.String(), tt.text) {
			t.Errorf("%q: exit code %d, want %d with %q in\n%s", tt.args, code, tt.code, tt.text, stderr.String())
		}
	}
}

func TestRun_files(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write("a", []byte("b\na\n"))
	b.write("sealed", []byte("old"))
	b.pass("lines-sort | zstd | encrypt", nil, "-in", b.path("a"), "-out", b.path("sealed"))
	b.pass("decrypt | unzstd", nil, "-in", b.path("sealed"), "-out", b.path("new"))
	if got := string(b.read("new")); got != "a\nb\n" {
		t.Errorf("got %q", got)
	}
	b.pass("lines-sort", nil, "-in", b.path("a"), "-out", b.path("a"))
	if got := string(b.read("a")); got != "a\nb\n" {
		t.Errorf("in place: got %q", got)
	}
}

func TestRun_keepsOldFileAfterError(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write("sealed", cut(b.pass("encrypt", bytes.Repeat([]byte("x"), 5000))))
	b.write("out", []byte("old"))
	b.refuse(errTampered.Error(), "decrypt", nil, "-in", b.path("sealed"), "-out", b.path("out"))
	b.refuse(errTampered.Error(), "decrypt", nil, "-in", b.path("sealed"), "-out", b.path("new"))
	if got := string(b.read("out")); got != "old" {
		t.Errorf("the old file holds %q", got)
	}
	entries, err := os.ReadDir(b.dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("files after the errors: %v %v", entries, err)
	}
}

func TestRun_followsLinkAndKeepsRights(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.write("target", nil)
	if err := os.Symlink(b.path("target"), b.path("link")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	b.pass("lines-sort", []byte("x"), "-out", b.path("link"))
	info, err := os.Stat(b.path("target"))
	if err != nil || info.Mode().Perm() != 0o600 || string(b.read("target")) != "x\n" {
		t.Errorf("target: %v %v", info, err)
	}
	if link, err := os.Lstat(b.path("link")); err != nil || link.Mode().IsRegular() {
		t.Errorf("the link is gone: %v %v", link, err)
	}
	b.pass("lines-sort", []byte("x"), "-out", os.DevNull)
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Fatalf("the null device is gone: %v %v", info, err)
	}
}

func TestRun_cancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		stuck, feed := io.Pipe() // delivers nothing
		defer func() { _ = feed.Close() }()
		var stderr bytes.Buffer
		code := make(chan int)
		go func() { code <- run(ctx, []string{"-pipe", "gzip | gunzip"}, stuck, io.Discard, &stderr) }()
		synctest.Wait() // all stages wait for data
		cancel()
		if got := <-code; got != exitFailed || !strings.Contains(stderr.String(), "context canceled") {
			t.Errorf("exit code %d: %s", got, stderr.String())
		}
	})
}
