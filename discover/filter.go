package discover

import "math/bits"

// clear removes from a tile the documents of a condition that must not hold,
// where that can be done by word.
func (b *bound) clear(t int, acc *tile) {
	switch b.form {
	case formBitset:
		b.clearBitset(t, acc)
	case formList:
		b.clearList(t, acc)
	case formIDs:
		start, end := uint32(t*tileDocs), uint32((t+1)*tileDocs)
		for ; b.at < len(b.ids) && b.ids[b.at] < end; b.at++ {
			if id := b.ids[b.at]; id >= start {
				acc[id/wordBits%tileWords] &^= 1 << (id % wordBits)
			}
		}
	}
}

func (b *bound) clearBitset(t int, acc *tile) {
	words := b.words.tile(t)
	switch b.check {
	case columnNone:
		andNotTile(acc, words)
	case columnSlices:
		var right tile
		b.slice.tile(t, &right)
		andTile(&right, words)
		andNotTile(acc, &right)
	}
}

func (b *bound) clearList(t int, acc *tile) {
	start := uint32(t * tileDocs)
	if !b.list.chunk(uint16(start >> chunkBits)) {
		return
	}
	part := b.list.part()
	pos := gallop(part, b.list.pos, uint16(start))
	end := int(uint16(start)) + tileDocs
	for ; pos < len(part) && int(part[pos]) < end; pos++ {
		if b.check == columnNone || b.right(b.ord(b.list.index(pos))) {
			acc[part[pos]/wordBits%tileWords] &^= 1 << (part[pos] % wordBits)
		}
	}
	b.list.pos = pos
}

// ord is the variant of the document of rank i.
func (b *bound) ord(i int) uint8 {
	bit := uint(i) * b.width
	col := b.col[bit>>3:]
	return uint8((uint16(col[0])|uint16(col[1])<<8)>>(bit&7)) & b.low
}

// batch takes the next documents of a list, as many as fit, of one chunk of ids
// at most.
func (b *bound) batch(out []uint32) int {
	if b.form == formIDs {
		n := copy(out, b.ids[b.at:])
		b.at += n
		return n
	}
	c := &b.list
	for c.at < len(c.heads) {
		part := c.part()
		base := uint32(c.heads[c.at].chunk) << chunkBits
		n := 0
		if b.check == columnNone {
			for _, low := range part[c.pos:min(len(part), c.pos+len(out))] {
				out[n] = base | uint32(low)
				n++
			}
			c.pos += n
		} else {
			first := c.index(0)
			for ; c.pos < len(part) && n < len(out); c.pos++ {
				if b.right(b.ord(first + c.pos)) {
					out[n] = base | uint32(part[c.pos])
					n++
				}
			}
		}
		if c.pos == len(part) {
			c.at, c.pos = c.at+1, 0
		}
		if n > 0 {
			return n
		}
	}
	return 0
}

// filter keeps the ids, which ascend from call to call, that meet the
// condition, and returns how many.
func (b *bound) filter(x *exec, ids []uint32) int {
	if len(ids) == 0 {
		return 0
	}
	switch b.form {
	case formBitset, formAll:
		return b.filterBitset(ids)
	case formIDs:
		n := 0
		for _, id := range ids {
			for b.at < len(b.ids) && b.ids[b.at] < id {
				b.at++
			}
			if (b.at < len(b.ids) && b.ids[b.at] == id) != b.not {
				ids[n] = id
				n++
			}
		}
		return n
	}
	if n, ok := b.filterScatter(x, ids); ok {
		if b.check == columnNone {
			return n
		}
		ids = ids[:n] // they are in the list; what is left is the variant
	}
	return b.filterList(ids)
}

func (b *bound) filterList(ids []uint32) (n int) {
	for _, id := range ids {
		ok := b.list.seek(id)
		if ok && b.check != columnNone {
			ok = b.right(b.ord(b.list.index(b.list.pos)))
		}
		if ok != b.not {
			ids[n] = id
			n++
		}
	}
	return n
}

func (b *bound) filterBitset(ids []uint32) (n int) {
	not := b.flip()
	switch b.check {
	case columnNone:
		for _, id := range ids {
			ids[n] = id
			n += int(b.words[id>>6]>>(id&63)&1 ^ not)
		}
	case columnSlices:
		for _, id := range ids {
			w := b.slice.word(int(id >> 6))
			if b.form == formBitset {
				w &= b.words[id>>6]
			}
			ids[n] = id
			n += int(w>>(id&63)&1 ^ not)
		}
	default:
		return b.filterColumn(ids)
	}
	return n
}

// filterColumn has no branch on what it finds: half of the documents may be
// right, in no order that a processor could guess.
func (b *bound) filterColumn(ids []uint32) (n int) {
	not := b.flip()
	if b.form == formAll {
		for _, id := range ids {
			ids[n] = id
			n += int(b.rightBit(b.ord(int(id))) ^ not)
		}
		return n
	}
	at, before := -1, 0 // how many documents are before word at
	for _, id := range ids {
		i := int(id >> 6)
		if at/tileWords != i/tileWords || at < 0 {
			at = i &^ (tileWords - 1)
			before = int(b.ranks[i/tileWords])
		}
		for ; at < i; at++ {
			before += bits.OnesCount64(b.words[at])
		}
		w := b.words[i]
		rank := before + bits.OnesCount64(w&(1<<(id&63)-1))
		ids[n] = id
		n += int(w>>(id&63)&b.rightBit(b.ord(rank)) ^ not)
	}
	return n
}

// scatterUpTo bounds how much longer than the ids a part of a list may be for
// filterScatter. Setting a bit costs a nanosecond, a step of gallop ten.
const scatterUpTo = 8

// flip is 1 where what is found is to be dropped.
func (b *bound) flip() uint64 {
	if b.not {
		return 1
	}
	return 0
}

// filterScatter spreads the part of the list that may be among the ids over a
// bitmap and tests the ids there: both loops are free of branches that a
// processor would have to guess.
func (b *bound) filterScatter(x *exec, ids []uint32) (n int, ok bool) {
	first, last := ids[0], ids[len(ids)-1]
	if len(ids) < 8 || first>>chunkBits != last>>chunkBits || b.not && b.check != columnNone {
		return 0, false
	}
	var part []uint16
	if b.list.chunk(uint16(first >> chunkBits)) {
		all := b.list.part()
		b.list.pos = gallop(all, b.list.pos, uint16(first))
		part = all[b.list.pos:min(len(all), b.list.pos+scatterUpTo*len(ids))]
		if len(part) > 0 && part[len(part)-1] < uint16(last) && b.list.pos+len(part) < len(all) {
			return 0, false
		}
		end := gallop(part, 0, uint16(last))
		if end < len(part) && part[end] == uint16(last) {
			end++
		}
		part = part[:end]
	}
	for _, low := range part {
		x.bitmap[low>>6] |= 1 << (low & 63)
	}
	not := b.flip()
	for _, id := range ids {
		low := uint16(id)
		ids[n] = id
		n += int(x.bitmap[low>>6]>>(low&63)&1 ^ not)
	}
	clear(x.bitmap[uint16(first)>>6 : int(uint16(last)>>6)+1])
	return n, true
}
