package discover

// A posting is the set of documents that have a term. It is kept as a bitset
// where it has at least one document in denseOne, and as a sorted list where it
// is sparse. At 1/64 the words of a bitset are mostly not empty, so that an
// "and" of words beats one of lists, and a list takes a fifth of the memory.
const denseOne = 64

func isDense(ids, n int) bool { return ids*denseOne >= n }

// posting refers to the arenas of its segment.
type posting struct {
	n     uint32 // documents
	first uint32 // bitset: its number; list: its first head
	heads uint32 // list: how many heads; 0 makes it a bitset
}

// head starts the part of a list within 65536 documents: n+1 low halves of ids
// at off in the arena. The parts of one list follow each other there, so that
// the distance to the first one's off counts the documents before.
type head struct {
	chunk uint16
	n     uint16
	off   uint32
}

func (h head) len() int { return int(h.n) + 1 }

const (
	chunkBits = 16
	chunkDocs = 1 << chunkBits
)

// arena holds the postings of a segment in a few large allocations, which also
// makes them quick to save and load.
type arena struct {
	tiles   int      // of the segment
	words   []uint64 // bitset i at i*tiles*8
	sums    []uint64 // its summary at i*sumLen()
	ranks   []uint32 // see column
	list    []uint16
	heads   []head
	columns []byte
}

func (a *arena) sumLen() int { return (a.tiles + tileWords - 1) / tileWords }

func (a *arena) bitset(i uint32) bitset {
	w := a.tiles * tileWords
	return a.words[int(i)*w : (int(i)+1)*w : (int(i)+1)*w]
}

func (a *arena) summary(i uint32) []uint64 {
	s := a.sumLen()
	return a.sums[int(i)*s : (int(i)+1)*s]
}

// addBitset appends an empty bitset; seal completes it.
func (a *arena) addBitset() (i uint32, b bitset) {
	w := a.tiles * tileWords
	i = uint32(len(a.words) / w)
	a.words = append(a.words, make([]uint64, w)...)
	return i, a.bitset(i)
}

func (a *arena) seal(b bitset) { a.sums = b.summarise(a.sums) }

// addPosting appends the posting of ids, which are sorted, in a segment of n
// documents.
func (a *arena) addPosting(ids []uint32, n int) posting {
	if isDense(len(ids), n) {
		return a.addDense(ids)
	}
	p := posting{n: uint32(len(ids)), first: uint32(len(a.heads))}
	for i := 0; i < len(ids); {
		h := head{chunk: uint16(ids[i] >> chunkBits), off: uint32(len(a.list))}
		start := i
		for ; i < len(ids) && uint16(ids[i]>>chunkBits) == h.chunk; i++ {
			a.list = append(a.list, uint16(ids[i]))
		}
		h.n = uint16(i - start - 1)
		a.heads = append(a.heads, h)
		p.heads++
	}
	return p
}

func (a *arena) addDense(ids []uint32) posting {
	i, b := a.addBitset()
	for _, id := range ids {
		b.set(id)
	}
	a.seal(b)
	return posting{n: uint32(len(ids)), first: i}
}

func (a *arena) headsOf(p posting) []head { return a.heads[p.first : p.first+p.heads] }

// cursor walks a list in ascending order.
type cursor struct {
	list  []uint16
	heads []head
	at    int // the current head
	pos   int // where it stands within its part
}

func (a *arena) cursor(p posting) cursor {
	return cursor{list: a.list, heads: a.headsOf(p)}
}

// part returns the ids of the current head.
func (c *cursor) part() []uint16 {
	h := c.heads[c.at]
	return c.list[h.off : int(h.off)+h.len()]
}

// index counts the documents of the list before position pos of the current head.
func (c *cursor) index(pos int) int { return int(c.heads[c.at].off-c.heads[0].off) + pos }

// chunk moves forward to the given chunk and reports whether the list has it.
func (c *cursor) chunk(chunk uint16) bool {
	for c.at < len(c.heads) && c.heads[c.at].chunk < chunk {
		c.at++
		c.pos = 0
	}
	return c.at < len(c.heads) && c.heads[c.at].chunk == chunk
}

// seek moves forward to id, or past it where the list lacks it.
func (c *cursor) seek(id uint32) (found bool) {
	if !c.chunk(uint16(id >> chunkBits)) {
		return false
	}
	part := c.part()
	c.pos = gallop(part, c.pos, uint16(id))
	return c.pos < len(part) && part[c.pos] == uint16(id)
}

// gallop returns the first position, from pos on, whose value is at least x.
func gallop(s []uint16, pos int, x uint16) int {
	if pos >= len(s) || s[pos] >= x {
		return pos
	}
	step := 1
	for pos+step < len(s) && s[pos+step] < x {
		pos += step
		step *= 2
	}
	lo, hi := pos+1, min(pos+step, len(s))
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if s[mid] < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}
