package merkle_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
)

// Batches of any size, records of others in between, closed and opened anywhere: the root is always that of tlog, and
// every proof that of tlog.
func TestLog_matchesReference(t *testing.T) {
	t.Parallel()
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			b, r := newBed(t), rand.New(rand.NewPCG(seed, 1))
			l := b.open()
			for range 25 {
				switch r.IntN(6) {
				case 0:
					b.close(l)
					l = b.open()
				case 1:
					b.beside(1 + r.IntN(90))
					if r.IntN(2) == 0 {
						if err := l.Advance(t.Context()); err != nil {
							t.Fatal(err)
						}
					} else {
						b.append(l, 1)
					}
				default:
					b.append(l, 1+r.IntN(20))
				}
				b.wantRoot(l)
			}
			compareProofs(b, l)
			if err := b.problems.take(); err != nil {
				t.Error(err)
			}
		})
	}
}

func compareProofs(b *bed, l *merkle.Log) {
	b.Helper()
	records, size := b.journal.records(b), int64(l.Checkpoint().Size)
	hashes := reference(b, records)
	for n := range size {
		p, err := l.Prove(b.Context(), uint64(n)+1)
		if err != nil {
			b.Fatal(err)
		}
		want, err := tlog.ProveRecord(size, n, hashes)
		if err != nil {
			b.Fatal(err)
		}
		if string(p.Record) != string(records[n]) || fmt.Sprint(p.Hashes) != fmt.Sprint([]tlog.Hash(want)) {
			b.Fatalf("proof of record %d: %v, want %v", n+1, p.Hashes, want)
		}
	}
	r := b.wantVerified(l)
	if r.Records != uint64(size) || r.Size != uint64(size) || r.Damaged != 0 || r.Root != l.Checkpoint().Root {
		b.Fatalf("verified %+v of %d records", r, size)
	}
}

func TestLog_checkpointPerBatch(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	empty := l.Checkpoint()
	if empty.Size != 0 || empty.Note == nil {
		t.Fatalf("checkpoint of a new log: %+v", empty)
	}
	b.append(l, 3)
	three := l.Checkpoint()
	if three.Size != 3 {
		t.Fatalf("size %d, want 3", three.Size)
	}
	want := fmt.Sprintf("%s\n3\n%s\ntime %s\n\n— %s ", origin, three.Root, three.Time.Format("2006-01-02T15:04:05.000Z"), origin)
	if got := string(three.Note); len(got) < len(want) || got[:len(want)] != want {
		t.Fatalf("the note is\n%s\nwant it to begin with\n%s", got, want)
	}
	text, err := os.ReadFile(b.file("checkpoint"))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text[4096:][:len(three.Note)]); got != string(three.Note) {
		t.Fatalf("stored is\n%s\nwant\n%s", got, three.Note)
	}
}

