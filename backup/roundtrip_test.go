package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/backup"
)

func TestRestore_givesBackWhatWasWritten(t *testing.T) {
	t.Parallel()
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 1))
			source := random(t, r)
			data, written := write(t, source, backup.Options{Now: fixed})
			seen, err := backup.Inspect(t.Context(), iotest.HalfReader(bytes.NewReader(data)), backup.ReadOptions{})
			if err != nil || !reflect.DeepEqual(seen, written) {
				t.Fatalf("inspected as\n%+v, %v\nwant\n%+v", seen, err, written)
			}
			to := newStore()
			target, got := into(to)
			restored, err := backup.Restore(t.Context(), bytes.NewReader(data), target, backup.ReadOptions{})
			if err != nil || !reflect.DeepEqual(restored, written) {
				t.Fatalf("restored as\n%+v, %v\nwant\n%+v", restored, err, written)
			}
			compare(t, source, to, got)
			again, _ := write(t, backup.Source{
				Journal: to, Streams: source.Streams, Leaves: source.Leaves, Files: source.Files, Node: source.Node,
			}, backup.Options{Now: fixed})
			if !bytes.Equal(again, data) {
				t.Fatal("a backup of what was restored is not the same")
			}
		})
	}
}

// random returns a source with some streams, of which some are pruned.
func random(t *testing.T, r *rand.Rand) backup.Source {
	t.Helper()
	j := newStore()
	s := backup.Source{Journal: j, Leaves: j.leaves, Node: "n-" + fmt.Sprint(r.IntN(9)), Files: map[string][]byte{}, Streams: []string{}}
	for _, name := range []string{"registry", "audit", "wf/a-1", "wf/b"}[:r.IntN(5)] {
		s.Streams = append(s.Streams, name)
		n := r.IntN(200)
		fill(t, j, r, name, n, 1<<r.IntN(12))
		if n < 2 || r.IntN(3) == 0 {
			continue
		}
		if err := j.Prune(t.Context(), name, uint64(1+r.IntN(n))); err != nil {
			t.Fatal(err)
		}
		first, _ := j.First(t.Context(), name)
		for range r.IntN(3) {
			j.snapshot(t, name, first+uint64(r.IntN(n+1-int(first))), r.IntN(5<<20>>(2*r.IntN(6))))
		}
	}
	for i := range r.IntN(4) {
		s.Files[fmt.Sprintf("file-%d.txt", i)] = randomBytes(r, r.IntN(5000))
	}
	return s
}

// compare expects a journal to have what the source has.
func compare(t *testing.T, source backup.Source, to *store, got *taken) {
	t.Helper()
	from := source.Journal.(*store)
	for _, name := range source.Streams {
		a, b := from.stream(name), to.stream(name)
		if a.first != b.first || !slices.EqualFunc(a.records, b.records, bytes.Equal) {
			t.Fatalf("stream %q: restored records %d to %d are not %d to %d", name, b.first, b.head(), a.first, a.head())
		}
		if a.first == 1 {
			if len(got.leaves[name]) > 0 || len(b.snaps) > 0 {
				t.Fatalf("stream %q: what belongs to a pruned stream was restored into one that was not", name)
			}
			continue
		}
		want := slices.Clone(a.leaves)
		for _, data := range a.records {
			want = append(want, tlog.RecordHash(data))
		}
		if !slices.Equal(got.leaves[name], want) {
			t.Fatalf("stream %q: %d leaves, want %d", name, len(got.leaves[name]), len(want))
		}
		oldest := modreg.StoredSnapshot{}
		for _, s := range a.snaps {
			if oldest.Seq == 0 || s.Seq < oldest.Seq {
				oldest = s
			}
		}
		if kept, _ := to.LoadSnapshot(t.Context(), name, a.head()); !reflect.DeepEqual(kept, oldest) && oldest.Seq != 0 {
			t.Fatalf("stream %q: restored the snapshot after %d, want that after %d", name, kept.Seq, oldest.Seq)
		}
	}
	if len(got.files) != len(source.Files) {
		t.Fatalf("%d files, want %d", len(got.files), len(source.Files))
	}
	for name, data := range source.Files {
		if got.files[name] != string(data) {
			t.Fatalf("file %q is another", name)
		}
	}
}

