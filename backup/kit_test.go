package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/backup"
	"github.com/modreg/modreg/record"
)

// store is a journal in memory that can prune, begin late and keep snapshots.
type store struct {
	mu      sync.Mutex
	streams map[string]*kept // guarded by mu
}

type kept struct {
	first   uint64
	records [][]byte
	leaves  []tlog.Hash // of pruned records
	snaps   []modreg.StoredSnapshot
}

func newStore() *store { return &store{streams: map[string]*kept{}} }

func (s *store) stream(name string) *kept {
	k := s.streams[name]
	if k == nil {
		k = &kept{first: 1}
		s.streams[name] = k
	}
	return k
}

func (k *kept) head() uint64 { return k.first - 1 + uint64(len(k.records)) }

func (s *store) Append(_ context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.stream(stream)
	if k.head() != head || len(batch) == 0 {
		return 0, modreg.ErrHeadMoved
	}
	for _, data := range batch {
		k.records = append(k.records, bytes.Clone(data))
	}
	return k.head(), nil
}

func (s *store) Head(_ context.Context, stream string) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream(stream).head(), nil
}

func (s *store) Read(_ context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	s.mu.Lock()
	head := s.stream(stream).head()
	s.mu.Unlock()
	return func(yield func(modreg.Record, error) bool) {
		for seq := max(from, 1); seq <= head; seq++ {
			s.mu.Lock()
			k := s.stream(stream)
			if seq < k.first {
				s.mu.Unlock()
				yield(modreg.Record{}, modreg.ErrPruned)
				return
			}
			rec := modreg.Record{Seq: seq, Data: k.records[seq-k.first]}
			s.mu.Unlock()
			if !yield(rec, nil) {
				return
			}
		}
	}
}

func (s *store) Watch(context.Context, string, uint64) iter.Seq2[modreg.Record, error] {
	return func(yield func(modreg.Record, error) bool) { yield(modreg.Record{}, errors.New("not here")) }
}

func (s *store) Prune(_ context.Context, stream string, before uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.stream(stream)
	for k.first < before {
		k.leaves = append(k.leaves, tlog.RecordHash(k.records[0]))
		k.records = k.records[1:]
		k.first++
	}
	return nil
}

func (s *store) First(_ context.Context, stream string) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream(stream).first, nil
}

func (s *store) Seed(_ context.Context, stream string, first uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stream(stream).head() != 0 {
		return errors.New("seed: it has records")
	}
	s.stream(stream).first = first
	return nil
}

func (s *store) PutSnapshot(_ context.Context, stream string, snap modreg.StoredSnapshot) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.stream(stream)
	if snap.Seq > k.head() {
		return errors.New("put a snapshot: it is beyond the head")
	}
	k.snaps = append(k.snaps, snap)
	return nil
}

func (s *store) LoadSnapshot(_ context.Context, stream string, atMost uint64) (best modreg.StoredSnapshot, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, snap := range s.stream(stream).snaps {
		if snap.Seq <= atMost && snap.Seq > best.Seq {
			best = snap
		}
	}
	return best, nil
}

// leaves is a [backup.Source.Leaves].
func (s *store) leaves(_ context.Context, stream string, first uint64) iter.Seq2[tlog.Hash, error] {
	return func(yield func(tlog.Hash, error) bool) {
		s.mu.Lock()
		leaves := slices.Clone(s.stream(stream).leaves[:first-1])
		s.mu.Unlock()
		for _, h := range leaves {
			if !yield(h, nil) {
				return
			}
		}
	}
}

// snapshot keeps a snapshot of n bytes after a record.
func (s *store) snapshot(tb testing.TB, stream string, seq uint64, n int) {
	tb.Helper()
	s.mu.Lock()
	hash := sha256.Sum256(s.stream(stream).records[seq-s.stream(stream).first])
	s.mu.Unlock()
	data := randomBytes(rand.New(rand.NewPCG(seq, 7)), n)
	if err := s.PutSnapshot(tb.Context(), stream, modreg.StoredSnapshot{Seq: seq, Hash: hash, Data: data}); err != nil {
		tb.Fatal(err)
	}
}

