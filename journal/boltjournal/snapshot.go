package boltjournal

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/modreg/modreg"
)

const (
	keptSnapshots = 2
	chunkData     = 1 << 20 // of a snapshot's data is in a chunk
	chunkTx       = 4 << 20 // of stored chunks is in a transaction, so that appends get their turn in between

	shotSize = 8 + 8 + 4 + sha256.Size + sumSize
)

// A shot is the head of a stored snapshot. Its chunks are found by its id.
type shot struct {
	id     uint64
	size   uint64 // of the data
	chunks uint32
	hash   [sha256.Size]byte
}

func shotKey(stream string, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(stream), 0), seq)
}

// splitShotKey is the inverse of shotKey.
func splitShotKey(key []byte) (stream string, seq uint64, err error) {
	i := len(key) - 9
	if i < 0 || key[i] != 0 || checkStream(string(key[:i])) != nil {
		return "", 0, fmt.Errorf("the key %q is not that of a snapshot", key)
	}
	return string(key[:i]), binary.BigEndian.Uint64(key[i+1:]), nil
}

func (s shot) encode(stream string, seq uint64) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, shotSize), s.id)
	b = binary.BigEndian.AppendUint64(b, s.size)
	b = binary.BigEndian.AppendUint32(b, s.chunks)
	b = append(b, s.hash[:]...)
	check := sum(b, kindSnapshot, stream, seq)
	return append(b, check[:]...)
}

func decodeShot(stream string, seq uint64, b []byte) (shot, error) {
	if len(b) != shotSize {
		return shot{}, fmt.Errorf("its head has %d bytes", len(b))
	}
	if sum(b[:shotSize-sumSize], kindSnapshot, stream, seq) != [sumSize]byte(b[shotSize-sumSize:]) {
		return shot{}, errSum
	}
	s := shot{id: binary.BigEndian.Uint64(b), size: binary.BigEndian.Uint64(b[8:]), chunks: binary.BigEndian.Uint32(b[16:])}
	s.hash = [sha256.Size]byte(b[20:])
	if s.size > maxSnapshot || uint64(s.chunks) != (s.size+chunkData-1)/chunkData {
		return shot{}, fmt.Errorf("it has %d bytes in %d chunks", s.size, s.chunks)
	}
	return s, nil
}

func chunkKey(id uint64, index uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, id), index)
}

// PutSnapshot implements [modreg.SnapshotStore]. A snapshot has up to 1 GiB. Of each stream the two with the highest Seq are
// kept, so one that is older than both is not. The data is compressed, and written in several transactions;
// it counts from the last one on.
//
// It returns an error if the snapshot is too large, of record 0 or beyond the head, if the context ends,
// and those that Append returns.
func (j *Journal) PutSnapshot(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
	if err := j.putSnapshot(ctx, stream, s); err != nil {
		return fmt.Errorf("put the snapshot of %q at %d: %w", stream, s.Seq, err)
	}
	return nil
}

func (j *Journal) putSnapshot(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
	if err := checkStream(stream); err != nil {
		return err
	}
	switch {
	case len(s.Data) > maxSnapshot:
		return fmt.Errorf("it has %d bytes; a snapshot has up to %d", len(s.Data), maxSnapshot)
	case s.Seq == 0:
		return errors.New("there is nothing before record 1")
	}
	if err := j.begin(ctx); err != nil {
		return err
	}
	defer j.end()
	if err := j.writable(); err != nil {
		return err
	}
	if known, _ := j.known(stream); s.Seq > known.head {
		return fmt.Errorf("the head of the stream is %d", known.head)
	}
	j.snapshots.Lock()
	defer j.snapshots.Unlock()
	if err := j.dropStray(ctx); err != nil { // of one that was not finished
		return err
	}
	head := shot{size: uint64(len(s.Data)), hash: s.Hash}
	if err := j.putChunks(ctx, s.Data, &head); err != nil {
		return err
	}
	err := j.write(func() error {
		return j.update(nil, func(tx *bbolt.Tx) error { return keepShot(tx, stream, s.Seq, head) })
	})
	if err != nil {
		return err
	}
	return j.dropStray(ctx)
}

// putChunks writes the chunks of a snapshot, which nothing refers to yet, and completes its head.
func (j *Journal) putChunks(ctx context.Context, data []byte, head *shot) error {
	packer, err := newPacker()
	if err != nil {
		return err
	}
	defer packer.close()
	for first := true; first || len(data) > 0; first = false {
		if err := ctx.Err(); err != nil {
			return err
		}
		var values [][]byte
		for size := 0; len(data) > 0 && size < chunkTx; data = data[min(len(data), chunkData):] {
			value := packer.pack(data[:min(len(data), chunkData)])
			values = append(values, value)
			size += len(value)
		}
		err := j.write(func() error {
			return j.update(nil, func(tx *bbolt.Tx) error { return addChunks(tx, values, head, first) })
		})
		if err != nil {
			return err
		}
		head.chunks += uint32(len(values))
	}
	return nil
}

// addChunks adds chunks at the end of their bucket, where those of the newest snapshot are.
func addChunks(tx *bbolt.Tx, values [][]byte, head *shot, first bool) error {
	bucket := tx.Bucket([]byte(chunkBucket))
	bucket.FillPercent = 1
	if first {
		head.id = freeID(tx)
	}
	for i, value := range values {
		index := head.chunks + uint32(i)
		check := sum(value[sumSize:], kindChunk, "", head.id, uint64(index))
		copy(value, check[:])
		if err := bucket.Put(chunkKey(head.id, index), value); err != nil {
			return err
		}
	}
	return nil
}

// freeID returns an id that no snapshot and no chunk has.
func freeID(tx *bbolt.Tx) uint64 {
	id := uint64(0)
	if last, _ := tx.Bucket([]byte(chunkBucket)).Cursor().Last(); len(last) >= 8 {
		id = binary.BigEndian.Uint64(last)
	}
	for used := range usedIDs(tx) {
		id = max(id, used)
	}
	return id + 1
}

// usedIDs returns the ids of all snapshots that are not damaged.
func usedIDs(tx *bbolt.Tx) map[uint64]bool {
	used := map[uint64]bool{}
	cursor := tx.Bucket([]byte(snapshotBucket)).Cursor()
	for key, value := cursor.First(); key != nil; key, value = cursor.Next() {
		stream, seq, err := splitShotKey(key)
		if err != nil {
			continue
		}
		if s, err := decodeShot(stream, seq, value); err == nil {
			used[s.id] = true
		}
	}
	return used
}

// keepShot enters a snapshot and lets go of those of its stream that are too many.
func keepShot(tx *bbolt.Tx, stream string, seq uint64, s shot) error {
	bucket := tx.Bucket([]byte(snapshotBucket))
	if err := bucket.Put(shotKey(stream, seq), s.encode(stream, seq)); err != nil {
		return err
	}
	var keys [][]byte
	prefix := append([]byte(stream), 0)
	cursor := bucket.Cursor()
	for key, _ := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = cursor.Next() {
		keys = append(keys, bytes.Clone(key))
	}
	for len(keys) > keptSnapshots {
		if err := bucket.Delete(keys[0]); err != nil {
			return err
		}
		keys = keys[1:]
	}
	return nil
}
