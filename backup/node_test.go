package backup_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/backup"
	"github.com/modreg/modreg/journal/boltjournal"
)

const logOrigin = "modreg/node-1/registry"

// A node is a folder with a journal and the Merkle log of its registry's stream.
type node struct {
	t       *testing.T
	dir     string
	journal *boltjournal.Journal
	log     *merkle.Log
}

func openJournal(t *testing.T, dir string) *boltjournal.Journal {
	t.Helper()
	j, err := boltjournal.Open(filepath.Join(dir, "journal"))
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func openNode(t *testing.T, dir string, key *merkle.Key) *node {
	t.Helper()
	n := &node{t: t, dir: dir, journal: openJournal(t, dir)}
	var err error
	n.log, err = merkle.Open(t.Context(), n.journal, merkle.Options{
		Stream: "registry", Origin: logOrigin, Dir: filepath.Join(dir, "log"), Key: key,
		Problem: func(err error) { t.Logf("the log says: %v", err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (n *node) close() {
	n.t.Helper()
	if err := errors.Join(n.log.Close(), n.journal.Close()); err != nil {
		n.t.Fatal(err)
	}
}

// source is what a daemon would back up. The checkpoint is taken before the heads are.
func (n *node) source() backup.Source {
	return backup.Source{
		Journal: n.journal, Streams: []string{"registry", "audit"}, Node: "node-1",
		Files: map[string][]byte{"registry.keyring": n.log.Keyring().Text(), "registry.checkpoint": n.log.Checkpoint().Note},
		Leaves: func(ctx context.Context, _ string, first uint64) iter.Seq2[tlog.Hash, error] {
			return n.log.LeafHashes(ctx, 1, first-1)
		},
	}
}

// restoreNode fills a folder as a daemon would.
func restoreNode(ctx context.Context, data []byte, dir string) (err error) {
	j, err := boltjournal.Open(filepath.Join(dir, "journal"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	files := map[string][]byte{}
	_, err = backup.Restore(ctx, bytes.NewReader(data), backup.Target{
		Journal: j,
		File:    func(name string, data []byte) error { files[name] = data; return nil },
		Leaves: func(_ context.Context, _ string, hashes iter.Seq2[tlog.Hash, error]) error {
			return seedLog(filepath.Join(dir, "log"), files, hashes)
		},
	}, backup.ReadOptions{})
	return err
}

func seedLog(dir string, files map[string][]byte, hashes iter.Seq2[tlog.Hash, error]) error {
	ring, err := merkle.ParseKeyring(files["registry.keyring"], logOrigin, "")
	if err != nil {
		return err
	}
	cp, err := merkle.ParseCheckpoint(files["registry.checkpoint"], ring, logOrigin)
	if err != nil {
		return err
	}
	return merkle.Seed(dir, ring, cp, func(yield func(tlog.Hash, error) bool) {
		n := uint64(0)
		for h, err := range hashes {
			if n++; n > cp.Size || !yield(h, err) {
				return
			}
		}
	})
}

// TestRestore_node backs up a node whose registry was pruned, and makes another folder of it.
func TestRestore_node(t *testing.T) {
	t.Parallel()
	key, err := merkle.GenerateKey(logOrigin)
	if err != nil {
		t.Fatal(err)
	}
	n := openNode(t, t.TempDir(), key)
	populate(t, n.journal, 40)
	if err := n.log.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
	reg := openRegistry(t, n.journal)
	if _, err := reg.KeepSnapshot(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := reg.Register(t.Context(), modreg.Manifest{Name: "late", Version: "1.0.0"}); err != nil {
		t.Fatal(err)
	}
	want := reg.Snapshot()
	if err := reg.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := n.log.Prune(t.Context(), want.Seq()-1); err != nil { // and there is a record that no checkpoint covers
		t.Fatal(err)
	}
	data, m := write(t, n.source(), backup.Options{})
	if s := m.Streams[0]; s.First != want.Seq()-1 || !s.Leaves || s.Snapshot != want.Seq()-1 {
		t.Fatalf("the backup has %+v of a registry at %d", s, want.Seq())
	}
	n.close()

	dir := filepath.Join(t.TempDir(), "data")
	if err := backup.MakeFolder(t.Context(), dir, func(ctx context.Context, dir string) error { return restoreNode(ctx, data, dir) }); err != nil {
		t.Fatal(err)
	}
	restored := openNode(t, dir, key)
	defer restored.close()
	report, err := restored.log.Verify(t.Context(), merkle.VerifyOptions{})
	if err != nil || report.Size != want.Seq() {
		t.Fatalf("verified to %d of %d: %v", report.Size, want.Seq(), err)
	}
	if _, err := restored.log.Prove(t.Context(), want.Seq()); err != nil {
		t.Fatal(err)
	}
	wantRegistry(t, restored.journal, want)
}

// TestRestore_journalFile restores into a journal in a file and out of one, byte for byte.
func TestRestore_journalFile(t *testing.T) {
	t.Parallel()
	from := modreg.NewMemJournal()
	want := populate(t, from, 40)
	data, _ := write(t, backup.Source{Journal: from, Streams: []string{"registry"}}, backup.Options{Now: fixed})
	dir := filepath.Join(t.TempDir(), "data")
	if err := backup.MakeFolder(t.Context(), dir, func(ctx context.Context, dir string) error { return restoreNode(ctx, data, dir) }); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, dir)
	defer j.Close() //nolint:errcheck // nothing is written after
	again, _ := write(t, backup.Source{Journal: j, Streams: []string{"registry"}}, backup.Options{Now: fixed})
	if !bytes.Equal(again, data) {
		t.Fatal("a backup of the file is another")
	}
	wantRegistry(t, j, want)
}

// TestMakeFolder_damagedBackup shows that nothing is left of a restoration that failed at the very end.
func TestMakeFolder_damagedBackup(t *testing.T) {
	t.Parallel()
	from := modreg.NewMemJournal()
	populate(t, from, 10)
	data, _ := write(t, backup.Source{Journal: from, Streams: []string{"registry"}}, backup.Options{})
	parent := t.TempDir()
	for i, path := range []string{filepath.Join(parent, "new"), filepath.Join(parent, "there")} {
		if i == 1 {
			if err := os.Mkdir(path, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		err := backup.MakeFolder(t.Context(), path, func(ctx context.Context, dir string) error {
			return restoreNode(ctx, data[:len(data)-1], dir)
		})
		if !errors.Is(err, backup.ErrUnfinished) {
			t.Fatalf("error %v", err)
		}
	}
	if got := entries(t, parent); len(got) != 1 || len(entries(t, filepath.Join(parent, "there"))) != 0 {
		t.Fatalf("left %q", got)
	}
}
