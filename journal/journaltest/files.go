package journaltest

import (
	"context"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
)

func fileChecks() []check {
	return []check{
		{"acknowledged records have left the process", filesOfRecords},
		{"so have snapshots", filesOfSnapshots},
		{"so have prune points", filesOfPruning},
	}
}

func filesOfRecords(ctx context.Context, t *trial) {
	all := records(16)
	for head := uint64(0); head < 16; head += 4 {
		t.append(ctx, "a", head, all[head:head+4]...)
		t.append(ctx, "b", head/4, all[head])
		c := t.copyOf()
		c.wantStream(ctx, "a", all[:head+4])
		c.wantHead(ctx, "b", head/4+1)
		c.append(ctx, "a", head+4, []byte("of the copy alone"))
		c.close()
	}
	t.wantStream(ctx, "a", all)
}

func filesOfSnapshots(ctx context.Context, t *trial) {
	t.snapshots()
	t.append(ctx, stream, 0, records(12)...)
	for seq := uint64(3); seq <= 12; seq += 3 {
		t.put(ctx, stream, snapshotOf(stream, seq))
		c := t.copyOf()
		c.wantSnapshot(ctx, stream, math.MaxUint64, snapshotOf(stream, seq))
		c.close()
	}
}

func filesOfPruning(ctx context.Context, t *trial) {
	t.pruner()
	all := records(12)
	t.append(ctx, stream, 0, all...)
	for before := uint64(3); before <= 12; before += 3 {
		t.prune(ctx, stream, before)
		c := t.copyOf()
		c.wantPruned(ctx, stream, before, all)
		c.close()
	}
}

// copyOf returns a trial of a copy of the folder, as it is while no call runs: what a process that is killed at this
// moment leaves behind. Files that the journal changes nevertheless, in the background, are copied again until they
// have been quiet for the time of a copy, so that the copy is of one moment.
func (t *trial) copyOf() *trial {
	t.Helper()
	files := t.filesOf(t.dir)
	for tries := 0; ; tries++ {
		again := t.filesOf(t.dir)
		if maps.Equal(files, again) {
			break
		}
		if files = again; tries == 100 {
			t.Skip("the files change although nobody calls the journal, so that no copy is of one moment")
		}
	}
	dir := t.TempDir()
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c := *t
	c.dir = dir
	c.journal = t.openIn(dir)
	return &c
}

// filesOf reads the regular files below a folder.
func (t *trial) filesOf(dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	root := os.DirFS(dir)
	if err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := fs.ReadFile(root, name)
		files[name] = string(data)
		return err
	}); err != nil {
		t.Skipf("the folder cannot be copied while it is in use: %v", err)
	}
	return files
}
