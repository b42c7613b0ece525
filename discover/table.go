package discover

import "math/bits"

// table maps hashes to ids below a limit, in 4 bytes a slot: the id, and in the
// bits it leaves free a part of the hash, which saves most looks at what the id
// stands for. One hash may have many ids. The caller compares the keys.
type table struct {
	slots  []uint32
	idBits uint
}

// newTable makes room for n ids, all below limit. Linear probing at this load
// keeps a search within a cache line or two.
func newTable(n, limit int) table {
	if n == 0 {
		return table{}
	}
	return table{make([]uint32, n+n/5+2), uint(bits.Len(uint(limit)))}
}

func (t *table) home(h uint64) int {
	hi, _ := bits.Mul64(h*mulA, uint64(len(t.slots)))
	return int(hi)
}

// tag is the part of the hash that is kept, in its place. It comes from the low
// end because home looks at the high one.
func (t *table) tag(h uint64) uint32 { return uint32(h) << t.idBits }

// add adds an id. The table must have room.
func (t *table) add(h uint64, id uint32) {
	i := t.home(h)
	for t.slots[i] != 0 {
		if i++; i == len(t.slots) {
			i = 0
		}
	}
	t.slots[i] = t.tag(h) | (id + 1)
}

// probe is a search under way.
type probe struct {
	at  int
	tag uint32
}

func (t *table) find(h uint64) probe {
	if len(t.slots) == 0 {
		return probe{at: -1}
	}
	return probe{t.home(h), t.tag(h)}
}

// next returns one more id whose hash may be the one searched for.
func (t *table) next(p *probe) (id uint32, ok bool) {
	if p.at < 0 {
		return 0, false
	}
	mask := uint32(1)<<t.idBits - 1
	for {
		s := t.slots[p.at]
		if s == 0 {
			return 0, false
		}
		if p.at++; p.at == len(t.slots) {
			p.at = 0
		}
		if s&^mask == p.tag {
			return s&mask - 1, true
		}
	}
}
