package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
)

const (
	batchRecords = 4096
	batchBytes   = 8 << 20
)

// A Target is what a backup is restored into.
type Target struct {
	// Journal takes the streams, which must be empty. If it is a [modreg.SnapshotStore] it takes the snapshots of pruned
	// streams too.
	Journal modreg.Journal
	// Seed makes an empty stream begin with record first, as one does of which the records before were pruned. If it is nil
	// the method Seed of the journal is used. Without either a backup of a pruned stream is refused.
	Seed func(ctx context.Context, stream string, first uint64) error
	// Leaves is given, after the records of a stream that was pruned, the hashes of the leaves of all its records from
	// record 1 to the head: what merkle.Seed wants. It must read those of the pruned records at least, or return an error.
	// If it is nil a backup that has some is refused.
	Leaves func(ctx context.Context, stream string, hashes iter.Seq2[tlog.Hash, error]) error
	// File is given each file, before the first record; data is its to keep. If it is nil a backup that has some is refused.
	// The name is one that [Source.Files] allows, which has no separators in it. See [FilesInto].
	File func(name string, data []byte) error
	// Secret is given each file with private keys, as File is. If it is nil they are left out.
	Secret func(name string, data []byte) error
}

// A seeder is a journal that can make an empty stream begin with a later record than the first.
type seeder interface {
	Seed(ctx context.Context, stream string, first uint64) error
}

// Restore reads a backup into an empty target and verifies it as [Inspect] does while it goes. Every record is verified
// before it is appended, but the end comes last: after an error the target holds a part of a backup and must
// not be used. [MakeFolder] sees to that.
//
// Besides those of [Inspect], errors are [ErrNotEmpty], found before anything is written, and those of the target.
func Restore(ctx context.Context, r io.Reader, into Target, o ReadOptions) (Manifest, error) {
	m, err := read(ctx, r, o, &restoration{into: into})
	if err != nil {
		return Manifest{}, fmt.Errorf("restore: %w", err)
	}
	return m, nil
}

// A restoration is a taker that fills a target.
type restoration struct {
	into  Target
	head  uint64 // of the stream, as far as it was appended
	begun bool   // whether the stream was
	batch [][]byte
	arena []byte // holds the batch
}

// begin checks that the target can take what is coming, before anything is written to it.
func (r *restoration) begin(ctx context.Context, m *Manifest) error {
	if r.into.Seed == nil {
		if s, ok := r.into.Journal.(seeder); ok {
			r.into.Seed = s.Seed
		}
	}
	if r.into.Journal == nil && len(m.Streams) > 0 {
		return errors.New("the backup has streams and the target has no journal")
	}
	for i := range m.Streams {
		s := &m.Streams[i]
		if s.First > 1 && r.into.Seed == nil {
			return fmt.Errorf("stream %q begins with record %d, and the target cannot begin one there: restore into another kind of journal", s.Name, s.First)
		}
		if s.Leaves && r.into.Leaves == nil {
			return fmt.Errorf("stream %q comes with hashes of pruned records, and the target does not take them", s.Name)
		}
		head, err := r.into.Journal.Head(ctx, s.Name)
		if err != nil {
			return fmt.Errorf("stream %q: %w", s.Name, err)
		}
		if head != 0 {
			return fmt.Errorf("stream %q has %d records: %w", s.Name, head, ErrNotEmpty)
		}
	}
	for _, f := range m.Files {
		if !f.Secret && r.into.File == nil {
			return fmt.Errorf("the backup has file %q, and the target does not take files", f.Name)
		}
	}
	return nil
}

// leaves hands on the hashes of the pruned records, and then those of the records that were restored.
func (r *restoration) leaves(ctx context.Context, s *Stream, hashes iter.Seq2[tlog.Hash, error]) error {
	n := uint64(0)
	all := func(yield func(tlog.Hash, error) bool) {
		for h, err := range hashes {
			n++
			if !yield(h, err) || err != nil {
				return
			}
		}
		for rec, err := range r.into.Journal.Read(ctx, s.Name, s.First) {
			if !yield(tlog.RecordHash(rec.Data), err) || err != nil {
				return
			}
		}
	}
	if err := r.into.Leaves(ctx, s.Name, all); err != nil {
		return fmt.Errorf("hashes of pruned records: %w", err)
	}
	if n < s.First-1 {
		return fmt.Errorf("the target took %d of %d hashes of pruned records", n, s.First-1)
	}
	return nil
}

// start makes a stream begin where it is to.
func (r *restoration) start(ctx context.Context, s *Stream) error {
	r.head, r.begun = s.First-1, true
	if s.First == 1 {
		return nil
	}
	if err := r.into.Seed(ctx, s.Name, s.First); err != nil {
		return fmt.Errorf("begin it with record %d: %w", s.First, err)
	}
	return nil
}

func (r *restoration) record(ctx context.Context, s *Stream, data []byte) error {
	if !r.begun {
		if err := r.start(ctx, s); err != nil {
			return err
		}
	}
	if len(r.batch) == batchRecords || len(r.batch) > 0 && len(r.arena)+len(data) > batchBytes {
		if err := r.flush(ctx, s); err != nil {
			return err
		}
	}
	at := len(r.arena)
	r.arena = append(r.arena, data...)
	r.batch = append(r.batch, r.arena[at:len(r.arena):len(r.arena)])
	return nil
}

// flush appends the batch. The journal copies it.
func (r *restoration) flush(ctx context.Context, s *Stream) error {
	if len(r.batch) == 0 {
		return nil
	}
	head, err := r.into.Journal.Append(ctx, s.Name, r.head, r.batch)
	if err != nil {
		return fmt.Errorf("append after record %d: %w", r.head, err)
	}
	if r.head += uint64(len(r.batch)); head != r.head {
		return fmt.Errorf("the journal has record %d where %d belongs", head, r.head)
	}
	clear(r.batch)
	r.batch, r.arena = r.batch[:0], r.arena[:0]
	return nil
}

func (r *restoration) end(ctx context.Context, s *Stream, after Digest, snapshot iter.Seq2[[]byte, error]) error {
	if err := r.flush(ctx, s); err != nil {
		return err
	}
	r.begun = false
	store, ok := r.into.Journal.(modreg.SnapshotStore)
	if s.Snapshot == 0 || !ok {
		return nil
	}
	var data []byte
	for part, err := range snapshot {
		if err != nil {
			return err
		}
		data = append(data, part...)
	}
	if err := store.PutSnapshot(ctx, s.Name, modreg.StoredSnapshot{Seq: s.Snapshot, Hash: after, Data: data}); err != nil {
		return fmt.Errorf("keep the snapshot after record %d: %w", s.Snapshot, err)
	}
	return nil
}

func (r *restoration) file(f *File, data []byte) error {
	take := r.into.File
	if f.Secret {
		take = r.into.Secret
	}
	if take == nil {
		return nil
	}
	if err := take(f.Name, append([]byte(nil), data...)); err != nil {
		return fmt.Errorf("file %q: %w", f.Name, err)
	}
	return nil
}
