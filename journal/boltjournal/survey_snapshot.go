package boltjournal

import (
	"encoding/binary"
	"fmt"
)

// visitSnapshot looks at the head of a snapshot. Open does not care: snapshots are derived, and a damaged one is passed
// over when it is loaded.
func (s *survey) visitSnapshot(key, value []byte) {
	if !s.deep {
		return
	}
	stream, seq, err := splitShotKey(key)
	if err != nil {
		s.fail("the snapshots", 0, "%w", err)
		return
	}
	it, err := decodeShot(stream, seq, value)
	if err != nil {
		s.fail(snapshotPlace(stream, seq), 0, "%w", err)
		return
	}
	s.shots[string(key)] = it
}

func (s *survey) visitChunk(key, value []byte) {
	if !s.deep {
		return
	}
	if len(key) != 12 {
		s.fail("the snapshots", 0, "a chunk has a key of %d bytes", len(key))
		return
	}
	id, index := binary.BigEndian.Uint64(key), binary.BigEndian.Uint32(key[8:])
	if err := checkChunk(id, index, value); err != nil {
		s.fail(fmt.Sprintf("snapshot %d", id), 0, "%w", err)
	}
	if s.chunks[id] == index { // those that follow each other from the first one
		s.chunks[id]++
	}
}

func (s *survey) finishSnapshots() {
	for key, it := range s.shots {
		stream, seq, _ := splitShotKey([]byte(key))
		if s.chunks[it.id] != it.chunks {
			s.fail(snapshotPlace(stream, seq), 0, "it should have %d chunks and has %d", it.chunks, s.chunks[it.id])
		}
		if e := s.extents[stream]; seq > e.head {
			s.fail(snapshotPlace(stream, seq), 0, "the stream ends at record %d", e.head)
		}
	}
}