func TestLog_appendErrors(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 2)
	if _, err := l.Append(t.Context(), 1, randomRecords(1)); !errors.Is(err, modreg.ErrHeadMoved) {
		t.Errorf("append at an old head: %v", err)
	}
	if _, err := l.Append(t.Context(), 3, randomRecords(1)); !errors.Is(err, modreg.ErrHeadMoved) {
		t.Errorf("append beyond the head: %v", err)
	}
	if _, err := l.Append(t.Context(), 2, [][]byte{make([]byte, merkle.MaxRecord+1)}); !errors.Is(err, merkle.ErrTooLarge) {
		t.Errorf("append of a large record: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(ended, 2, randomRecords(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("append with an ended context: %v", err)
	}
	b.append(l, 1)
	b.wantRoot(l)
	b.close(l)
	for name, err := range map[string]error{
		"append":  second(l.Append(t.Context(), 3, randomRecords(1))),
		"add":     second(l.Add(t.Context(), []byte("x"))),
		"advance": l.Advance(t.Context()),
		"rotate":  l.Rotate(t.Context(), newKey(t)),
		"prove":   second(l.Prove(t.Context(), 1)),
		"verify":  second(l.Verify(t.Context(), merkle.VerifyOptions{})),
		"prune":   l.Prune(t.Context(), 2),
	} {
		if !errors.Is(err, merkle.ErrClosed) {
			t.Errorf("%s on a closed log: %v", name, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// A journal that fails after it appended leaves the log behind; the next append takes the batch in.
func TestLog_appendInDoubt(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 2)
	doubt := errors.New("the line is dead")
	b.journal.after = func() error { return doubt }
	if _, err := l.Append(t.Context(), 2, randomRecords(3)); !errors.Is(err, doubt) {
		t.Fatal(err)
	}
	b.journal.after = nil
	b.append(l, 1)
	if cp := l.Checkpoint(); cp.Size != 6 {
		t.Fatalf("size %d, want 6", cp.Size)
	}
	b.wantRoot(l)
}

func TestLog_unsigned(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 1)
	b.beside(1)
	for _, seq := range []uint64{0, 2, 9} {
		if _, err := l.Prove(t.Context(), seq); !errors.Is(err, merkle.ErrUnsigned) {
			t.Errorf("proof of record %d: %v", seq, err)
		}
	}
}

// A journal that loses records under a running log is found at the next write.
func TestLog_journalShrinks(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 5)
	b.journal.MemJournal = filled(t, b.journal.records(t)[:3]).MemJournal
	b.wantTampering(l.Advance(t.Context()), merkle.Rollback)
	_, err := l.Append(t.Context(), 3, randomRecords(1))
	b.wantTampering(err, merkle.Rollback)
}

func TestLog_readOnly(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	writer := b.open()
	b.append(writer, 70)
	reader := b.open(func(o *merkle.Options) { o.Key = nil })
	b.wantProof(reader, 70)
	b.append(writer, 1)
	if err := writer.Rotate(t.Context(), newKey(t)); err != nil {
		t.Fatal(err)
	}
	b.append(writer, 9)
	if err := reader.Advance(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := reader.Checkpoint(), writer.Checkpoint(); got.Size != 80 || string(got.Note) != string(want.Note) {
		t.Fatalf("the reader has the checkpoint\n%s\nwant\n%s", got.Note, want.Note)
	}
	b.beside(5)
	r := b.wantVerified(reader)
	if r.Size != 85 || r.Checkpoint.Size != 80 {
		t.Fatalf("verified %+v", r)
	}
	b.wantProof(reader, 80)
	for name, err := range map[string]error{
		"append": second(reader.Append(t.Context(), 85, randomRecords(1))),
		"add":    second(reader.Add(t.Context(), []byte("x"))),
		"rotate": reader.Rotate(t.Context(), newKey(t)),
		"prune":  reader.Prune(t.Context(), 2),
	} {
		if !errors.Is(err, merkle.ErrReadOnly) {
			t.Errorf("%s on a read-only log: %v", name, err)
		}
	}
	fresh := t.TempDir()
	none := b.open(func(o *merkle.Options) { o.Key, o.Dir = nil, fresh })
	if cp := none.Checkpoint(); cp.Note != nil {
		t.Errorf("a read-only log of an empty folder has the checkpoint %s", cp.Note)
	}
	if left, err := os.ReadDir(fresh); err != nil || len(left) > 0 {
		t.Errorf("a read-only log wrote %v, %v", left, err)
	}
}

// A reader does not follow a writer to another history.
func TestLog_readOnlyFork(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	b.append(l, 10)
	reader := b.open(func(o *merkle.Options) { o.Key = nil })
	forged := l.Checkpoint()
	b.close(l)
	forged.Root[5] ^= 1
	slot := append(merkle.SignForTest(t, forged, b.key), bytes.Repeat([]byte("\n"), 4096)...)[:4096]
	b.change("checkpoint", func([]byte) []byte { return append(slot, slot...) })
	b.wantTampering(reader.Advance(t.Context()), merkle.Fork)
}

func TestLog_oneWriter(t *testing.T) {
	t.Parallel()
	b := newBed(t)
	l := b.open()
	if _, err := b.try(); err == nil {
		t.Fatal("a folder was opened twice for writing")
	}
	b.close(l)
	b.open()
}

func TestOpen_options(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*merkle.Options){
		"no stream":     func(o *merkle.Options) { o.Stream = "" },
		"no folder":     func(o *merkle.Options) { o.Dir = "" },
		"no origin":     func(o *merkle.Options) { o.Origin = "" },
		"origin lines":  func(o *merkle.Options) { o.Origin = "a\nb" },
		"origin plus":   func(o *merkle.Options) { o.Origin = "a+b" },
		"nil sink":      func(o *merkle.Options) { o.Sinks = []merkle.Sink{nil} },
		"negative time": func(o *merkle.Options) { o.SinkTimeout = -1 },
		"other trust":   func(o *merkle.Options) { o.Trust = newKey(t).Verifier() },
	} {
		if _, err := newBed(t).try(change); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
