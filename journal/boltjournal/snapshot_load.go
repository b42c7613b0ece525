package boltjournal

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
	"go.etcd.io/bbolt"

	"github.com/modreg/modreg"
)

// The forms of a stored chunk.
const (
	formPlain byte = iota
	formZstd
)

// LoadSnapshot implements [modreg.SnapshotStore]. It returns an error if the context has ended, the journal is closed, no
// stream can have that name, or the file cannot be read. Damaged snapshots, which it passes over, are found by
// [Journal.Verify].
func (j *Journal) LoadSnapshot(ctx context.Context, stream string, atMost uint64) (modreg.StoredSnapshot, error) {
	s, err := j.loadSnapshot(ctx, stream, atMost)
	if err != nil {
		return modreg.StoredSnapshot{}, fmt.Errorf("load a snapshot of %q: %w", stream, err)
	}
	return s, nil
}

func (j *Journal) loadSnapshot(ctx context.Context, stream string, atMost uint64) (modreg.StoredSnapshot, error) {
	none := modreg.StoredSnapshot{}
	if err := checkStream(stream); err != nil {
		return none, err
	}
	if err := j.begin(ctx); err != nil {
		return none, err
	}
	defer j.end()
	for {
		s, whole, err := j.loadOne(stream, atMost)
		if err != nil || whole || s.Seq == 0 {
			return s, err
		}
		atMost = s.Seq - 1
	}
}

// loadOne loads the snapshot with the highest Seq up to atMost, and reports whether it is whole. Seq is 0 if there is none.
func (j *Journal) loadOne(stream string, atMost uint64) (found modreg.StoredSnapshot, whole bool, err error) {
	var values [][]byte
	var s shot
	err = j.view(func(tx *bbolt.Tx) error {
		var head []byte
		found.Seq, head = findShot(tx, stream, atMost)
		if found.Seq == 0 {
			return nil
		}
		var damage error
		if s, damage = decodeShot(stream, found.Seq, head); damage == nil {
			values, damage = copyChunks(tx, s)
		}
		whole = damage == nil
		return nil
	})
	if err != nil || !whole {
		return found, false, err
	}
	found.Hash = s.hash
	found.Data, err = unpack(values, s)
	return found, err == nil, nil
}

func snapshotPlace(stream string, seq uint64) string {
	return fmt.Sprintf("the snapshot of stream %q at record %d", stream, seq)
}

// findShot returns the number and the head of the last snapshot up to atMost, 0 if there is none.
func findShot(tx *bbolt.Tx, stream string, atMost uint64) (uint64, []byte) {
	cursor := tx.Bucket([]byte(snapshotBucket)).Cursor()
	key, value := cursor.Seek(shotKey(stream, atMost))
	switch {
	case key == nil:
		key, value = cursor.Last()
	case !bytes.Equal(key, shotKey(stream, atMost)):
		key, value = cursor.Prev()
	}
	if key == nil {
		return 0, nil
	}
	of, seq, err := splitShotKey(key)
	if err != nil || of != stream {
		return 0, nil
	}
	return seq, value
}

func copyChunks(tx *bbolt.Tx, s shot) ([][]byte, error) {
	values := make([][]byte, 0, s.chunks)
	cursor := tx.Bucket([]byte(chunkBucket)).Cursor()
	for key, value := cursor.Seek(chunkKey(s.id, 0)); uint32(len(values)) < s.chunks; key, value = cursor.Next() {
		if !bytes.Equal(key, chunkKey(s.id, uint32(len(values)))) {
			return nil, fmt.Errorf("chunk %d is missing", len(values))
		}
		values = append(values, bytes.Clone(value))
	}
	return values, nil
}

// A packer compresses chunks one by one, so that none depends on another.
type packer struct{ enc *zstd.Encoder }

func newPacker() (*packer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(chunkData), zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true))
	return &packer{enc}, err
}

func (p *packer) close() { _ = p.enc.Close() }

// pack returns a chunk in its stored form, with room for its checksum.
func (p *packer) pack(data []byte) []byte {
	const head = sumSize + 1
	b := make([]byte, head, head+len(data))
	b[sumSize] = formZstd
	if b = p.enc.EncodeAll(data, b); len(b) < head+len(data) {
		return bytes.Clone(b)
	}
	b = append(b[:head], data...)
	b[sumSize] = formPlain
	return b
}

// checkChunk checks a stored chunk.
func checkChunk(id uint64, index uint32, value []byte) error {
	if len(value) <= sumSize {
		return fmt.Errorf("chunk %d has %d bytes", index, len(value))
	}
	if sum(value[sumSize:], kindChunk, "", id, uint64(index)) != [sumSize]byte(value) {
		return fmt.Errorf("chunk %d: %w", index, errSum)
	}
	return nil
}

// unpack puts a snapshot's data together.
func unpack(values [][]byte, s shot) ([]byte, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(chunkData))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	data := make([]byte, 0, s.size)
	for i, value := range values {
		if err := checkChunk(s.id, uint32(i), value); err != nil {
			return nil, err
		}
		switch form, packed := value[sumSize], value[sumSize+1:]; form {
		case formPlain:
			data = append(data, packed...)
		case formZstd:
			plain, err := dec.DecodeAll(packed, data[len(data):]) // in its place, or elsewhere if it is too large for that
			if err != nil {
				return nil, fmt.Errorf("chunk %d: %w", i, err)
			}
			data = append(data, plain...)
		default:
			return nil, fmt.Errorf("chunk %d has form %d", i, form)
		}
	}
	if uint64(len(data)) != s.size {
		return nil, fmt.Errorf("it has %d bytes and should have %d", len(data), s.size)
	}
	return data, nil
}

// dropStray drops the chunks that no snapshot has, in several transactions.
func (j *Journal) dropStray(ctx context.Context) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		var stray [][]byte
		if err := j.view(func(tx *bbolt.Tx) error { stray = strayChunks(tx); return nil }); err != nil || len(stray) == 0 {
			return err
		}
		err := j.write(func() error {
			return j.update(nil, func(tx *bbolt.Tx) error {
				bucket := tx.Bucket([]byte(chunkBucket))
				for _, key := range stray {
					if err := bucket.Delete(key); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
}

// strayChunks returns the keys of chunks that no snapshot has, as many as one transaction drops. Only whoever holds
// Journal.snapshots adds or removes chunks.
func strayChunks(tx *bbolt.Tx) [][]byte {
	kept := usedIDs(tx)
	var stray [][]byte
	size := 0
	cursor := tx.Bucket([]byte(chunkBucket)).Cursor()
	key, value := cursor.First()
	for key != nil && size < chunkTx {
		if len(key) == 12 && kept[binary.BigEndian.Uint64(key)] {
			key, value = cursor.Seek(chunkKey(binary.BigEndian.Uint64(key)+1, 0))
			continue
		}
		stray = append(stray, bytes.Clone(key))
		size += len(value)
		key, value = cursor.Next()
	}
	return stray
}
