package boltjournal_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/modreg/modreg/journal/boltjournal"
)

// TestJournal_losesItsFile takes the file away from under an open journal, in every way.
func TestJournal_losesItsFile(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be taken away here")
	}
	for _, way := range []struct {
		name string
		lose func(path string) error
		want error
	}{
		{"deleted", os.Remove, boltjournal.ErrUnlinked},
		{"moved away", func(path string) error { return os.Rename(path, path+".old") }, boltjournal.ErrUnlinked},
		{"replaced by a copy", replace, boltjournal.ErrReplaced},
		{"cut off to nothing", func(path string) error { return os.Truncate(path, 0) }, boltjournal.ErrTruncated},
		{"cut off within", func(path string) error { return os.Truncate(path, 20_000) }, boltjournal.ErrTruncated},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			for _, seenBy := range []string{"append", "check", "snapshot", "prune"} {
				t.Run(seenBy, func(t *testing.T) {
					t.Parallel()
					loseFile(t, seenBy, way.lose, way.want)
				})
			}
		})
	}
}

// replace puts a copy in the place of a file.
func replace(path string) error {
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path+".copy", data, 0o600)
	}
	return errors.Join(err, os.Rename(path+".copy", path))
}

func loseFile(t *testing.T, seenBy string, lose func(path string) error, want error) {
	t.Helper()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path)
	known := ledger{}
	for n := range uint64(20) {
		b := batchID{stream: "a", first: known.of("a").head + 1, n: 4, nonce: n}
		if _, err := j.Append(ctx, "a", b.first-1, b.records()); err != nil {
			t.Fatal(err)
		}
		known.acknowledge(b)
	}
	if err := j.PutSnapshot(ctx, "a", snapshotAt("a", 2, 4)); err != nil {
		t.Fatal(err)
	}
	if err := j.Check(ctx); err != nil {
		t.Fatalf("check of a file that is well: %v", err)
	}
	if err := lose(path); err != nil {
		t.Fatal(err)
	}
	write := map[string]func() error{
		"append":   func() error { _, err := j.Append(ctx, "a", known.of("a").head, [][]byte{{1}}); return err },
		"check":    func() error { return j.Check(ctx) },
		"snapshot": func() error { return j.PutSnapshot(ctx, "a", snapshotAt("a", 3, 4)) },
		"prune":    func() error { return j.Prune(ctx, "a", 3) },
	}
	if err := write[seenBy](); !errors.Is(err, want) || !errors.Is(err, boltjournal.ErrBroken) {
		t.Fatalf("%s: %v, want an error that wraps %q", seenBy, err, want)
	}
	for name, do := range write { // the first cause stays
		if err := do(); !errors.Is(err, want) || !errors.Is(err, boltjournal.ErrBroken) {
			t.Errorf("%s afterwards: %v, want an error that wraps %q", name, err, want)
		}
	}
	for rec, err := range j.Read(ctx, "a", 1) { // as far as the file goes; it may not bring the process down
		if err == nil {
			_, _, err = identify(rec.Data)
		} else if damaged(err) == nil || errors.Is(err, boltjournal.ErrTruncated) {
			break
		}
		if err != nil {
			t.Errorf("record %d: %v", rec.Seq, err)
		}
	}
	if err := j.Verify(ctx); err == nil {
		t.Error("the file that is lost passes the verification")
	}
	if s, err := j.LoadSnapshot(ctx, "a", math.MaxUint64); err == nil && s.Seq != 2 {
		t.Error("there is no snapshot any more, and nothing is said of that")
	}
}

// TestJournal_cutOffUnderLoad cuts the file off among appends, reads and watches. They all end, with errors, and so does Close.
func TestJournal_cutOffUnderLoad(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("a file that is open cannot be cut off here")
	}
	for round := range 20 {
		ctx := context.WithoutCancel(t.Context())
		path := filepath.Join(fastDir(t), "journal")
		j := open(t, path)
		mustAppend(t, j, "a", 0, batchID{stream: "a", first: 1, n: 300}.records()...)
		var all sync.WaitGroup
		for n := range uint64(2) {
			all.Go(func() {
				for head := uint64(0); ; head++ {
					if _, err := j.Append(ctx, fmt.Sprint("s", n), head, [][]byte{make([]byte, 3000)}); err != nil {
						return
					}
				}
			})
			all.Go(func() {
				for {
					for rec, err := range j.Read(ctx, "a", 1) {
						if err != nil {
							return
						}
						if _, _, err := identify(rec.Data); err != nil {
							t.Error(err)
							return
						}
					}
				}
			})
			all.Go(func() {
				for _, err := range j.Watch(ctx, fmt.Sprint("s", n), 1) {
					if err != nil {
						return
					}
				}
			})
		}
		if err := os.Truncate(path, int64(rand.IntN(round+1)*3000)); err != nil {
			t.Error(err)
		}
		all.Wait()
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpen_notAJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"empty": "", "short": "x", "text": string(make([]byte, 100_000)), "words": "this is not a journal, whatever its name says\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, opts := range [][]boltjournal.Option{nil, {boltjournal.WithReadOnly()}} {
			if _, err := boltjournal.Open(path, opts...); err == nil || damaged(err) != nil {
				t.Errorf("%s: %v, want a CorruptError", name, err)
			}
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != content {
			t.Errorf("%s: the file was changed, %v", name, err)
		}
	}
	if _, err := boltjournal.Open(dir); err == nil {
		t.Error("a folder was opened")
	}
	missing := filepath.Join(dir, "no", "such", "folder")
	if _, err := boltjournal.Open(missing); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without its folder: %v", err)
	}
	if _, err := boltjournal.Open(filepath.Join(dir, "none"), boltjournal.WithReadOnly()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("for reading, where there is none: %v", err)
	}
}

func TestOpen_createsPrivately(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "journal")
	if err := makeEmpty(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("the folder has %v, %v; want the journal alone", left, err)
	}
}

// TestJournal_checkAmongAppends checks a file that grows, which is not one that was cut off.
func TestJournal_checkAmongAppends(t *testing.T) {
	t.Parallel()
	j := open(t, filepath.Join(fastDir(t), "journal"))
	done := make(chan struct{})
	var checkers sync.WaitGroup
	for range 2 {
		checkers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := j.Check(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for head := range uint64(50) {
		if _, err := j.Append(t.Context(), "a", head, [][]byte{make([]byte, 200_000)}); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	checkers.Wait()
}
