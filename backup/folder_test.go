package backup_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/modreg/modreg/backup"
)

// fillWith returns a function that makes a file and a folder, and then returns err.
func fillWith(err error) func(context.Context, string) error {
	return func(_ context.Context, dir string) error {
		return errors.Join(os.WriteFile(filepath.Join(dir, "journal"), []byte("x"), 0o600), os.Mkdir(filepath.Join(dir, "audit"), 0o700), err)
	}
}

func TestMakeFolder(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	path := filepath.Join(parent, "data")
	if err := backup.MakeFolder(t.Context(), path, fillWith(nil)); err != nil {
		t.Fatal(err)
	}
	if got := entries(t, path); !slices.Equal(got, []string{"audit", "journal"}) {
		t.Fatalf("made %q", got)
	}
	if err := backup.MakeFolder(t.Context(), path, fillWith(nil)); !errors.Is(err, backup.ErrNotEmpty) {
		t.Fatalf("again: error %v", err)
	}
	if err := backup.MakeFolder(t.Context(), filepath.Join(path, "journal"), fillWith(nil)); !errors.Is(err, backup.ErrNotEmpty) {
		t.Fatalf("in the place of a file: error %v", err)
	}
	if got := entries(t, parent); !slices.Equal(got, []string{"data"}) {
		t.Fatalf("beside it: %q", got)
	}
}

func TestMakeFolder_emptyOneThatIsThere(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	err := backup.MakeFolder(t.Context(), path, func(ctx context.Context, dir string) error {
		if err := backup.CheckFolder(path); dir != path || !errors.Is(err, backup.ErrHalfRestored) {
			t.Errorf("while %q is filled: error %v", dir, err)
		}
		if err := backup.MakeFolder(ctx, path, fillWith(nil)); !errors.Is(err, backup.ErrHalfRestored) {
			t.Errorf("restored into while it is being restored into: error %v", err)
		}
		return fillWith(nil)(ctx, dir)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := entries(t, path); !slices.Equal(got, []string{"audit", "journal"}) {
		t.Fatalf("made %q", got)
	}
	if err := backup.CheckFolder(path); err != nil {
		t.Fatal(err)
	}
}

func TestMakeFolder_leavesNothingAfterAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("does not fill")
	parent := t.TempDir()
	if err := backup.MakeFolder(t.Context(), filepath.Join(parent, "data"), fillWith(broken)); !errors.Is(err, broken) {
		t.Fatalf("error %v", err)
	}
	if err := backup.MakeFolder(t.Context(), parent, fillWith(broken)); !errors.Is(err, broken) {
		t.Fatalf("in place: error %v", err)
	}
	if got := entries(t, parent); len(got) != 0 {
		t.Fatalf("left %q", got)
	}
}

func TestMakeFolder_afterACrash(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	_ = backup.MakeFolder(t.Context(), path, func(_ context.Context, dir string) error {
		// What a crash in here would leave.
		return os.CopyFS(path+"-copy", os.DirFS(dir))
	})
	if err := backup.CheckFolder(path + "-copy"); !errors.Is(err, backup.ErrHalfRestored) {
		t.Fatalf("error %v", err)
	}
	if err := backup.MakeFolder(t.Context(), path+"-copy", fillWith(nil)); !errors.Is(err, backup.ErrHalfRestored) {
		t.Fatalf("error %v", err)
	}
}

func TestFilesInto(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close() //nolint:errcheck // nothing is left to write
	put := backup.FilesInto(root)
	if err := put("a.txt", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := put("a.txt", []byte("y")); !errors.Is(err, fs.ErrExist) {
		t.Fatalf("again: error %v", err)
	}
	for _, name := range []string{"../b", "/b", "", ".", "..", "a/b", `a\b`, "A", "b.", "c:b"} {
		if err := put(name, nil); err == nil {
			t.Errorf("%q was written", name)
		}
	}
	if got := entries(t, dir); !slices.Equal(got, []string{"a.txt"}) {
		t.Fatalf("written %q", got)
	}
}
