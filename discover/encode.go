package discover

import (
	"encoding/binary"
	"hash/crc32"
	"io"
)

// The stored form of a view: fileMark, then sections. A section is its kind, the
// length of its contents, the contents and their checksum (CRC-32C), all fixed
// numbers in little-endian order. sectionView comes first, then for each segment
// those from sectionKeys to sectionEnd in the order of their numbers; those for
// text are left out without text.
//
// What a process computes with a seed of its own, or quickly from the rest, is
// not stored: hash tables, summaries, ranks of bitsets.
const fileMark = "modreg index 1\n"

const (
	sectionView     = iota + 1 // how many segments
	sectionKeys                // names, versions, ranks and fingerprints of the documents, in the order of results
	sectionWords               // bitsets
	sectionLists               // sorted lists
	sectionColumns             // packed columns
	sectionVariants            // offers, groups and variants
	sectionTerms               // capabilities, fields, and what is in one document only
	sectionText                // words
	sectionEnd                 // nothing
)

// Limits of what is loaded.
const (
	maxSegments = 1024
	maxSection  = 1 << 34
	maxDocs     = 1 << 28
	maxString   = 1 << 20
)

// crcTable returns the table for CRC-32C, which processors know.
func crcTable() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// encoder writes sections.
type encoder struct {
	w   io.Writer
	buf []byte // the contents of the section
	err error
}

func (e *encoder) flush(kind uint32) {
	if e.err != nil {
		return
	}
	head := binary.LittleEndian.AppendUint32(nil, kind)
	head = binary.LittleEndian.AppendUint64(head, uint64(len(e.buf)))
	sum := binary.LittleEndian.AppendUint32(nil, crc32.Checksum(e.buf, crcTable()))
	for _, part := range [][]byte{head, e.buf, sum} {
		if e.err == nil {
			_, e.err = e.w.Write(part)
		}
	}
	e.buf = e.buf[:0]
}

func (e *encoder) uint(x uint64)   { e.buf = binary.AppendUvarint(e.buf, x) }
func (e *encoder) int(x int64)     { e.buf = binary.AppendVarint(e.buf, x) }
func (e *encoder) string(s string) { e.uint(uint64(len(s))); e.buf = append(e.buf, s...) }
func (e *encoder) bool(b bool) {
	x := byte(0)
	if b {
		x = 1
	}
	e.buf = append(e.buf, x)
}

func (e *encoder) uint64s(xs []uint64) {
	for _, x := range xs {
		e.buf = binary.LittleEndian.AppendUint64(e.buf, x)
	}
}

// decoder reads the contents of a section. After an error it returns zeros.
type decoder struct {
	data []byte
	text string // the same bytes, so that strings share one allocation
	bad  string // the first fault
}

func (d *decoder) fail(reason string) {
	if d.bad == "" {
		d.bad = reason
		d.data, d.text = nil, ""
	}
}

func (d *decoder) skip(n int) {
	d.data = d.data[n:]
	if d.text != "" {
		d.text = d.text[n:]
	}
}

func (d *decoder) uint() uint64 {
	x, n := binary.Uvarint(d.data)
	if n <= 0 {
		d.fail("ends early")
		return 0
	}
	d.skip(n)
	return x
}

func (d *decoder) int() int64 {
	x, n := binary.Varint(d.data)
	if n <= 0 {
		d.fail("ends early")
		return 0
	}
	d.skip(n)
	return x
}

// below reads a number that is less than limit.
func (d *decoder) below(limit int) int {
	x := d.uint()
	if x >= uint64(max(limit, 0)) {
		d.fail("has a number that is too large")
		return 0
	}
	return int(x)
}

// count reads how many elements follow, each of at least size bytes.
func (d *decoder) count(size int) int {
	x := d.uint()
	if x > uint64(len(d.data)/size) {
		d.fail("has a number that is too large")
		return 0
	}
	return int(x)
}

func (d *decoder) bool() bool { return d.below(2) == 1 }

func (d *decoder) string() string {
	n := d.count(1)
	if n > maxString {
		d.fail("has a text that is too long")
		return ""
	}
	return d.take(n)
}

// take reads a text of n bytes.
func (d *decoder) take(n int) (s string) {
	if n > len(d.data) {
		d.fail("ends early")
		return ""
	}
	if d.text != "" {
		s = d.text[:n]
	} else {
		s = string(d.data[:n])
	}
	d.skip(n)
	return s
}

func (d *decoder) byte() (b byte) {
	if len(d.data) == 0 {
		d.fail("ends early")
		return 0
	}
	b = d.data[0]
	d.skip(1)
	return b
}

func (d *decoder) uint64() (x uint64) {
	if len(d.data) < 8 {
		d.fail("ends early")
		return 0
	}
	x = binary.LittleEndian.Uint64(d.data)
	d.skip(8)
	return x
}

// uint64s reads all that is left.
func (d *decoder) uint64s() []uint64 {
	if len(d.data)%8 != 0 {
		d.fail("has an odd length")
		return nil
	}
	out := make([]uint64, len(d.data)/8)
	for i := range out {
		out[i] = binary.LittleEndian.Uint64(d.data[8*i:])
	}
	d.skip(len(d.data))
	return out
}

func (d *decoder) end() {
	if len(d.data) > 0 {
		d.fail("has bytes left over")
	}
}
