package bm25

import (
	"encoding/binary"
	"math/bits"
)

// Postings of a word are cut into blocks of blockSize. A word with fewer has a single block and no table of blocks.
//
// A block is, in bytes: the form of its numbers, how many different frequencies it has less one, their codes in rising
// order, for each posting which one of them it has (0, 1, 2, 4 or 8 bits), and the numbers of its documents in one of
// two forms. Packed: the gaps less one, all in as many bits as the widest needs; the first gap is from the end of the
// block before. Bitmap: a bit for each document, from the start of the group of 64 in which the block may begin;
// denser words take this form because a document can be looked up in it without unpacking.
//
// The choice between the two weighs time against memory. A bitmap may take formBias times the bytes of packed gaps.
const (
	blockSize  = 128
	maxWords   = 32 // words of 64 bits in a bitmap
	formBitmap = 64 // added to the number of words
	formBias   = 2  // see above
	padding    = 8  // bytes after the last block, so that gaps can be read by the word
	maxWidth   = 32 // bits of a gap
)

// block says where a block is and what it can contribute.
type block struct {
	last uint32 // number of its last document
	off  uint32 // of its bytes
	tops tops
}

// tops are two pairs of codes, frequency and length, such that no posting of a block contributes more than the better
// of the two would, whatever the average length. If they are the same, one of them suffices.
type tops [2]step

// header is what stands before the postings of a block.
type header struct {
	form    uint8
	tfWidth uint8
	palette []byte
	tfs     []byte // and all that follows
	docs    []byte // and all that follows
}

// tfWidth returns the bits that tell n frequencies apart.
func tfWidth(n int) uint8 {
	switch {
	case n <= 1:
		return 0
	case n <= 2:
		return 1
	case n <= 4:
		return 2
	case n <= 16:
		return 4
	}
	return 8
}

// parse reads the header of a block of n postings. The data has been checked.
func parse(data []byte, n int) (h header) {
	distinct := int(data[1]) + 1
	h.form, h.tfWidth = data[0], tfWidth(distinct)
	h.palette, data = data[2:2+distinct], data[2+distinct:]
	h.tfs, h.docs = data, data[(n*int(h.tfWidth)+7)/8:]
	return h
}

// tf returns the code of the frequency of posting i.
func (h *header) tf(i int) uint8 {
	if h.tfWidth == 0 {
		return h.palette[0]
	}
	return h.palette[h.which(i)]
}

// which returns the place of the frequency of posting i in the palette, if that has several.
func (h *header) which(i int) int {
	at := i * int(h.tfWidth)
	return int(h.tfs[at>>3] >> (at & 7) & (1<<h.tfWidth - 1))
}

// word returns word i of a bitmap.
func (h *header) word(i int) uint64 { return binary.LittleEndian.Uint64(h.docs[i*8:]) }

// unpack writes the numbers of the documents to dst, whose length is that of the block; start is the first number that
// the block may have.
func (h *header) unpack(dst []uint32, start uint32) {
	if h.form >= formBitmap {
		h.unpackBitmap(dst, start&^63)
		return
	}
	width := uint(h.form)
	mask := uint64(1)<<width - 1
	doc, docs := start-1, h.docs
	for i, at := 0, uint(0); i < len(dst); i++ {
		gap := binary.LittleEndian.Uint64(docs[at>>3:]) >> (at & 7) & mask
		doc += uint32(gap) + 1
		dst[i] = doc
		at += width
	}
}

func (h *header) unpackBitmap(dst []uint32, base uint32) {
	n := 0
	for i := range int(h.form - formBitmap) {
		for w := h.word(i); w != 0 && n < len(dst); w &= w - 1 {
			dst[n] = base + uint32(bits.TrailingZeros64(w))
			n++
		}
		base += 64
	}
}
