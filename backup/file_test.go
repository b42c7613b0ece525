package backup_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/modreg/modreg/backup"
)

// entries returns the names in a folder.
func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	found, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range found {
		names = append(names, e.Name())
	}
	return names
}

func TestWriteFile(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "b.modreg")
	m, err := backup.WriteFile(t.Context(), path, source, backup.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := entries(t, dir); len(got) != 2 {
		t.Fatalf("files %q", got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != m.Size || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Fatalf("%v, %v; the manifest says %d bytes", info, err, m.Size)
	}
	if line, _ := os.ReadFile(path + ".sha256"); string(line) != m.Digest.String()+"  b.modreg\n" {
		t.Fatalf("digest file %q", line)
	}
	if got, err := backup.CheckFile(t.Context(), path, backup.ReadOptions{}); err != nil || got.Digest != m.Digest {
		t.Fatalf("checked: %v", err)
	}
	if _, err := backup.WriteFile(t.Context(), path, source, backup.Options{}); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("written again: error %v", err)
	}
	if got := entries(t, dir); len(got) != 2 {
		t.Fatalf("files %q", got)
	}
	if _, err := backup.WriteFile(t.Context(), filepath.Join(dir, "no", "b"), source, backup.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("into no folder: error %v", err)
	}
}

func TestWriteFile_leavesNothingAfterAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := backup.WriteFile(t.Context(), filepath.Join(dir, "b.modreg"), backup.Source{Node: "a b"}, backup.Options{})
	if got := entries(t, dir); err == nil || len(got) != 0 {
		t.Fatalf("error %v, files %q", err, got)
	}
}

func TestCheckFile_encryptedWithoutAKey(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	id := identity(t)
	path := filepath.Join(t.TempDir(), "b.modreg")
	m, err := backup.WriteFile(t.Context(), path, source, backup.Options{Recipients: recipients(id)})
	if err != nil {
		t.Fatal(err)
	}
	got, err := backup.CheckFile(t.Context(), path, backup.ReadOptions{})
	if err != nil || !got.Encrypted || got.Digest != m.Digest || got.Size != m.Size {
		t.Fatalf("without a key: %+v, %v", got, err)
	}
	got, err = backup.CheckFile(t.Context(), path, backup.ReadOptions{Identities: []age.Identity{id}})
	if err != nil || len(got.Streams) != 3 {
		t.Fatalf("with the key: %+v, %v", got, err)
	}
	flip(t, path, m.Size-3)
	if _, err := backup.CheckFile(t.Context(), path, backup.ReadOptions{}); err == nil {
		t.Fatal("a flipped byte was not noticed")
	}
	flip(t, path, m.Size-3)
	if err := os.Remove(path + ".sha256"); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.CheckFile(t.Context(), path, backup.ReadOptions{}); !errors.Is(err, backup.ErrEncrypted) {
		t.Fatalf("without key and digest: error %v", err)
	}
}

func flip(t *testing.T, path string, at int64) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[at] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCheckFile_holdsTheDigestInAnyCase(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	dir := t.TempDir()
	for _, name := range []string{"a", "b"} {
		if _, err := backup.WriteFile(t.Context(), filepath.Join(dir, name), source, backup.Options{}); err != nil {
			t.Fatal(err)
		}
		fill(t, source.Journal, rand.New(rand.NewPCG(1, 1)), "audit", 1, 9)
	}
	if err := os.Rename(filepath.Join(dir, "b"), filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	_, err := backup.CheckFile(t.Context(), filepath.Join(dir, "a"), backup.ReadOptions{})
	if err == nil || !strings.Contains(err.Error(), "digest") {
		t.Fatalf("a good backup in the place of another: error %v", err)
	}
}
