package bm25

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// appendBlock appends the bytes of a block; start is the first number that it may have.
func appendBlock(data []byte, docs []uint32, tfs []uint8, start uint32) []byte {
	palette := make([]uint8, 0, blockSize)
	palette = append(palette, tfs...)
	slices.Sort(palette)
	palette = slices.Compact(palette)
	form := chooseForm(docs, start)
	data = append(data, form, uint8(len(palette)-1))
	data = append(data, palette...)
	data = appendTFs(data, tfs, palette)
	if form >= formBitmap {
		return appendBitmap(data, docs, start&^63, int(form-formBitmap))
	}
	return appendGaps(data, docs, start, uint(form))
}

func appendTFs(data []byte, tfs, palette []uint8) []byte {
	width := int(tfWidth(len(palette)))
	if width == 0 {
		return data
	}
	at := len(data)
	data = append(data, make([]byte, (len(tfs)*width+7)/8)...)
	for i, tf := range tfs {
		which, _ := slices.BinarySearch(palette, tf)
		data[at+i*width/8] |= uint8(which) << (i * width & 7)
	}
	return data
}

// chooseForm returns the first byte of a block.
func chooseForm(docs []uint32, start uint32) uint8 {
	width, next := 0, start
	for _, d := range docs {
		width = max(width, bits.Len32(d-next))
		next = d + 1
	}
	words := int(docs[len(docs)-1]>>6-start>>6) + 1
	if packed := (len(docs)*width + 7) / 8; words <= maxWords && words*8 <= formBias*packed {
		return formBitmap + uint8(words)
	}
	return uint8(width)
}

func appendBitmap(data []byte, docs []uint32, base uint32, words int) []byte {
	at := len(data)
	data = append(data, make([]byte, words*8)...)
	for _, d := range docs {
		data[at+int(d-base)/8] |= 1 << (d & 7)
	}
	return data
}

func appendGaps(data []byte, docs []uint32, start uint32, width uint) []byte {
	var acc uint64
	var have uint
	next := start
	for _, d := range docs {
		acc |= uint64(d-next) << have
		for have += width; have >= 8; have -= 8 {
			data = append(data, uint8(acc))
			acc >>= 8
		}
		next = d + 1
	}
	if have > 0 {
		data = append(data, uint8(acc))
	}
	return data
}

// blocksOf returns how many blocks a list of df postings has.
func blocksOf(df int) int { return (df + blockSize - 1) / blockSize }

// postings is the compressed form of the lists of a segment, while it is made.
type postings struct {
	blocks []block
	data   []byte
}

// add appends the list of a word and returns where it begins.
func (p *postings) add(docs []uint32, tfs []uint8, lens []uint8, average float64) (off uint32) {
	off = uint32(len(p.data))
	p.data = binary.AppendUvarint(p.data, uint64(len(docs)))
	if len(docs) < blockSize {
		p.data = appendBlock(p.data, docs, tfs, 0)
		return off
	}
	p.data = binary.AppendUvarint(p.data, uint64(len(p.blocks)))
	p.data = topsOf(docs, tfs, lens, average).append(p.data)
	start := uint32(0)
	for len(docs) > 0 {
		n := min(blockSize, len(docs))
		last := docs[n-1]
		p.blocks = append(p.blocks, block{last, uint32(len(p.data)), topsOf(docs[:n], tfs[:n], lens, average)})
		p.data = appendBlock(p.data, docs[:n], tfs[:n], start)
		docs, tfs, start = docs[n:], tfs[n:], last+1
	}
	return off
}
