package boltjournal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/boltjournal"
)

func mustAppend(tb testing.TB, j *boltjournal.Journal, stream string, head uint64, batch ...[]byte) uint64 {
	tb.Helper()
	next, err := j.Append(tb.Context(), stream, head, batch)
	if err != nil {
		tb.Fatal(err)
	}
	return next
}

func TestJournal_limits(t *testing.T) {
	t.Parallel()
	j := fresh(t)
	ctx := t.Context()
	large := make([]byte, 16<<20)
	if head := mustAppend(t, j, "large", 0, large, []byte{1}); head != 2 {
		t.Errorf("head %d", head)
	}
	for name, batch := range map[string][][]byte{
		"a record of 16 MiB and a byte": {make([]byte, 16<<20+1)},
		"a batch of 80 MiB":             {large, large, large, large, large},
		"a batch of 65,537 records":     make([][]byte, 1<<16+1),
	} {
		if _, err := j.Append(ctx, "large", 2, batch); err == nil || errors.Is(err, boltjournal.ErrBroken) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
	for _, name := range []string{"", "A", "a b", "a_b", "a.b", "ä", "a\x00", strings.Repeat("a", 101)} {
		if _, err := j.Append(ctx, name, 0, [][]byte{{1}}); err == nil {
			t.Errorf("append to %q was accepted", name)
		}
		for _, err := range j.Read(ctx, name, 1) {
			if err == nil {
				t.Errorf("read of %q was accepted", name)
			}
		}
		_, headErr := j.Head(ctx, name)
		_, firstErr := j.First(ctx, name)
		_, loadErr := j.LoadSnapshot(ctx, name, 1)
		for what, err := range map[string]error{
			"head": headErr, "first": firstErr, "load": loadErr, "seed": j.Seed(ctx, name, 2), "prune": j.Prune(ctx, name, 0),
			"put": j.PutSnapshot(ctx, name, modreg.StoredSnapshot{Seq: 1}),
		} {
			if err == nil {
				t.Errorf("%s of %q was accepted", what, name)
			}
		}
	}
	longest := strings.Repeat("a-0/", 25)
	mustAppend(t, j, longest, 0, []byte("x"))
	names, err := j.Streams(ctx)
	if want := []string{longest, "large"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("streams %q, %v; want %q", names, err, want)
	}
	if err := j.Verify(ctx); err != nil {
		t.Error(err)
	}
}

func TestJournal_seed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path)
	ctx := t.Context()
	for _, first := range []uint64{100, 1, 42} { // as long as there are no records it may be done again
		if err := j.Seed(ctx, "a", first); err != nil {
			t.Fatal(err)
		}
	}
	check := func(j *boltjournal.Journal, first, head uint64) {
		t.Helper()
		gotFirst, err := j.First(ctx, "a")
		gotHead, headErr := j.Head(ctx, "a")
		if gotFirst != first || gotHead != head || err != nil || headErr != nil {
			t.Fatalf("records %d to %d, %v, %v; want %d to %d", gotFirst, gotHead, err, headErr, first, head)
		}
		for _, err := range j.Read(ctx, "a", first-1) {
			if !errors.Is(err, modreg.ErrPruned) || !strings.Contains(err.Error(), fmt.Sprint("record ", first)) {
				t.Fatalf("read from before: %v, want an error that wraps %q and names record %d", err, modreg.ErrPruned, first)
			}
		}
		for rec, err := range j.Read(ctx, "a", head+1) {
			t.Fatalf("read from behind: record %d, %v", rec.Seq, err)
		}
	}
	check(j, 42, 41)
	if _, err := j.Append(ctx, "a", 0, [][]byte{{1}}); !errors.Is(err, modreg.ErrHeadMoved) {
		t.Errorf("append at 0: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = open(t, path)
	check(j, 42, 41)
	mustAppend(t, j, "a", 41, []byte("x"), []byte("y"))
	check(j, 42, 43)
	for _, first := range []uint64{0, 1, 42, 44, math.MaxUint64} {
		if err := j.Seed(ctx, "a", first); err == nil {
			t.Errorf("a stream with records was made to begin at %d", first)
		}
	}
	if err := j.Verify(ctx); err != nil {
		t.Error(err)
	}
}

// TestJournal_lastNumber fills a stream up to the highest number that a record can have.
func TestJournal_lastNumber(t *testing.T) {
	t.Parallel()
	j := fresh(t)
	ctx := t.Context()
	const last = math.MaxUint64 - 1
	if err := j.Seed(ctx, "end", last-1); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, j, "end", last-2, []byte("x"), []byte("the last one there can be"))
	if _, err := j.Append(ctx, "end", last, [][]byte{{1}}); err == nil {
		t.Error("a record beyond the last number was accepted")
	}
	if err := j.Prune(ctx, "end", last); err != nil {
		t.Error(err)
	}
	for rec, err := range j.Read(ctx, "end", last) {
		if err != nil || rec.Seq != last {
			t.Errorf("record %d, %v", rec.Seq, err)
		}
	}
}

