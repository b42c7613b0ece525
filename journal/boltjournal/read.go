package boltjournal

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"go.etcd.io/bbolt"

	"github.com/modreg/modreg"
)

// A chunk is what is read in one transaction. A transaction that reads keeps pages from being used again, so it is never
// open while a caller has the word, however slow that is.
const (
	chunkRecords = 256
	firstChunk   = 4         // records: who wants one does not pay for hundreds
	chunkBytes   = 128 << 10 // unless a single record is larger
)

// Read implements [modreg.Journal]. Records are checked as they are read, and the data of up to 256 of them share an
// allocation. It ends with an error that wraps [modreg.ErrPruned] if the record from was pruned; that of the context,
// if it ends; [ErrClosed], if the journal is closed; a [CorruptError], also for a record that is missing, or one that wraps [ErrTruncated]; and one that
// wraps [ErrBroken] after the last acknowledged record of a stream whose last append ended in doubt.
func (j *Journal) Read(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	known, err := j.lookUp(ctx, stream)
	return func(yield func(modreg.Record, error) bool) {
		if err != nil {
			yield(modreg.Record{}, fmt.Errorf("read %q: %w", stream, err))
			return
		}
		if !j.yield(ctx, stream, max(from, 1), known.head, yield) {
			return
		}
		if err := j.inDoubt(stream); err != nil {
			yield(modreg.Record{}, err)
		}
	}
}

// Watch implements [modreg.Journal]. It is woken by the appends of this Journal, and holds nothing of the file while its
// caller has the word or while it waits. It ends as Read does, and with an error that wraps [ErrBroken] when
// no record can follow any more.
func (j *Journal) Watch(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	return func(yield func(modreg.Record, error) bool) {
		bell := j.bells.get(stream)
		defer j.bells.put(stream)
		for next := max(from, 1); ; {
			rung := bell.wait()
			known, err := j.lookUp(ctx, stream)
			if err != nil {
				yield(modreg.Record{}, fmt.Errorf("watch %q: %w", stream, err))
				return
			}
			if !j.yield(ctx, stream, next, known.head, yield) {
				return
			}
			next = max(next, known.head+1)
			if broken := j.broken.Load(); broken != nil {
				yield(modreg.Record{}, fmt.Errorf("watch %q: %w", stream, broken))
				return
			}
			select {
			case <-rung:
			case <-j.done:
				yield(modreg.Record{}, fmt.Errorf("watch %q: %w", stream, ErrClosed))
				return
			case <-ctx.Done():
				yield(modreg.Record{}, fmt.Errorf("watch %q: %w", stream, ctx.Err()))
				return
			}
		}
	}
}

// yield passes on the records from..to and reports whether the caller should go on.
func (j *Journal) yield(ctx context.Context, stream string, from, to uint64, yield func(modreg.Record, error) bool) bool {
	for c := (chunk{limit: firstChunk}); from <= to; c.limit = min(4*c.limit, chunkRecords) {
		err := j.begin(ctx)
		if err == nil {
			err = j.view(func(tx *bbolt.Tx) error { return j.readChunk(tx, &c, stream, from, to) })
			j.end()
		}
		if err != nil {
			yield(modreg.Record{}, fmt.Errorf("read %q from %d: %w", stream, from, err))
			return false
		}
		for _, rec := range c.records {
			if err := ctx.Err(); err != nil {
				yield(modreg.Record{}, fmt.Errorf("read %q from %d: %w", stream, rec.Seq, err))
				return false
			}
			if !yield(rec, nil) {
				return false
			}
		}
		from += uint64(len(c.records))
	}
	return true
}

// A chunk is filled with the records of one transaction. Their data is the caller's.
type chunk struct {
	limit   int      // how many records at most
	values  [][]byte // in the file; valid inside the transaction only
	records []modreg.Record
}

// readChunk fills c with the records from…to, at least one, at most as many as make a chunk.
func (j *Journal) readChunk(tx *bbolt.Tx, c *chunk, stream string, from, to uint64) error {
	corrupt := func(seq uint64, err error) error {
		return &CorruptError{Path: j.path, Where: streamPlace(stream), Seq: seq, Err: err}
	}
	e, err := decodeExtent(stream, tx.Bucket([]byte(streamsBucket)).Get([]byte(stream)))
	switch {
	case err != nil:
		return corrupt(0, fmt.Errorf("its head: %w", err))
	case from < e.first:
		return fmt.Errorf("%w: the first one that is there is record %d", modreg.ErrPruned, e.first)
	case e.head < to:
		return corrupt(e.head+1, fmt.Errorf("it is missing: record %d is the last one", e.head))
	}
	bucket := tx.Bucket(recordsBucket(stream))
	if bucket == nil {
		return corrupt(0, errors.New("its records are missing"))
	}
	size := 0
	c.values, c.records = c.values[:0], c.records[:0]
	cursor := bucket.Cursor()
	for key, value := cursor.Seek(seqKey(from)); ; key, value = cursor.Next() {
		seq := from + uint64(len(c.values))
		if len(key) != 8 || binary.BigEndian.Uint64(key) != seq {
			return corrupt(seq, errors.New("it is missing"))
		}
		if len(value) < sumSize {
			return corrupt(seq, fmt.Errorf("it has %d bytes", len(value)))
		}
		c.values = append(c.values, value)
		size += len(value) - sumSize
		if seq == to || size >= chunkBytes || len(c.values) == c.limit {
			break
		}
	}
	seq, err := c.copyOut(stream, from, size)
	if err != nil {
		return corrupt(seq, err)
	}
	return nil
}

// copyOut copies the values to memory of their own and checks them there: what is handed out is what was checked.
func (c *chunk) copyOut(stream string, from uint64, size int) (uint64, error) {
	slab := make([]byte, 0, size+placeSize(stream, 1))
	for i, value := range c.values {
		seq, start := from+uint64(i), len(slab)
		slab = append(slab, value[sumSize:]...)
		sealed := appendPlace(slab, kindRecord, stream, seq)
		if s := sha256.Sum256(sealed[start:]); [sumSize]byte(s[:]) != [sumSize]byte(value) {
			return seq, errSum
		}
		c.records = append(c.records, modreg.Record{Seq: seq, Data: slab[start:len(slab):len(slab)]})
	}
	return 0, nil
}
