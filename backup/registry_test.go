package backup_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/backup"
)

// populated returns the snapshot of a registry that a journal now holds.
func populate(tb testing.TB, j modreg.Journal, n int) *modreg.Snapshot {
	tb.Helper()
	reg := openRegistry(tb, j)
	r := rand.New(rand.NewPCG(7, 8))
	for i := range n {
		m := modreg.Manifest{
			Name: fmt.Sprintf("module-%d", r.IntN(n/3+1)), Version: fmt.Sprintf("1.%d.0", i), Description: "module number " + fmt.Sprint(i),
		}
		if err := reg.Register(tb.Context(), m); err != nil {
			tb.Fatal(err)
		}
		if i%3 == 0 {
			if err := reg.Activate(tb.Context(), m.Name+"@"+m.Version); err != nil {
				tb.Fatal(err)
			}
		}
	}
	s := reg.Snapshot()
	if err := reg.Close(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	return s
}

func openRegistry(tb testing.TB, j modreg.Journal) *modreg.Registry {
	tb.Helper()
	reg, err := modreg.Open(tb.Context(), modreg.WithJournal(j))
	if err != nil {
		tb.Fatal(err)
	}
	return reg
}

// wantRegistry expects a registry on the journal to show the snapshot.
func wantRegistry(t *testing.T, j modreg.Journal, want *modreg.Snapshot) {
	t.Helper()
	reg := openRegistry(t, j)
	defer reg.Close(t.Context()) //nolint:errcheck // nothing runs
	got := reg.Snapshot()
	if got.Seq() != want.Seq() || got.Hash() != want.Hash() || !bytes.Equal(got.Encode(), want.Encode()) {
		t.Fatalf("the registry is at %d with hash %x, want %d with %x", got.Seq(), got.Hash(), want.Seq(), want.Hash())
	}
	// And it can be written to.
	if err := reg.Register(t.Context(), modreg.Manifest{Name: "next", Version: "1.0.0"}); err != nil {
		t.Fatal(err)
	}
}

func TestRestore_registry(t *testing.T) {
	t.Parallel()
	j := modreg.NewMemJournal()
	want := populate(t, j, 60)
	data, m := write(t, backup.Source{Journal: j, Streams: []string{"registry"}}, backup.Options{})
	if m.Streams[0].Hash != backup.Digest(want.Hash()) || m.Streams[0].Head != want.Seq() {
		t.Fatalf("the backup is of record %d with hash %v, the registry at %d with %x", m.Streams[0].Head, m.Streams[0].Hash, want.Seq(), want.Hash())
	}
	to := modreg.NewMemJournal()
	if _, err := backup.Restore(t.Context(), bytes.NewReader(data), backup.Target{Journal: to}, backup.ReadOptions{}); err != nil {
		t.Fatal(err)
	}
	wantRegistry(t, to, want)
}

func TestRestore_prunedRegistry(t *testing.T) {
	t.Parallel()
	j := newStore()
	populate(t, j, 60)
	head, err := j.Head(t.Context(), "registry")
	if err != nil {
		t.Fatal(err)
	}
	reg := openRegistry(t, j)
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
	if err := j.Prune(t.Context(), "registry", head); err != nil {
		t.Fatal(err)
	}
	data, m := write(t, backup.Source{Journal: j, Streams: []string{"registry"}}, backup.Options{})
	if s := m.Streams[0]; s.First != head || s.Snapshot != head {
		t.Fatalf("the backup begins with %d and has the snapshot after %d, want %d", s.First, s.Snapshot, head)
	}
	to := newStore()
	if _, err := backup.Restore(t.Context(), bytes.NewReader(data), backup.Target{Journal: to}, backup.ReadOptions{}); err != nil {
		t.Fatal(err)
	}
	wantRegistry(t, to, want)
}