// TestJournal_combines appends from many callers to many streams, half of them where the head is not.
func TestJournal_combines(t *testing.T) {
	t.Parallel()
	j := fresh(t)
	ctx := t.Context()
	const callers, each = 24, 20
	var wg sync.WaitGroup
	for c := range callers {
		wg.Go(func() {
			stream := fmt.Sprint("stream-", c/2)
			for i := range uint64(each) {
				if c%2 == 1 {
					if _, err := j.Append(ctx, stream, math.MaxUint64-i, [][]byte{{1}}); !errors.Is(err, modreg.ErrHeadMoved) {
						t.Errorf("append at a head that is not: %v", err)
					}
					continue
				}
				next, err := j.Append(ctx, stream, 2*i, [][]byte{fmt.Appendf(nil, "%s %d", stream, i), nil})
				if err != nil || next != 2*i+2 {
					t.Errorf("append to %s: %d, %v", stream, next, err)
				}
			}
		})
	}
	wg.Wait()
	for c := range callers / 2 {
		stream := fmt.Sprint("stream-", c)
		n := uint64(0)
		for rec, err := range j.Read(ctx, stream, 1) {
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("%s %d", stream, n/2)
			if n%2 == 1 {
				want = ""
			}
			if n++; rec.Seq != n || string(rec.Data) != want {
				t.Fatalf("record %d is %q, want %d, %q", rec.Seq, rec.Data, n, want)
			}
		}
		if n != 2*each {
			t.Errorf("%s has %d records, want %d", stream, n, 2*each)
		}
	}
	if err := j.Verify(ctx); err != nil {
		t.Error(err)
	}
}

