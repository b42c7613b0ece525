package bm25

import (
	"encoding/binary"
	"math/bits"
)

// cursor goes through the postings of one word, forward only. It unpacks a block when it has to.
type cursor struct {
	idf  uint64
	top  uint32 // the most that any posting contributes
	df   int
	data []byte // of the segment
	lens []uint8
	sats *saturations

	blocks []block
	b      int    // the current block; len(blocks) at the end
	first  uint32 // the first number that it may have
	topAt  int    // the block that blockTop is of, or -1
	topNow uint32

	head   header
	headAt int // the block that head is of, or -1
	words  int // of a bitmap: how many are counted
	before int // the number of documents in them

	docs   []uint32 // of block docsAt, in room
	docsAt int      // or -1
	pos    int      // in docs: nothing before it is wanted any more

	one  [1]block // the table of a short list
	room [blockSize]uint32
}

// open begins at the first posting of word i of s, to score with.
func (c *cursor) open(s *Segment, i int, idf uint64, sats *saturations) {
	c.idf, c.sats = idf, sats
	if t, ok := c.begin(s, i); ok {
		c.top = c.bound(t)
		return
	}
	c.top = 0
	for i, d := range c.docs {
		c.top = max(c.top, c.impact(c.head.tf(i), d))
	}
	c.topAt, c.topNow = 0, c.top
}

// begin begins at the first posting of word i of s, and returns the tops of its list if it is a long one. A short one
// is unpacked at once, and so has no need of a table.
func (c *cursor) begin(s *Segment, i int) (tops, bool) {
	df, rest := s.list(i)
	c.df, c.data, c.lens = df, s.data, s.lens
	c.b, c.first, c.topAt, c.headAt, c.docsAt, c.pos = 0, 0, -1, -1, -1, 0
	if df >= blockSize {
		at, size := binary.Uvarint(rest)
		c.blocks = s.blocks[at : int(at)+blocksOf(df)]
		return readTops(rest[size:]), true
	}
	c.head, c.words, c.before = parse(rest, df), 0, 0
	c.docs = c.room[:df]
	c.head.unpack(c.docs, 0)
	c.headAt, c.docsAt = 0, 0
	c.one[0] = block{last: c.docs[df-1]}
	c.blocks = c.one[:]
	return tops{}, false
}

// forget lets go of the segment.
func (c *cursor) forget() { c.data, c.lens, c.blocks, c.head = nil, nil, nil, header{} }

// impact returns what a posting contributes.
func (c *cursor) impact(tf uint8, doc uint32) uint32 {
	return impact(c.idf, c.sats.row(tf)[c.lens[doc]])
}

func (c *cursor) bound(t tops) uint32 {
	sat := c.sats.row(t[0].tf)[t[0].length]
	if t[1] != t[0] {
		sat = max(sat, c.sats.row(t[1].tf)[t[1].length])
	}
	return impact(c.idf, sat)
}

// done reports that no posting is left.
func (c *cursor) done() bool { return c.b == len(c.blocks) }

// last returns the last number of the current block.
func (c *cursor) last() uint32 { return c.blocks[c.b].last }

// seek makes the first block that may have doc, or a later one, the current one.
func (c *cursor) seek(doc uint32) {
	if c.b < len(c.blocks) && c.blocks[c.b].last >= doc {
		return
	}
	lo, step := c.b+1, 1
	for lo+step <= len(c.blocks) && c.blocks[lo+step-1].last < doc {
		lo += step
		step *= 2
	}
	hi := min(lo+step, len(c.blocks))
	for lo < hi {
		if mid := int(uint(lo+hi) / 2); c.blocks[mid].last < doc {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	c.enter(min(lo, len(c.blocks)))
}

// enter makes b the current block; it is after the one that was.
func (c *cursor) enter(b int) {
	c.first = c.blocks[b-1].last + 1
	c.b, c.pos = b, 0
}

// blockTop returns the most that a posting of the current block contributes.
func (c *cursor) blockTop() uint32 {
	if c.topAt != c.b {
		c.topAt, c.topNow = c.b, c.bound(c.blocks[c.b].tops)
	}
	return c.topNow
}

// size returns the number of postings of the current block.
func (c *cursor) size() int { return min(blockSize, c.df-c.b*blockSize) }

func (c *cursor) parse() {
	if c.headAt != c.b {
		c.words, c.before = 0, 0
		c.headAt, c.head = c.b, parse(c.data[c.blocks[c.b].off:], c.size())
	}
}

// unpack makes docs those of the current block.
func (c *cursor) unpack() {
	if c.docsAt != c.b {
		c.parse()
		c.docsAt, c.docs = c.b, c.room[:c.size()]
		c.head.unpack(c.docs, c.first)
	}
}

// below returns the documents of the current block, which is unpacked, from pos on that are below hi.
func (c *cursor) below(hi uint32) []uint32 {
	docs := c.docs[c.pos:]
	if c.last() < hi {
		return docs
	}
	return docs[:place(docs, 0, hi)]
}

// next returns the first document from doc on, in the current block or, where that has none, a later one.
func (c *cursor) next(doc uint32) (uint32, bool) {
	if c.seek(doc); c.done() {
		return 0, false
	}
	c.unpack()
	c.pos = place(c.docs, c.pos, doc)
	return c.docs[c.pos], true
}

// lookup returns what the word contributes to the score of doc, and whether doc has it at all.
// Nothing before doc is wanted any more.
func (c *cursor) lookup(doc uint32) (uint32, bool) {
	tf, ok := c.tf(doc)
	if !ok {
		return 0, false
	}
	return c.impact(tf, doc), true
}

func (c *cursor) tf(doc uint32) (uint8, bool) {
	if c.seek(doc); c.done() || doc < c.first {
		return 0, false
	}
	if c.parse(); c.head.form >= formBitmap && c.docsAt != c.b {
		return c.test(doc - c.first&^63)
	}
	c.unpack()
	c.pos = place(c.docs, c.pos, doc)
	if c.docs[c.pos] != doc {
		return 0, false
	}
	return c.head.tf(c.pos), true
}

// test looks bit i of a bitmap up.
func (c *cursor) test(i uint32) (uint8, bool) {
	w, bit := c.head.word(int(i>>6)), uint64(1)<<(i&63)
	if w&bit == 0 {
		return 0, false
	}
	if c.head.tfWidth == 0 {
		return c.head.palette[0], true
	}
	for ; c.words < int(i>>6); c.words++ {
		c.before += bits.OnesCount64(c.head.word(c.words))
	}
	return c.head.tf(c.before + bits.OnesCount64(w&(bit-1))), true
}

// place returns the place of the first document from doc on, which exists and is not before pos.
func place(docs []uint32, pos int, doc uint32) int {
	step := 1
	for pos+step < len(docs) && docs[pos+step-1] < doc {
		pos += step
		step *= 2
	}
	hi := min(pos+step, len(docs)-1)
	for pos < hi {
		if mid := int(uint(pos+hi) / 2); docs[mid] < doc {
			pos = mid + 1
		} else {
			hi = mid
		}
	}
	return pos
}
