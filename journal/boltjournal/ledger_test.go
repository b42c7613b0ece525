package boltjournal_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/boltjournal"
)

// torture reports whether the long form of the tests is asked for.
func torture() bool { return os.Getenv("MODREG_TORTURE") != "" }

// A batchID says what a batch is: its records can be made again from it, and each of them names it.
type batchID struct {
	stream string
	first  uint64 // the number of its first record
	n      int
	nonce  uint64
}

// record returns the i-th record of the batch: a head that names it, and a body that follows from the head. Bodies
// have up to two pages, some of them several, so that a batch ends anywhere in one.
func (b batchID) record(i int) []byte {
	head := fmt.Sprintf("%s %d %d %d %d\n", b.stream, b.first, b.n, b.nonce, i)
	rng := rand.New(rand.NewPCG(b.nonce, b.first+uint64(i)))
	size := rng.IntN(600)
	switch rng.IntN(40) {
	case 0:
		size = rng.IntN(40_000)
	case 1, 2, 3:
		size = rng.IntN(8_000)
	}
	data := make([]byte, len(head)+size)
	body := data[copy(data, head):]
	_, _ = rand.NewChaCha8([32]byte{byte(b.nonce), byte(b.nonce >> 8), byte(b.first), byte(i)}).Read(body)
	return data
}

func (b batchID) records() [][]byte {
	all := make([][]byte, b.n)
	for i := range all {
		all[i] = b.record(i)
	}
	return all
}

// identify returns of which batch a record is, and its place in it, or an error if it is not exactly that.
func identify(data []byte) (batchID, int, error) {
	var b batchID
	var i int
	head, _, _ := bytes.Cut(data, []byte("\n"))
	if _, err := fmt.Sscanf(string(head), "%s %d %d %d %d", &b.stream, &b.first, &b.n, &b.nonce, &i); err != nil {
		return b, i, fmt.Errorf("a record begins with %.60q", head)
	}
	if i < 0 || i >= b.n || !bytes.Equal(data, b.record(i)) {
		return b, i, fmt.Errorf("record %d of batch %+v is not what it was", i, b)
	}
	return b, i, nil
}

// snapshotAt returns the snapshot of a stream at a record, which follows from a nonce.
func snapshotAt(stream string, seq, nonce uint64) modreg.StoredSnapshot {
	head := fmt.Sprintf("snapshot of %s at %d, %d\n", stream, seq, nonce)
	rng := rand.New(rand.NewPCG(nonce, seq))
	data := []byte(head)
	for range rng.IntN(1_000) {
		data = fmt.Appendf(data, "%d %s ", rng.Uint64(), stream)
	}
	return modreg.StoredSnapshot{Seq: seq, Hash: sha256.Sum256(data), Data: data}
}

// A ledger is what somebody outside of the process knows about a journal.
type ledger map[string]*account

// An account is what is known about one stream.
type account struct {
	head     uint64             // the last acknowledged or seen
	records  map[uint64]batchID // acknowledged or seen, by number
	pruned   uint64             // records before this are gone
	prunable uint64             // records before this may be gone
	shots    map[uint64]uint64  // nonces of acknowledged snapshots, by number
}

func (l ledger) of(stream string) *account {
	a := l[stream]
	if a == nil {
		a = &account{pruned: 1, prunable: 1, records: map[uint64]batchID{}, shots: map[uint64]uint64{}}
		l[stream] = a
	}
	return a
}

// acknowledge enters a batch that must be there from now on.
func (l ledger) acknowledge(b batchID) {
	a := l.of(b.stream)
	for i := range b.n {
		a.records[b.first+uint64(i)] = b
	}
	a.head = max(a.head, b.first+uint64(b.n)-1)
}

// note enters a line of a child's report, and returns an error if it cannot be.
func (l ledger) note(line string) error {
	var b batchID
	var seq, nonce uint64
	var stream string
	kind, rest, _ := strings.Cut(line, " ")
	var err error
	switch kind {
	case "append":
		if _, err = fmt.Sscanf(rest, "%s %d %d %d", &b.stream, &b.first, &b.n, &b.nonce); err == nil {
			l.acknowledge(b)
		}
	case "snapshot":
		if _, err = fmt.Sscanf(rest, "%s %d %d", &stream, &seq, &nonce); err == nil {
			l.of(stream).shots[seq] = nonce
		}
	case "pruning":
		if _, err = fmt.Sscanf(rest, "%s %d", &stream, &seq); err == nil {
			l.of(stream).prunable = max(l.of(stream).prunable, seq)
		}
	case "pruned":
		if _, err = fmt.Sscanf(rest, "%s %d", &stream, &seq); err == nil {
			l.of(stream).pruned = max(l.of(stream).pruned, seq)
		}
	case "failed", "open":
	default:
		err = errors.New("nobody reports so")
	}
	if err != nil {
		return fmt.Errorf("%q: %w", line, err)
	}
	return nil
}