// TestJournal_readerThatNeverReads has a watcher and a reader that never give the word back. They hold up neither appends nor
// Close, and the file grows no faster.
func TestJournal_readerThatNeverReads(t *testing.T) {
	t.Parallel()
	grown := func(blocked bool) int64 {
		path := filepath.Join(fastDir(t), "journal")
		j := open(t, path)
		release, entered := make(chan struct{}), make(chan struct{}, 2)
		var ends sync.WaitGroup
		head := mustAppend(t, j, "a", 0, bytes.Repeat([]byte("x"), 100))
		if blocked {
			body := func(seq func(func(modreg.Record, error) bool)) {
				var end error
				for rec, err := range seq {
					if rec.Seq == 1 {
						entered <- struct{}{}
						<-release
					}
					end = err
				}
				if end != nil && !errors.Is(end, boltjournal.ErrClosed) {
					t.Errorf("it ended with %v", end)
				}
			}
			ends.Go(func() { body(j.Watch(context.WithoutCancel(t.Context()), "a", 1)) })
			ends.Go(func() { body(j.Read(context.WithoutCancel(t.Context()), "a", 1)) })
			<-entered
			<-entered
		}
		batch := make([][]byte, 50)
		for i := range batch {
			batch[i] = bytes.Repeat([]byte{byte(i)}, 100)
		}
		for range 400 {
			head = mustAppend(t, j, "a", head, batch...)
		}
		if err := j.Prune(t.Context(), "a", head-10); err != nil {
			t.Fatal(err)
		}
		for range 400 { // into what was pruned
			head = mustAppend(t, j, "a", head, batch...)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		close(release)
		ends.Wait()
		return info.Size()
	}
	free, blocked := grown(false), grown(true)
	if blocked > free {
		t.Errorf("the file has %d bytes, and %d without readers", blocked, free)
	}
}

// TestJournal_damagedSnapshots damages snapshots that lie in pages whose structure is well: loading passes over them, and
// Verify finds them.
func TestJournal_damagedSnapshots(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	path := filepath.Join(t.TempDir(), "journal")
	j := open(t, path)
	mustAppend(t, j, "a", 0, slices.Repeat([][]byte{{1}}, 30)...)
	older, newer := snapshotAt("a", 10, 1), largeSnapshot(20)
	for _, s := range []modreg.StoredSnapshot{snapshotAt("a", 5, 1), older, newer} {
		if err := j.PutSnapshot(ctx, "a", s); err != nil {
			t.Fatal(err)
		}
	}
	for seq, want := range map[uint64]modreg.StoredSnapshot{9: {}, 10: older, 19: older, 20: newer, math.MaxUint64: newer} {
		got, err := j.LoadSnapshot(ctx, "a", seq)
		if err != nil || got.Seq != want.Seq || got.Hash != want.Hash || !bytes.Equal(got.Data, want.Data) {
			t.Fatalf("the snapshot up to %d is at %d, %v; want %d", seq, got.Seq, err, want.Seq)
		}
	}
	if err := errors.Join(j.Verify(ctx), j.Close()); err != nil {
		t.Fatal(err)
	}
	for _, ruin := range []func(tx *bbolt.Tx) error{
		func(tx *bbolt.Tx) error { return flipIn(tx.Bucket([]byte("chunks")), 40) }, // the middle of the newer
		func(tx *bbolt.Tx) error {
			key, _ := tx.Bucket([]byte("chunks")).Cursor().Last()
			return tx.Bucket([]byte("chunks")).Delete(key)
		},
		func(tx *bbolt.Tx) error { return flipIn(tx.Bucket([]byte("snapshots")), 3) },
	} {
		image, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true})
		if err == nil {
			err = errors.Join(db.Update(ruin), db.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
		j = open(t, path)
		got, err := j.LoadSnapshot(ctx, "a", math.MaxUint64)
		if err != nil || got.Seq != 10 || !bytes.Equal(got.Data, older.Data) {
			t.Errorf("the newest whole snapshot is at %d, %v; want 10", got.Seq, err)
		}
		if err := j.Verify(ctx); err == nil || damaged(err) != nil || !strings.Contains(err.Error(), "snapshot") {
			t.Errorf("verify: %v, want a CorruptError that names the snapshot", err)
		}
		if err := j.PutSnapshot(ctx, "a", snapshotAt("a", 25, 1)); err != nil {
			t.Error(err)
		}
		if err := errors.Join(j.Close(), os.WriteFile(path, image, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
}

// flipIn flips a bit in the last value of a bucket.
func flipIn(bucket *bbolt.Bucket, at int) error {
	key, value := bucket.Cursor().Last()
	value = bytes.Clone(value)
	value[at] ^= 4
	return bucket.Put(bytes.Clone(key), value)
}

func TestJournal_closed(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	j := fresh(t)
	mustAppend(t, j, "a", 0, []byte("x"))
	if err := errors.Join(j.Close(), j.Close()); err != nil {
		t.Fatal(err)
	}
	_, appendErr := j.Append(ctx, "a", 1, [][]byte{{1}})
	_, headErr := j.Head(ctx, "a")
	_, loadErr := j.LoadSnapshot(ctx, "a", 1)
	_, streamsErr := j.Streams(ctx)
	for what, err := range map[string]error{
		"append": appendErr, "head": headErr, "load": loadErr, "streams": streamsErr, "prune": j.Prune(ctx, "a", 1), "check": j.Check(ctx),
		"verify": j.Verify(ctx), "seed": j.Seed(ctx, "b", 1), "put": j.PutSnapshot(ctx, "a", modreg.StoredSnapshot{Seq: 1}),
	} {
		if !errors.Is(err, boltjournal.ErrClosed) {
			t.Errorf("%s: %v, want %v", what, err, boltjournal.ErrClosed)
		}
	}
	for _, err := range j.Watch(ctx, "a", 1) {
		if !errors.Is(err, boltjournal.ErrClosed) {
			t.Errorf("watch: %v, want %v", err, boltjournal.ErrClosed)
		}
	}
}
