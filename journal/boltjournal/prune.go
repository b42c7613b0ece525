package boltjournal

import (
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/modreg/modreg"
)

// What one transaction of a prune drops, so that appends get their turn in between.
const (
	pruneRecords = 4096
	pruneBytes   = 8 << 20
)

// Prune implements [modreg.Pruner]. It drops records in several transactions, so that a crash or an ended context leaves
// the stream with some of them. Their space in the file is used again, but the file does not become shorter.
//
// It returns an error if before is beyond the head, if the context ends, and those that Append returns.
func (j *Journal) Prune(ctx context.Context, stream string, before uint64) error {
	if err := j.prune(ctx, stream, before); err != nil {
		return fmt.Errorf("prune %q before record %d: %w", stream, before, err)
	}
	return nil
}

func (j *Journal) prune(ctx context.Context, stream string, before uint64) error {
	if err := checkStream(stream); err != nil {
		return err
	}
	for more := true; more; {
		if err := j.begin(ctx); err != nil {
			return err
		}
		err := j.write(func() (err error) {
			more, err = j.pruneSome(stream, before)
			return err
		})
		j.end()
		if err != nil {
			return err
		}
	}
	return nil
}

// pruneSome drops what one transaction may, and reports whether there is more to drop.
func (j *Journal) pruneSome(stream string, before uint64) (more bool, err error) {
	if err := j.writable(); err != nil {
		return false, err
	}
	known, _ := j.known(stream)
	if before > known.head {
		return false, fmt.Errorf("the stream's last record is %d, and that one stays", known.head)
	}
	if before <= known.first {
		return false, nil
	}
	changes := map[string]extent{}
	err = j.update(changes, func(tx *bbolt.Tx) error {
		t, err := j.tail(tx, map[string]*tail{}, stream)
		if err != nil {
			return err
		}
		end := t.first + min(before-t.first, pruneRecords)
		for size := 0; t.first < end && size < pruneBytes; t.first++ {
			value := t.bucket.Get(seqKey(t.first))
			if value == nil {
				return &CorruptError{Path: j.path, Where: streamPlace(stream), Seq: t.first, Err: errors.New("it is missing")}
			}
			size += len(value)
			if err := t.bucket.Delete(seqKey(t.first)); err != nil {
				return err
			}
		}
		changes[stream] = t.extent
		return putExtents(tx, changes)
	})
	return changes[stream].first < before, err
}

// Seed makes an empty stream whose first record will have the number first, with which a stream that was pruned is
// restored: its head is then first-1. It returns an error if first is 0 or the highest number, or the stream has records, and those that
// Append returns. Seed and Append must not be called for one stream at the same time by callers that do not know of each other.
func (j *Journal) Seed(ctx context.Context, stream string, first uint64) error {
	if err := j.seed(ctx, stream, first); err != nil {
		return fmt.Errorf("let stream %q begin at %d: %w", stream, first, err)
	}
	return nil
}

func (j *Journal) seed(ctx context.Context, stream string, first uint64) error {
	if err := checkStream(stream); err != nil {
		return err
	}
	if first == 0 || first > maxSeq {
		return fmt.Errorf("records are numbered from 1 to %d", uint64(maxSeq))
	}
	if err := j.begin(ctx); err != nil {
		return err
	}
	defer j.end()
	changes := map[string]extent{}
	return j.write(func() error {
		return j.update(changes, func(tx *bbolt.Tx) error {
			t, err := j.tail(tx, map[string]*tail{}, stream)
			if err != nil {
				return err
			}
			if t.head >= t.first {
				return fmt.Errorf("it has records already: %w to %d", modreg.ErrHeadMoved, t.head)
			}
			if t.bucket == nil {
				if _, err := tx.CreateBucket(recordsBucket(stream)); err != nil {
					return err
				}
			}
			changes[stream] = extent{first: first, head: first - 1}
			return putExtents(tx, changes)
		})
	})
}
