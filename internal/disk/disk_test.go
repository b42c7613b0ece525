package disk_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/modreg/modreg/internal/disk"
)

func TestReplace_isReadBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path+".tmp", []byte("of a crash"), 0o644); err != nil { //nolint:gosec // as a crash might leave it
		t.Fatal(err)
	}
	for _, text := range []string{"one", "", "another"} {
		if err := disk.Replace(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := disk.Read(path, 7); err != nil || string(got) != text {
			t.Errorf("%q, %v; want %q", got, err, text)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v are left", entries, err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := disk.Read(path, 6); err == nil {
		t.Error("a file over the limit was read")
	}
}

func TestReplace_leavesTheOldFileIfItFails(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(path, "child"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := disk.Replace(path, []byte("x")); err == nil {
		t.Error("a folder was replaced")
	}
	if _, err := os.Stat(path + ".tmp"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the half is left: %v", err)
	}
	if _, err := disk.Read(filepath.Join(dir, "missing"), 1); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read what is not there: %v", err)
	}
	if err := disk.Replace(filepath.Join(dir, "missing", "file"), nil); err == nil {
		t.Error("a file was written where no folder is")
	}
}
