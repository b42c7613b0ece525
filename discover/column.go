package discover

import "math/bits"

// The documents that provide one capability do so in variants: version and
// attributes. A column keeps the variant of each document of a posting, so that
// a range or filter is judged once per variant and segment, not per document.
type column struct {
	form  uint8
	at    uint32 // slices: the first bitset; packed: offset into arena.columns
	ranks uint32 // packed, of a bitset: offset into arena.ranks
}

const (
	// columnNone: there is one variant.
	columnNone = iota
	// columnSlices: bit i of the variant of each document is in bitset at+i.
	// This works on whole words, and pays where the posting is dense.
	columnSlices
	// columnPacked: the variants of the documents in order, in as few bits as
	// they need. The rank of a document in a bitset is found by ranks, which has
	// a sum for each tile.
	columnPacked
	// columnDocs: there are too many variants, the documents have to be asked.
	columnDocs
)

const (
	maxVariants = 256
	maxSliced   = 64 // variants
	maxSlices   = 6  // bits of a variant below maxSliced
	slicedOne   = 8  // slices from one document in eight
)

// variantBits is how many bits tell that many variants apart.
func variantBits(variants int) int { return bits.Len(uint(variants - 1)) }

// packedLen is the length of a packed column. There are two bytes at the end
// because a variant is read with its neighbours, even one that is not there.
func packedLen(variants, n int) int { return (n*variantBits(variants)+7)/8 + 2 }

// sliced reports whether the column of a posting is one of slices.
func sliced(p posting, variants, n int) bool {
	return p.heads == 0 && variants <= maxSliced && int(p.n)*slicedOne >= n
}

// addColumn appends the column of a posting: the variant of each of its ids, of
// n documents.
func (a *arena) addColumn(p posting, ids []uint32, ords []uint8, variants, n int) column {
	switch {
	case variants == 1:
		return column{}
	case sliced(p, variants, n):
		return a.addSlices(ids, ords, variants)
	}
	c := column{form: columnPacked, at: uint32(len(a.columns))}
	if p.heads == 0 {
		c.ranks = uint32(len(a.ranks))
		a.ranks = a.bitset(p.first).rankTiles(a.ranks)
	}
	width := variantBits(variants)
	a.columns = append(a.columns, make([]byte, packedLen(variants, len(ids)))...)
	col := a.columns[c.at:]
	for i, ord := range ords {
		bit := i * width
		v := uint16(ord) << (bit & 7)
		col[bit>>3] |= byte(v)
		col[bit>>3+1] |= byte(v >> 8)
	}
	return c
}

func (a *arena) addSlices(ids []uint32, ords []uint8, variants int) column {
	c := column{form: columnSlices}
	for j := range variantBits(variants) {
		i, b := a.addBitset()
		if j == 0 {
			c.at = i
		}
		for k, id := range ids {
			if ords[k]>>j&1 != 0 {
				b.set(id)
			}
		}
		a.seal(b)
	}
	return c
}

// slicing finds the documents whose variant is right by the slices of a column.
// Variants are in the order of versions, so that those of a range are a few
// intervals.
type slicing struct {
	sets  [maxSlices]bitset
	n     int // slices
	count int // intervals
	right [maxSliced / 2]interval
}

// interval is from lo to hi, both included.
type interval struct{ lo, hi uint8 }

// init takes the right variants.
func (s *slicing) init(mask uint64, variants int) {
	s.n, s.count = variantBits(variants), 0
	last := uint8(1)<<s.n - 1
	if variants == 1 {
		last = 0
	}
	for v := 0; v < variants; {
		v += bits.TrailingZeros64(mask >> v)
		if v >= variants {
			break
		}
		end := v + bits.TrailingZeros64(^(mask >> v))
		hi := uint8(min(end, variants) - 1)
		if end >= variants {
			hi = last // there are no others, and the test for an end is saved
		}
		s.right[s.count] = interval{uint8(v), hi}
		s.count++
		v = end
	}
}

// word returns the documents of word i whose variant is right. For documents
// that are in no variant it means nothing.
func (s *slicing) word(i int) (out uint64) {
	last := uint8(1)<<s.n - 1
	for _, in := range s.right[:s.count] {
		ge, le := ^uint64(0), ^uint64(0)
		if in.lo > 0 {
			for j := range s.n {
				// Bit by bit from the lowest: a higher bit decides, an equal one
				// leaves it to those below.
				if in.lo>>j&1 != 0 {
					ge &= s.sets[j][i]
				} else {
					ge |= s.sets[j][i]
				}
			}
		}
		if in.hi < last {
			for j := range s.n {
				if in.hi>>j&1 != 0 {
					le |= ^s.sets[j][i]
				} else {
					le &= ^s.sets[j][i]
				}
			}
		}
		out |= ge & le
	}
	return out
}

// tile is word for all words of a tile.
func (s *slicing) tile(t int, out *tile) {
	last := uint8(1)<<s.n - 1
	*out = tile{}
	for _, in := range s.right[:s.count] {
		sel := fullTile()
		if in.lo > 0 {
			for j := range s.n {
				set := s.sets[j].tile(t)
				if in.lo>>j&1 != 0 {
					andTile(&sel, set)
				} else {
					orTile(&sel, set)
				}
			}
		}
		if in.hi < last {
			le := fullTile()
			for j := range s.n {
				set := s.sets[j].tile(t)
				if in.hi>>j&1 != 0 {
					orNotTile(&le, set)
				} else {
					andNotTile(&le, set)
				}
			}
			andTile(&sel, &le)
		}
		orTile(out, &sel)
	}
}