func randomBytes(r *rand.Rand, n int) []byte {
	data := make([]byte, n)
	var more [8]byte
	for i := 0; i < n; i += len(more) {
		binary.LittleEndian.PutUint64(more[:], r.Uint64())
		copy(data[i:], more[:])
	}
	return data
}

// fill appends n records of up to size bytes to a stream: chained ones to that of the registry.
func fill(tb testing.TB, j modreg.Journal, r *rand.Rand, stream string, n, size int) {
	tb.Helper()
	head, err := j.Head(tb.Context(), stream)
	if err != nil {
		tb.Fatal(err)
	}
	prev := [32]byte{}
	if head > 0 {
		prev = sha256.Sum256(records(tb, j, stream, head)[0])
	}
	for i := range n {
		data := randomBytes(r, r.IntN(size+1))
		if stream == "registry" {
			data = registration(prev, int(head)+i)
			prev = sha256.Sum256(data)
		}
		if head, err = j.Append(tb.Context(), stream, head, [][]byte{data}); err != nil {
			tb.Fatal(err)
		}
	}
}

// registration returns a record as a registry writes it.
func registration(prev [32]byte, i int) []byte {
	tx := record.Transaction{
		Prev: prev, Time: time.Unix(int64(i), 0).UTC(), Node: "node-1",
		Origin: record.Origin{Actor: record.Actor{Kind: record.KindUser, ID: "ada"}, Request: fmt.Sprintf("request-%d", i)},
		Ops:    []record.Op{{Do: record.Activate, Module: fmt.Sprintf("module-%d@1.2.3", i)}},
	}
	return tx.Append(nil)
}

// records returns the data of the records of a stream.
func records(tb testing.TB, j modreg.Journal, stream string, from uint64) (all [][]byte) {
	tb.Helper()
	for rec, err := range j.Read(tb.Context(), stream, from) {
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, rec.Data)
	}
	return all
}

// write returns a backup that must succeed.
func write(tb testing.TB, s backup.Source, o backup.Options) ([]byte, backup.Manifest) {
	tb.Helper()
	var b bytes.Buffer
	m, err := backup.Write(tb.Context(), &b, s, o)
	if err != nil {
		tb.Fatal(err)
	}
	if m.Size != int64(b.Len()) || m.Digest != sha256.Sum256(b.Bytes()) {
		tb.Fatalf("the manifest says %d bytes with digest %v; there are %d with another", m.Size, m.Digest, b.Len())
	}
	return b.Bytes(), m
}

// fixed is a clock that stands still.
func fixed() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 6, time.FixedZone("", 3600)) }

// into returns a target that takes everything, and what it was given besides records.
func into(j modreg.Journal) (backup.Target, *taken) {
	got := &taken{files: map[string]string{}, secrets: map[string]string{}, leaves: map[string][]tlog.Hash{}}
	return backup.Target{
		Journal: j,
		Leaves: func(_ context.Context, stream string, hashes iter.Seq2[tlog.Hash, error]) error {
			for h, err := range hashes {
				if err != nil {
					return err
				}
				got.leaves[stream] = append(got.leaves[stream], h)
			}
			return nil
		},
		File:   func(name string, data []byte) error { got.files[name] = string(data); return nil },
		Secret: func(name string, data []byte) error { got.secrets[name] = string(data); return nil },
	}, got
}

type taken struct {
	files, secrets map[string]string
	leaves         map[string][]tlog.Hash
}

// small returns a source with a bit of everything.
func small(tb testing.TB) (backup.Source, *store) {
	tb.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	j := newStore()
	fill(tb, j, r, "registry", 6, 0)
	fill(tb, j, r, "audit", 8, 12)
	if err := j.Prune(tb.Context(), "registry", 4); err != nil {
		tb.Fatal(err)
	}
	j.snapshot(tb, "registry", 5, 20)
	return backup.Source{
		Journal: j, Streams: []string{"registry", "audit", "empty"}, Leaves: j.leaves, Node: "node-1",
		Files: map[string][]byte{"keyring": []byte("public\n"), "empty.txt": nil},
	}, j
}
