package bm25

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// FormatError says what is wrong with an encoded segment.
type FormatError struct{ Reason string }

func (e *FormatError) Error() string { return fmt.Sprintf("decode text index: %s", e.Reason) }

// The encoded form is four numbers, as in encoding/binary.AppendUvarint: of documents, of words, of bytes of the words
// and of bytes of the postings; then the codes of the lengths of the documents, the length of each word in a byte, the
// words, the postings. What else a segment has follows from that.

// AppendBinary appends the encoded form to dst. It has no mark and no version of its own: what it is written into has
// them, and a checksum if it needs one. The error is always nil.
func (s *Segment) AppendBinary(dst []byte) ([]byte, error) {
	data := s.data[:len(s.data)-padding]
	for _, n := range []int{len(s.lens), len(s.entries), len(s.text), len(data)} {
		dst = binary.AppendUvarint(dst, uint64(n))
	}
	dst = append(dst, s.lens...)
	start := uint32(0)
	for _, e := range s.entries {
		dst = append(dst, uint8(e.end-start))
		start = e.end
	}
	dst = append(dst, s.text...)
	return append(dst, data...), nil
}

// Decode returns the segment of which data is the encoded form, all of it, and keeps nothing of data. It checks
// everything that a search relies on, and takes memory in proportion to data. An error is a *FormatError.
func Decode(data []byte) (*Segment, error) {
	var sizes [4]uint64
	for i := range sizes {
		n, size := binary.Uvarint(data)
		if size <= 0 || n > math.MaxUint32-padding {
			return nil, &FormatError{"no size"}
		}
		sizes[i], data = n, data[size:]
	}
	docs, words, text, list := sizes[0], sizes[1], sizes[2], sizes[3]
	if docs > MaxDocs || docs+words+text+list != uint64(len(data)) {
		return nil, &FormatError{"sizes do not fit"}
	}
	s := newSegment(slices.Clone(data[:docs]), int(words))
	data = data[docs:]
	end := uint32(0)
	for _, n := range data[:words] {
		end += uint32(n)
		s.entries = append(s.entries, entry{end: end})
	}
	if data = data[words:]; uint64(end) != text {
		return nil, &FormatError{"words do not fit"}
	}
	s.text = string(data[:text])
	s.data = append(make([]byte, 0, list+padding), data[text:]...)
	s.data = s.data[:list+padding]
	c := checker{s: s, average: s.average()}
	if err := c.check(); err != nil {
		return nil, err
	}
	s.blocks = slices.Clip(s.blocks)
	return s, nil
}
