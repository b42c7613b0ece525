package merkle_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
)

const (
	stream = "registry"
	origin = "modreg/node/registry"
)

// A bed is what a log stands on in a test.
type bed struct {
	testing.TB
	dir      string
	key      *merkle.Key
	journal  *journal
	problems problems
}

func newBed(tb testing.TB) *bed {
	tb.Helper()
	return &bed{TB: tb, dir: tb.TempDir(), key: newKey(tb), journal: newJournal()}
}

func newKey(tb testing.TB) *merkle.Key {
	tb.Helper()
	k, err := merkle.GenerateKey(origin)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}

func (b *bed) options() merkle.Options {
	return merkle.Options{Stream: stream, Origin: origin, Dir: b.dir, Key: b.key, Problem: b.problems.add}
}

// try opens the log and closes it at the end of the test.
func (b *bed) try(change ...func(*merkle.Options)) (*merkle.Log, error) {
	b.Helper()
	o := b.options()
	for _, c := range change {
		c(&o)
	}
	l, err := merkle.Open(b.Context(), b.journal, o)
	if err == nil {
		b.Cleanup(func() { _ = l.Close() })
	}
	return l, err
}

func (b *bed) open(change ...func(*merkle.Options)) *merkle.Log {
	b.Helper()
	l, err := b.try(change...)
	if err != nil {
		b.Fatal(err)
	}
	return l
}

func (b *bed) close(l *merkle.Log) {
	b.Helper()
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}

// append appends n random records as one batch.
func (b *bed) append(l *merkle.Log, n int) {
	b.Helper()
	head, err := b.journal.Head(b.Context(), stream)
	if err != nil {
		b.Fatal(err)
	}
	next, err := l.Append(b.Context(), head, randomRecords(n))
	if err != nil {
		b.Fatal(err)
	}
	if next != head+uint64(n) {
		b.Fatalf("new head %d, want %d", next, head+uint64(n))
	}
}

// beside appends n records without the log knowing.
func (b *bed) beside(n int) {
	b.Helper()
	head, err := b.journal.Head(b.Context(), stream)
	if err == nil {
		_, err = b.journal.Append(b.Context(), stream, head, randomRecords(n))
	}
	if err != nil {
		b.Fatal(err)
	}
}

// wantRoot checks the checkpoint against the reference implementation.
func (b *bed) wantRoot(l *merkle.Log) {
	b.Helper()
	cp := l.Checkpoint()
	if want := referenceRoot(b, b.journal, cp.Size); cp.Root != want {
		b.Fatalf("root of size %d is %v, want %v", cp.Size, cp.Root, want)
	}
	if _, err := merkle.ParseCheckpoint(cp.Note, l.Keyring(), origin); err != nil {
		b.Fatal(err)
	}
}

// wantProof checks that a record can be shown.
func (b *bed) wantProof(l *merkle.Log, seq uint64) {
	b.Helper()
	p, err := l.Prove(b.Context(), seq)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := p.Verify(l.Keyring(), origin); err != nil {
		b.Fatal(err)
	}
}

func (b *bed) wantVerified(l *merkle.Log) merkle.Report {
	b.Helper()
	r, err := l.Verify(b.Context(), merkle.VerifyOptions{})
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// wantTampering checks that an error says what was done.
func (b *bed) wantTampering(err error, kind merkle.Tampering) {
	b.Helper()
	_ = b.tampering(err, kind)
}

// tampering does as wantTampering and returns the error.
func (b *bed) tampering(err error, kind merkle.Tampering) *merkle.TamperError {
	b.Helper()
	found, ok := errors.AsType[*merkle.TamperError](err)
	if !ok || found.Kind != kind {
		b.Fatalf("error %v, want a TamperError of kind %q", err, kind)
	}
	return found
}

// copyDir returns a copy of the folder as a crash would leave it.
func (b *bed) copyDir() string {
	b.Helper()
	to := filepath.Join(b.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(b.dir)); err != nil {
		b.Fatal(err)
	}
	return to
}

func (b *bed) file(name string) string { return filepath.Join(b.dir, name) }

// change rewrites a file of the folder.
func (b *bed) change(name string, how func([]byte) []byte) {
	b.Helper()
	data, err := os.ReadFile(b.file(name))
	if err == nil {
		err = os.WriteFile(b.file(name), how(data), 0o600)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// problems collects what a log tells.
type problems struct {
	mu   sync.Mutex
	errs []error
}

func (p *problems) add(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errs = append(p.errs, err)
}

func (p *problems) take() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	err := errors.Join(p.errs...)
	p.errs = nil
	return err
}

// A journal is a memory journal that can prune, counts what is read of it, and fails when told to.
type journal struct {
	*modreg.MemJournal
	first   atomic.Uint64
	read    atomic.Int64
	failing func(batch [][]byte) error // called before an append
	after   func() error               // called after an append
}

func newJournal() *journal { return &journal{MemJournal: modreg.NewMemJournal()} }

func (j *journal) Append(ctx context.Context, name string, head uint64, batch [][]byte) (uint64, error) {
	if j.failing != nil {
		if err := j.failing(batch); err != nil {
			return 0, err
		}
	}
	next, err := j.MemJournal.Append(ctx, name, head, batch)
	if err == nil && j.after != nil {
		err = j.after()
	}
	return next, err
}

func (j *journal) Read(ctx context.Context, name string, from uint64) iter.Seq2[modreg.Record, error] {
	return func(yield func(modreg.Record, error) bool) {
		if max(from, 1) < j.first.Load() {
			yield(modreg.Record{}, fmt.Errorf("record %d: %w", from, modreg.ErrPruned))
			return
		}
		for rec, err := range j.MemJournal.Read(ctx, name, from) {
			j.read.Add(1)
			if !yield(rec, err) {
				return
			}
		}
	}
}

func (j *journal) Prune(_ context.Context, _ string, before uint64) error {
	j.first.Store(before)
	return nil
}

func (j *journal) First(context.Context, string) (uint64, error) { return max(j.first.Load(), 1), nil }

// records returns all there are.
func (j *journal) records(tb testing.TB) (all [][]byte) {
	tb.Helper()
	for rec, err := range j.MemJournal.Read(tb.Context(), stream, 1) {
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, rec.Data)
	}
	return all
}

// filled returns a journal with these records.
func filled(tb testing.TB, records [][]byte) *journal {
	tb.Helper()
	j := newJournal()
	if len(records) > 0 {
		if _, err := j.MemJournal.Append(tb.Context(), stream, 0, records); err != nil {
			tb.Fatal(err)
		}
	}
	return j
}

func randomRecords(n int) [][]byte {
	batch := make([][]byte, n)
	for i := range batch {
		batch[i] = fmt.Appendf(nil, `{"n":%d,"pad":"%0*d"}`, rand.Uint64(), rand.IntN(80), 0)
	}
	return batch
}

// reference builds the stored hashes of a tree with tlog's own functions.
func reference(tb testing.TB, records [][]byte) tlog.HashReaderFunc {
	tb.Helper()
	var all []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		found := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			found[i] = all[index]
		}
		return found, nil
	})
	for n, data := range records {
		more, err := tlog.StoredHashes(int64(n), data, read)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, more...)
	}
	return read
}

func referenceRoot(tb testing.TB, j *journal, size uint64) tlog.Hash {
	tb.Helper()
	root, err := tlog.TreeHash(int64(size), reference(tb, j.records(tb)[:size]))
	if err != nil {
		tb.Fatal(err)
	}
	return root
}
