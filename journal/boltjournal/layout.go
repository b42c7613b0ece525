package boltjournal

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// The layout of the file, version 2. Integers are big-endian.
//
//	bucket "modreg"      "version" → version uint32, sum
//	bucket "streams"     stream → first uint64, head uint64, sum
//	bucket "r:<stream>"  seq uint64 → sum, data
//	bucket "snapshots"   stream, 0, seq uint64 → id uint64, size uint64, chunks uint32, hash, sum
//	bucket "chunks"      id uint64, index uint32 → sum, form byte, data
//
// A sum is the first half of a SHA-256 over what it protects and where that stands, see [sum]. The records
// of a stream are exactly first…head. Chunks that no snapshot has are of one that was not finished or has been replaced.
// Small buckets lie within the page of the root, so that a commit writes no more pages than one of bare bbolt does.
const (
	layoutVersion = 2

	headerBucket   = "modreg"
	streamsBucket  = "streams"
	recordsPrefix  = "r:"
	snapshotBucket = "snapshots"
	chunkBucket    = "chunks"

	versionKey = "version"

	sumSize    = sha256.Size / 2
	extentSize = 8 + 8 + sumSize
)

// Limits. What is beyond them is refused before anything is written.
const (
	maxStreamName = 100      // bytes
	maxRecord     = 16 << 20 // bytes
	maxBatch      = 1 << 16  // records
	maxBatchBytes = 64 << 20
	maxSnapshot   = 1 << 30 // bytes
	maxSeq        = math.MaxUint64 - 1
)

// checkStream checks the name of a stream.
func checkStream(name string) error {
	if name == "" || len(name) > maxStreamName {
		return fmt.Errorf("the stream name has %d bytes; give it 1 to %d", len(name), maxStreamName)
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '/' {
			return fmt.Errorf("the stream name %q has %q in it; use lower-case letters, digits, - and /", name, c)
		}
	}
	return nil
}

func recordsBucket(stream string) []byte { return append([]byte(recordsPrefix), stream...) }

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

// sum returns the checksum of data at a place. The kind says which sort of thing it is, so that none passes for
// another; name and numbers say which one of them.
func sum(data []byte, kind byte, name string, numbers ...uint64) [sumSize]byte {
	b := make([]byte, 0, len(data)+len(name)+8*len(numbers)+2)
	s := sha256.Sum256(appendPlace(append(b, data...), kind, name, numbers...))
	return [sumSize]byte(s[:])
}

// appendPlace appends to data what binds it to its place. It can be read from its end in one way only.
func appendPlace(b []byte, kind byte, name string, numbers ...uint64) []byte {
	b = append(b, name...)
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return append(b, byte(len(name)), kind)
}

// placeSize is how much appendPlace appends.
func placeSize(name string, numbers int) int { return len(name) + 8*numbers + 2 }

// The kinds of things that have checksums.
const (
	kindVersion byte = iota + 1
	kindExtent
	kindRecord
	kindSnapshot
	kindChunk
)

// errSum says that a checksum does not fit.
var errSum = errors.New("its checksum does not fit")

// An extent is which records a stream has: first…head, none if first is head+1.
type extent struct{ first, head uint64 }

func (e extent) encode(stream string) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, extentSize), e.first)
	b = binary.BigEndian.AppendUint64(b, e.head)
	s := sum(b, kindExtent, stream)
	return append(b, s[:]...)
}

func decodeExtent(stream string, b []byte) (extent, error) {
	if len(b) != extentSize {
		return extent{}, fmt.Errorf("it has %d bytes", len(b))
	}
	if sum(b[:extentSize-sumSize], kindExtent, stream) != [sumSize]byte(b[extentSize-sumSize:]) {
		return extent{}, errSum
	}
	e := extent{first: binary.BigEndian.Uint64(b), head: binary.BigEndian.Uint64(b[8:])}
	if e.first == 0 || e.first-1 > e.head || e.head > maxSeq {
		return extent{}, fmt.Errorf("it has records %d to %d", e.first, e.head)
	}
	return e, nil
}

func encodeVersion(version uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, version)
	s := sum(b, kindVersion, "")
	return append(b, s[:]...)
}

// decodeVersion reads the version of the layout. All layouts have it in the same place and form, but the first had no sum.
func decodeVersion(b []byte) (int, error) {
	switch len(b) {
	case 4:
		if v := binary.BigEndian.Uint32(b); v == 1 {
			return 1, nil
		}
		return 0, errors.New("it has no checksum")
	case 4 + sumSize:
		if sum(b[:4], kindVersion, "") != [sumSize]byte(b[4:]) {
			return 0, errSum
		}
		return int(min(binary.BigEndian.Uint32(b), 1<<31-1)), nil
	}
	return 0, fmt.Errorf("it has %d bytes", len(b))
}

// checkRecord checks a stored record, and returns its data.
func checkRecord(stream string, seq uint64, value []byte) ([]byte, error) {
	if len(value) < sumSize {
		return nil, fmt.Errorf("it has %d bytes", len(value))
	}
	if data := value[sumSize:]; sum(data, kindRecord, stream, seq) == [sumSize]byte(value) {
		return data, nil
	}
	return nil, errSum
}