func TestRestore_empty(t *testing.T) {
	t.Parallel()
	data, m := write(t, backup.Source{}, backup.Options{})
	if len(m.Streams) != 0 || len(m.Files) != 0 {
		t.Fatalf("manifest %+v", m)
	}
	if _, err := backup.Restore(t.Context(), bytes.NewReader(data), backup.Target{}, backup.ReadOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestRestore_largeRecords(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	j := modreg.NewMemJournal()
	want := [][]byte{{}, randomBytes(r, 3<<20), make([]byte, backup.MaxRecord), {1}, randomBytes(r, 1<<20-5-8), randomBytes(r, 1<<20)}
	if _, err := j.Append(t.Context(), "big", 0, want); err != nil {
		t.Fatal(err)
	}
	data, _ := write(t, backup.Source{Journal: j, Streams: []string{"big"}}, backup.Options{})
	to := modreg.NewMemJournal()
	if _, err := backup.Restore(t.Context(), bytes.NewReader(data), backup.Target{Journal: to}, backup.ReadOptions{}); err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(records(t, to, "big", 1), want, bytes.Equal) {
		t.Fatal("other records")
	}
	if _, err := j.Append(t.Context(), "big", uint64(len(want)), [][]byte{make([]byte, backup.MaxRecord+1)}); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Write(t.Context(), io.Discard, backup.Source{Journal: j, Streams: []string{"big"}}, backup.Options{}); err == nil {
		t.Fatal("a record that is too large was written")
	}
}

func TestRestore_refusesWhatTheTargetCannotTake(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	data, _ := write(t, source, backup.Options{})
	for name, c := range map[string]struct {
		change func(*backup.Target)
		want   string
	}{
		"no journal":  {func(b *backup.Target) { b.Journal = nil }, "has no journal"},
		"no seed":     {func(b *backup.Target) { b.Journal = modreg.NewMemJournal() }, "cannot begin one there"},
		"no leaves":   {func(b *backup.Target) { b.Leaves = nil }, "does not take them"},
		"no files":    {func(b *backup.Target) { b.File = nil }, "does not take files"},
		"has records": {func(b *backup.Target) { fill(t, b.Journal, rand.New(rand.NewPCG(1, 1)), "audit", 1, 3) }, "empty place only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, got := into(newStore())
			c.change(&target)
			_, err := backup.Restore(t.Context(), bytes.NewReader(data), target, backup.ReadOptions{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("error %v, want one with %q", err, c.want)
			}
			if len(got.files) > 0 {
				t.Fatal("something was restored all the same")
			}
			if name == "has records" && !errors.Is(err, backup.ErrNotEmpty) {
				t.Fatalf("error %v does not wrap ErrNotEmpty", err)
			}
		})
	}
}

func TestRestore_wantsThePrunedLeavesToBeTaken(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	data, _ := write(t, source, backup.Options{})
	target, _ := into(newStore())
	target.Leaves = func(_ context.Context, _ string, hashes iter.Seq2[tlog.Hash, error]) error {
		for range hashes { //nolint:errcheck // the first is enough here
			break
		}
		return nil
	}
	if _, err := backup.Restore(t.Context(), bytes.NewReader(data), target, backup.ReadOptions{}); err == nil {
		t.Fatal("hashes were left and nothing said")
	}
}

func TestWrite_refusesSources(t *testing.T) {
	t.Parallel()
	broken := modreg.NewMemJournal()
	fill(t, broken, rand.New(rand.NewPCG(1, 1)), "audit", 3, 9)
	fill(t, broken, rand.New(rand.NewPCG(1, 1)), "registry", 3, 9)
	if _, err := broken.Append(t.Context(), "registry", 3, [][]byte{registration([32]byte{1}, 3)}); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]backup.Source{
		"broken chain":          {Journal: broken, Streams: []string{"registry"}},
		"no journal":            {Streams: []string{"registry"}},
		"stream twice":          {Journal: broken, Streams: []string{"audit", "audit"}},
		"stream name":           {Journal: broken, Streams: []string{"../x"}},
		"no stream name":        {Journal: broken, Streams: []string{""}},
		"node":                  {Node: "a b"},
		"file in a folder":      {Files: map[string][]byte{"a/b": nil}},
		"file above":            {Files: map[string][]byte{"..": nil}},
		"hidden file":           {Files: map[string][]byte{".a": nil}},
		"other separator":       {Files: map[string][]byte{`a\b`: nil}},
		"long name":             {Files: map[string][]byte{strings.Repeat("a", 101): nil}},
		"large file":            {Files: map[string][]byte{"a": make([]byte, backup.MaxFile+1)}},
		"secret, not encrypted": {Secrets: map[string][]byte{"key": []byte("x")}},
		"private key":           {Files: map[string][]byte{"key": []byte("PRIVATE+KEY+a+b+c")}},
		"file twice":            {Files: map[string][]byte{"a": nil}, Secrets: map[string][]byte{"a": nil}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b bytes.Buffer
			if _, err := backup.Write(t.Context(), &b, s, backup.Options{}); err == nil {
				t.Fatal("it was written")
			}
			if _, err := backup.Inspect(t.Context(), &b, backup.ReadOptions{}); err == nil {
				t.Fatal("what was written before the error passes for a backup")
			}
		})
	}
}

func TestWrite_leavesOutASnapshotOfAnotherHistory(t *testing.T) {
	t.Parallel()
	source, j := small(t)
	if err := j.PutSnapshot(t.Context(), "registry", modreg.StoredSnapshot{Seq: 4, Hash: [32]byte{1}, Data: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if _, m := write(t, source, backup.Options{}); m.Streams[0].Snapshot != 5 {
		t.Fatalf("took the snapshot after %d, want that after 5", m.Streams[0].Snapshot)
	}
}

func TestWrite_holdsThePlaceOfTheFiles(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	_, m := write(t, source, backup.Options{})
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Name)
	}
	if want := slices.Sorted(maps.Keys(source.Files)); !slices.Equal(names, want) {
		t.Fatalf("files %q, want %q", names, want)
	}
}
