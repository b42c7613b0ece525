package backup

import (
	"crypto/sha256"
	"fmt"

	"github.com/modreg/modreg/record"
)

// chained is the stream whose records hold the hash of the record before: that of a registry.
const chained = "registry"

// A course checks the records of one stream as they come by, whoever reads them from where.
type course struct {
	stream *Stream
	next   uint64 // sequence number that belongs next
	bytes  uint64
	prev   Digest // of the data of the record before
	known  bool   // whether prev is known
	at     Digest // of the data of the record that the snapshot is after
}

func newCourse(s *Stream) *course {
	return &course{stream: s, next: s.First, known: s.First == 1}
}

// take checks the next record.
func (c *course) take(seq uint64, data []byte) error {
	if seq != c.next || seq > c.stream.Head {
		return fmt.Errorf("record %d stands where record %d of %d belongs", seq, c.next, c.stream.Head)
	}
	if len(data) > MaxRecord {
		return fmt.Errorf("record %d has %d bytes, at most %d are allowed", seq, len(data), MaxRecord)
	}
	if c.stream.Name == chained {
		prev, ok := record.Prev(data)
		if !ok {
			return fmt.Errorf("record %d does not say which record was before it", seq)
		}
		if c.known && Digest(prev) != c.prev {
			return fmt.Errorf("record %d does not follow the one before it", seq)
		}
	}
	if c.stream.Name == chained || seq == c.stream.Head || seq == c.stream.Snapshot {
		c.prev, c.known = sha256.Sum256(data), true
	}
	if seq == c.stream.Snapshot {
		c.at = c.prev
	}
	c.next++
	c.bytes += uint64(len(data))
	return nil
}

// end checks that all records came by.
func (c *course) end() error {
	if c.next != c.stream.Head+1 {
		return fmt.Errorf("it ends before record %d of %d", c.next, c.stream.Head)
	}
	if c.stream.Head > 0 && c.prev != c.stream.Hash {
		return fmt.Errorf("record %d is another", c.stream.Head)
	}
	return nil
}