// audit compares a journal with the ledger: what was acknowledged is there, what was not is there whole or not at all. What is
// there is entered: it must stay.
func (l ledger) audit(ctx context.Context, j *boltjournal.Journal) error {
	if err := j.Verify(ctx); err != nil {
		return err
	}
	for stream, a := range l {
		if err := l.auditStream(ctx, j, stream, a); err != nil {
			return fmt.Errorf("stream %q: %w", stream, err)
		}
	}
	return nil
}

func (l ledger) auditStream(ctx context.Context, j *boltjournal.Journal, stream string, a *account) error {
	head, err := j.Head(ctx, stream)
	if err != nil {
		return err
	}
	if head < a.head {
		return fmt.Errorf("the head is %d, and %d was acknowledged", head, a.head)
	}
	first, err := j.First(ctx, stream)
	if err != nil {
		return err
	}
	if first < a.pruned || first > max(a.prunable, a.pruned) {
		return fmt.Errorf("the first record is %d, want %d to %d", first, a.pruned, a.prunable)
	}
	next := first
	for rec, err := range j.Read(ctx, stream, first) {
		if err != nil {
			return err
		}
		b, i, err := identify(rec.Data)
		switch {
		case err != nil:
			return err
		case rec.Seq != next || b.stream != stream || b.first+uint64(i) != rec.Seq:
			return fmt.Errorf("record %d is %d of %+v, in the place of %d", rec.Seq, i, b, next)
		case b.first+uint64(b.n)-1 > head:
			return fmt.Errorf("record %d is of %+v, the end of which is missing", rec.Seq, b)
		}
		if was, ok := a.records[rec.Seq]; ok && was != b {
			return fmt.Errorf("record %d is of %+v, and was acknowledged as of %+v", rec.Seq, b, was)
		}
		a.records[rec.Seq] = b
		next++
	}
	if next != head+1 {
		return fmt.Errorf("the last record read is %d, and the head %d", next-1, head)
	}
	a.head, a.pruned = head, first
	return a.auditSnapshot(ctx, j, stream)
}

// auditSnapshot checks the newest snapshot: it is the newest that was acknowledged, or a later one.
func (a *account) auditSnapshot(ctx context.Context, j *boltjournal.Journal, stream string) error {
	s, err := j.LoadSnapshot(ctx, stream, math.MaxUint64)
	if err != nil {
		return err
	}
	newest := uint64(0)
	for seq := range a.shots {
		newest = max(newest, seq)
	}
	if s.Seq < newest || s.Seq > a.head {
		return fmt.Errorf("the newest snapshot is at %d, want %d or later", s.Seq, newest)
	}
	if s.Seq == 0 {
		return nil
	}
	var of string
	var seq, nonce uint64
	head, _, _ := bytes.Cut(s.Data, []byte("\n"))
	if _, err := fmt.Sscanf(string(head), "snapshot of %s at %d, %d", &of, &seq, &nonce); err != nil {
		return fmt.Errorf("a snapshot begins with %.60q", head)
	}
	want := snapshotAt(stream, s.Seq, nonce)
	if s.Hash != want.Hash || !bytes.Equal(s.Data, want.Data) {
		return fmt.Errorf("the snapshot at %d is not what it was", s.Seq)
	}
	return nil
}

// mustAudit opens a journal, compares it with the ledger, sees that it can be written to, and closes it.
func (l ledger) mustAudit(t *testing.T, path string) {
	t.Helper()
	ctx := t.Context()
	j, err := boltjournal.Open(path)
	if err != nil {
		t.Fatalf("open again: %v", err)
	}
	if err := l.audit(ctx, j); err != nil {
		t.Fatal(err)
	}
	for stream, a := range l {
		b := batchID{stream: stream, first: a.head + 1, n: 1, nonce: rand.Uint64()}
		if _, err := j.Append(ctx, stream, a.head, b.records()); err != nil {
			t.Fatalf("append after all: %v", err)
		}
		l.acknowledge(b)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// largeSnapshot returns a snapshot that takes several transactions and cannot be compressed.
func largeSnapshot(seq uint64) modreg.StoredSnapshot {
	data := make([]byte, 6<<20)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(data)
	return modreg.StoredSnapshot{Seq: seq, Data: data}
}
