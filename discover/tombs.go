package discover

// tombs is the set of dead documents of a segment, copied on write in blocks of
// 4096, which are held by groups so that a change copies little of a large one.
// A nil group or block has none.
type tombs []*deadGroup

type (
	deadGroup [groupBlocks]*deadBlock
	deadBlock [wordBits]uint64
)

const groupBlocks = 16

// block returns the block, or nil.
func (t tombs) block(b int) *deadBlock {
	if t == nil {
		return nil
	}
	if g := t[b/groupBlocks]; g != nil {
		return g[b%groupBlocks]
	}
	return nil
}

func (t tombs) has(id uint32) bool {
	b := t.block(int(id / blockDocs))
	return b != nil && b[id/wordBits%wordBits]>>(id%wordBits)&1 != 0
}

// with returns t and id, of a segment of n documents. It may change what of t is
// not in old.
func (t tombs) with(old tombs, n int, id uint32) tombs {
	if t == nil || len(old) > 0 && &t[0] == &old[0] {
		t = make(tombs, (blocksFor(n)+groupBlocks-1)/groupBlocks)
		copy(t, old)
	}
	b := int(id / blockDocs)
	g := &t[b/groupBlocks]
	if *g == nil {
		*g = new(deadGroup)
	} else if old != nil && *g == old[b/groupBlocks] {
		own := **g
		*g = &own
	}
	d := &(*g)[b%groupBlocks]
	if *d == nil {
		*d = new(deadBlock)
	} else if *d == old.block(b) {
		own := **d
		*d = &own
	}
	(*d)[id/wordBits%wordBits] |= 1 << (id % wordBits)
	return t
}

// tombsOf returns the set of ids of a segment of n documents.
func tombsOf(n int, ids []uint32) (t tombs) {
	for _, id := range ids {
		t = t.with(nil, n, id)
	}
	return t
}

// filter keeps the ids that are not in the set, and returns how many.
func (t tombs) filter(ids []uint32) (n int) {
	if t == nil {
		return len(ids)
	}
	for _, id := range ids {
		if !t.has(id) {
			ids[n] = id
			n++
		}
	}
	return n
}
