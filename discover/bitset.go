package discover

import "math/bits"

// Documents are handled in tiles of 512: a bitset's tile is 8 words, one cache
// line. A block is 8 tiles, 4096 documents, and has one word of summary, with a
// bit for each of its 64 words that is not zero.
const (
	wordBits  = 64
	tileWords = 8
	tileDocs  = tileWords * wordBits
	blockDocs = wordBits * wordBits
)

type tile [tileWords]uint64

func tilesFor(n int) int  { return (n + tileDocs - 1) / tileDocs }
func blocksFor(n int) int { return (n + blockDocs - 1) / blockDocs }

// bitset is a set of document ids of a segment: tiles*8 words.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, tilesFor(n)*tileWords) }

func (b bitset) has(id uint32) bool { return b[id>>6]>>(id&63)&1 != 0 }
func (b bitset) set(id uint32)      { b[id>>6] |= 1 << (id & 63) }

func (b bitset) tile(t int) *tile { return (*tile)(b[t*tileWords:]) }

// next returns the least id of the set that is at least from, or limit.
func (b bitset) next(from, limit uint32) uint32 {
	if from >= limit {
		return limit
	}
	i := int(from >> 6)
	for w := b[i] &^ (1<<(from&63) - 1); ; w = b[i] {
		if w != 0 {
			return min(limit, uint32(i)<<6|uint32(bits.TrailingZeros64(w)))
		}
		if i++; i == len(b) {
			return limit
		}
	}
}

// summarise appends the summary of b to sums.
func (b bitset) summarise(sums []uint64) []uint64 {
	for i := 0; i < len(b); i += wordBits {
		var s uint64
		for j, w := range b[i:min(i+wordBits, len(b))] {
			if w != 0 {
				s |= 1 << j
			}
		}
		sums = append(sums, s)
	}
	return sums
}

// rankTiles appends, for each tile, how many bits are set before it.
func (b bitset) rankTiles(ranks []uint32) []uint32 {
	n := 0
	for t := 0; t < len(b); t += tileWords {
		ranks = append(ranks, uint32(n))
		n += countTile(b.tile(t / tileWords))
	}
	return ranks
}

func (b bitset) count() (n int) {
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

func countTile(t *tile) int {
	return bits.OnesCount64(t[0]) + bits.OnesCount64(t[1]) + bits.OnesCount64(t[2]) + bits.OnesCount64(t[3]) +
		bits.OnesCount64(t[4]) + bits.OnesCount64(t[5]) + bits.OnesCount64(t[6]) + bits.OnesCount64(t[7])
}

func fullTile() tile {
	const all = ^uint64(0)
	return tile{all, all, all, all, all, all, all, all}
}

func andTile(a, b *tile) {
	a[0] &= b[0]
	a[1] &= b[1]
	a[2] &= b[2]
	a[3] &= b[3]
	a[4] &= b[4]
	a[5] &= b[5]
	a[6] &= b[6]
	a[7] &= b[7]
}

func andNotTile(a, b *tile) {
	a[0] &^= b[0]
	a[1] &^= b[1]
	a[2] &^= b[2]
	a[3] &^= b[3]
	a[4] &^= b[4]
	a[5] &^= b[5]
	a[6] &^= b[6]
	a[7] &^= b[7]
}

func orTile(a, b *tile) {
	a[0] |= b[0]
	a[1] |= b[1]
	a[2] |= b[2]
	a[3] |= b[3]
	a[4] |= b[4]
	a[5] |= b[5]
	a[6] |= b[6]
	a[7] |= b[7]
}

func orNotTile(a, b *tile) {
	a[0] |= ^b[0]
	a[1] |= ^b[1]
	a[2] |= ^b[2]
	a[3] |= ^b[3]
	a[4] |= ^b[4]
	a[5] |= ^b[5]
	a[6] |= ^b[6]
	a[7] |= ^b[7]
}

func (t *tile) empty() bool {
	return t[0]|t[1]|t[2]|t[3]|t[4]|t[5]|t[6]|t[7] == 0
}
