package bm25

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// checker goes through the words of a segment that was decoded, and completes it. What is wrong ends it: the first
// reason is kept, and the place stays in front of the padding.
type checker struct {
	s       *Segment
	average float64
	at      int // in the data
	reason  string

	docs []uint32 // of the list at hand
	tfs  []uint8
}

func (c *checker) fail(reason string) bool {
	if c.reason == "" {
		c.reason = reason
	}
	return false
}

func (c *checker) check() error {
	for i := range c.s.entries {
		if !c.word(i) || !c.list(i) {
			return &FormatError{c.reason}
		}
	}
	if c.at != len(c.s.data)-padding {
		return &FormatError{"more postings than words"}
	}
	return nil
}

func (c *checker) word(i int) bool {
	w := c.s.word(i)
	if w == "" || len(w) > MaxTokenBytes || i > 0 && w <= c.s.word(i-1) {
		return c.fail("words are out of order")
	}
	return true
}

// rest returns the data from the current place on, without padding.
func (c *checker) rest() []byte { return c.s.data[c.at : len(c.s.data)-padding] }

func (c *checker) number() (uint64, bool) {
	n, size := binary.Uvarint(c.rest())
	if size <= 0 {
		return 0, c.fail("no number")
	}
	c.at += size
	return n, true
}

// list checks the list of word i.
func (c *checker) list(i int) bool {
	c.s.entries[i].off = uint32(c.at)
	df, ok := c.number()
	if !ok || df == 0 || df > uint64(len(c.s.lens)) {
		return c.fail("a word without postings, or with too many")
	}
	c.docs, c.tfs = c.docs[:0], c.tfs[:0]
	if df < blockSize {
		return c.block(int(df), 0)
	}
	if first, ok := c.number(); !ok || first != uint64(len(c.s.blocks)) || len(c.rest()) < topsBytes {
		return c.fail("blocks are out of order")
	}
	tops := c.s.data[c.at : c.at : c.at+topsBytes]
	c.at += topsBytes
	start := uint32(0)
	for left := int(df); left > 0; left -= blockSize {
		off, from := uint32(c.at), len(c.docs)
		if !c.block(min(left, blockSize), start) {
			return false
		}
		last := c.docs[len(c.docs)-1]
		c.s.blocks = append(c.s.blocks, block{last, off, topsOf(c.docs[from:], c.tfs[from:], c.s.lens, c.average)})
		start = last + 1
	}
	topsOf(c.docs, c.tfs, c.s.lens, c.average).append(tops)
	return true
}

// block checks a block of n postings and appends them to the list.
func (c *checker) block(n int, start uint32) bool {
	size, ok := blockBytes(c.rest(), n)
	if !ok {
		return c.fail("a block is cut off, or of unknown form")
	}
	h := parse(c.s.data[c.at:], n)
	c.at += size
	return c.frequencies(&h, n) && c.numbers(&h, n, start)
}

// blockBytes returns the length of a block of n postings, if data begins with one.
func blockBytes(data []byte, n int) (size int, ok bool) {
	if len(data) < 2 {
		return 0, false
	}
	distinct, docs := int(data[1])+1, 0
	switch form := int(data[0]); {
	case form <= maxWidth:
		docs = (n*form + 7) / 8
	case form > formBitmap && form <= formBitmap+maxWords:
		docs = (form - formBitmap) * 8
	default:
		return 0, false
	}
	size = 2 + distinct + (n*int(tfWidth(distinct))+7)/8 + docs
	return size, size <= len(data)
}

func (c *checker) frequencies(h *header, n int) bool {
	for i, tf := range h.palette {
		if tf == 0 || i > 0 && tf <= h.palette[i-1] {
			return c.fail("frequencies are out of order")
		}
	}
	for i := range n {
		if h.tfWidth > 0 && h.which(i) >= len(h.palette) {
			return c.fail("an unknown frequency")
		}
		c.tfs = append(c.tfs, h.tf(i))
	}
	return true
}

// numbers checks the numbers of the documents of a block: they rise, and each is of a document that has words.
func (c *checker) numbers(h *header, n int, start uint32) bool {
	if h.form >= formBitmap {
		sum := 0
		for i := range int(h.form - formBitmap) {
			sum += bits.OnesCount64(h.word(i))
		}
		if sum != n {
			return c.fail("a bitmap does not fit its block")
		}
	}
	from := len(c.docs)
	c.docs = slices.Grow(c.docs, n)[:from+n]
	h.unpack(c.docs[from:], start)
	for _, doc := range c.docs[from:] {
		if doc < start || int(doc) >= len(c.s.lens) || c.s.lens[doc] == 0 {
			return c.fail("a posting of no document")
		}
		start = doc + 1
	}
	return true
}
