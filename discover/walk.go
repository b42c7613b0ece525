package discover

import "math/bits"

// A walk yields the documents of one segment that match a query, in ascending
// order of ids, which is the order of results, and only as far as it is asked.
//
// Where the rarest condition is a list, the walk takes batches of it and drops,
// one condition after the other, what does not meet it. Where all are dense it
// joins them by words, tile by tile, and skips the blocks and tiles whose
// summaries have nothing in common.
type walk struct {
	seg    *segment
	dead   tombs
	c      *Compiled
	x      *exec
	terms  []*bound // those that must hold first, the rarest first
	must   int      // how many they are
	driver *bound   // the list that is walked; nil to go by tiles
	strict bool     // the optional requirements must hold, as far as they can
	perDoc bool     // some term is left to be tested by document
	ask    uint8    // what is left to be asked of the documents

	tile int    // the next
	sum  uint64 // of its block
	acc  tile   // documents of the tile before it
	word int    // the next of acc

	size   int // of the next batch
	found  [maxBatch]uint32
	lo, hi int // what of found is still to be yielded
	runs   runState
}

const (
	askNothing = iota
	askAccept  // the query's Accept
	askAll     // everything
)

const (
	minBatch = 32
	maxBatch = 256
)

func (w *walk) reset(x *exec, v *segView, c *Compiled) {
	w.seg, w.dead, w.c, w.x = v.segment, v.dead, c, x
	w.terms, w.must, w.driver, w.strict, w.perDoc, w.ask = nil, 0, nil, false, false, askNothing
	w.tile, w.sum, w.acc, w.word = 0, 0, tile{}, tileWords
	w.size, w.lo, w.hi = minBatch, 0, 0
	w.runs = runState{pending: noDoc, peeked: noDoc}
}

// bind binds all conditions and plans the walk. It reports false if no document
// can match.
func (w *walk) bind() bool {
	from := len(w.x.terms)
	if !w.bindMust() {
		w.x.terms = w.x.terms[:from]
		return false
	}
	w.must = len(w.x.terms) - from
	for i := range w.c.forbid {
		b := w.x.bound()
		if w.seg.bindCap(w.x, &w.c.forbid[i], b) == never {
			continue
		}
		b.not = true
		if b.check == columnDocs {
			w.ask = askAll // without the documents nothing is known
			continue
		}
		w.x.terms = append(w.x.terms, b)
	}
	w.terms = w.x.terms[from:len(w.x.terms):len(w.x.terms)]
	if w.ask == askNothing && w.c.query.Accept != nil {
		w.ask = askAccept
	}
	w.plan()
	return true
}

func (w *walk) bindMust() bool {
	c, s := w.c, w.seg
	for i := range c.require {
		b := w.x.bound()
		if !w.take(s.bindCap(w.x, &c.require[i], b), b) {
			return false
		}
	}
	if w.strict {
		for i := range c.optional {
			b := w.x.bound()
			if v := s.bindCap(w.x, &c.optional[i], b); v != never {
				w.take(v, b)
			}
		}
	}
	for i := range c.fields {
		b := w.x.bound()
		if !w.take(s.bindField(w.x, &c.fields[i], b), b) {
			return false
		}
	}
	if c.exact {
		b := w.x.bound()
		if !w.take(s.bindName(w.x, c, b), b) {
			return false
		}
	} else if c.pattern {
		w.ask = askAll
	}
	if c.query.Health != 0 {
		b := w.x.bound()
		if !w.take(s.bindHealth(c.query.Health, b), b) {
			return false
		}
	}
	if c.query.ByVersion {
		b := w.x.bound()
		if !w.take(s.bindVersions(c, b), b) {
			return false
		}
	}
	if c.query.Policy == ActiveOnly {
		b := w.x.bound()
		return w.take(s.bindActive(b), b)
	}
	return true
}

// take adds a condition that must hold, and reports whether it can.
func (w *walk) take(v verdict, b *bound) bool {
	switch v {
	case never:
		return false
	case always:
		return true
	}
	if b.check == columnDocs {
		w.ask = askAll
		b.check = columnNone
		if b.form == formAll {
			return true
		}
	}
	w.x.terms = append(w.x.terms, b)
	return true
}

// before orders the conditions that must hold: those that can be walked first,
// for a walk by tiles cannot test them, then the rarest.
func (b *bound) before(o *bound) bool {
	if b.sparse() != o.sparse() {
		return b.sparse()
	}
	return b.n < o.n
}

func (b *bound) sparse() bool { return b.form == formList || b.form == formIDs }

// plan orders the conditions and chooses how to walk.
func (w *walk) plan() {
	must := w.terms[:w.must]
	for i := 1; i < len(must); i++ {
		for j := i; j > 0 && must[j].before(must[j-1]); j-- {
			must[j], must[j-1] = must[j-1], must[j]
		}
	}
	if len(must) > 0 && must[0].sparse() {
		w.driver = must[0]
		w.orderFilters()
		return
	}
	for _, b := range w.terms {
		if b.perDoc() {
			w.perDoc = true
		}
	}
}

// orderFilters orders what a walk over a list has to test: first what drops most
// for its cost.
func (w *walk) orderFilters() {
	all := float32(len(w.seg.docs))
	rest := w.terms[1:]
	for i, b := range rest {
		b.cost = b.testCost() / max(1-b.share(all), 1/all)
		for j := i; j > 0 && rest[j].cost < rest[j-1].cost; j-- {
			rest[j], rest[j-1] = rest[j-1], rest[j]
		}
	}
}

// share is what part of all documents meet the condition, as far as that is
// known beforehand.
func (b *bound) share(all float32) float32 {
	s := float32(b.n) / all
	if b.part > 0 {
		s *= b.part
	}
	if b.not {
		return 1 - s
	}
	return s
}

// share is about what part of all documents meet all conditions.
func (w *walk) share() float32 {
	s := float32(1)
	for _, b := range w.terms {
		s *= b.share(float32(len(w.seg.docs)))
	}
	return s
}

// testCost is about how many nanoseconds a test of a document takes.
func (b *bound) testCost() float32 {
	switch {
	case b.sparse():
		return 4
	case b.check == columnPacked:
		return 3
	case b.check == columnSlices:
		return 8
	}
	return 1
}

// perDoc reports whether a walk by tiles leaves the condition to be tested for
// each document.
func (b *bound) perDoc() bool {
	return b.check == columnPacked && (b.form == formBitset || b.form == formAll)
}

// next returns the next document that matches, without regard to the policy, or
// noDoc.
func (w *walk) next() uint32 {
	if w.lo == w.hi && !w.fill() {
		return noDoc
	}
	w.lo++
	return w.found[w.lo-1]
}

const noDoc = ^uint32(0)

func (w *walk) fill() bool {
	for {
		n := 0
		if w.driver != nil {
			n = w.driver.batch(w.found[:w.size])
			w.size = min(2*w.size, maxBatch)
		} else {
			n = w.words()
		}
		if n == 0 {
			return false
		}
		ids := w.found[:n]
		switch {
		case w.driver != nil:
			for _, b := range w.terms[1:] {
				ids = ids[:b.filter(w.x, ids)]
			}
			ids = ids[:w.dead.filter(ids)]
		case w.perDoc:
			for _, b := range w.terms {
				if b.perDoc() {
					ids = ids[:b.filter(w.x, ids)]
				}
			}
		}
		if w.ask != askNothing {
			ids = ids[:w.askDocs(ids)]
		}
		if len(ids) > 0 {
			w.lo, w.hi = 0, len(ids)
			return true
		}
	}
}

func (w *walk) askDocs(ids []uint32) (n int) {
	for _, id := range ids {
		d := w.seg.docs[id]
		if w.ask == askAccept && w.c.query.Accept(d) || w.ask == askAll && w.c.match(d) {
			ids[n] = id
			n++
		}
	}
	return n
}

// words takes the documents of the next words of a walk by tiles: of one, or
// where each document has to be tested, and more so the longer the walk lasts,
// of enough for a batch.
func (w *walk) words() (n int) {
	enough := 1
	if w.perDoc {
		enough = w.size / 2
		w.size = min(2*w.size, maxBatch)
	}
	for {
		for ; w.word < tileWords; w.word++ {
			if n >= enough {
				return n
			}
			base := uint32((w.tile-1)*tileDocs + w.word*wordBits)
			for acc := w.acc[w.word]; acc != 0; acc &= acc - 1 {
				w.found[n] = base + uint32(bits.TrailingZeros64(acc))
				n++
			}
		}
		if n >= enough || !w.nextTile() {
			return n
		}
	}
}

// nextTile finds the next tile with documents that meet the conditions by word.
func (w *walk) nextTile() bool {
	for w.tile < w.seg.tiles {
		in := w.tile % tileWords
		if in == 0 {
			w.sum = w.blockSum(w.tile / tileWords)
		}
		rest := w.sum >> (in * tileWords)
		if rest == 0 {
			w.tile += tileWords - in
			continue
		}
		w.tile += bits.TrailingZeros64(rest) / tileWords
		w.join(w.tile)
		w.tile++
		if !w.acc.empty() {
			w.word = 0
			return true
		}
	}
	return false
}

func (w *walk) blockSum(block int) uint64 {
	s := ^uint64(0)
	for _, b := range w.terms[:w.must] {
		if b.sums != nil {
			s &= b.sums[block]
		}
	}
	if left := w.seg.tiles - block*tileWords; left < tileWords {
		s &= 1<<(left*tileWords) - 1
	}
	return s
}

// join computes acc for a tile.
func (w *walk) join(t int) {
	acc := &w.acc
	w.all(t)
	for _, b := range w.terms[:w.must] {
		if b.form == formBitset {
			andTile(acc, b.words.tile(t))
		}
		if b.check == columnSlices && !acc.empty() {
			var right tile
			b.slice.tile(t, &right)
			andTile(acc, &right)
		}
	}
	if acc.empty() {
		return
	}
	for _, b := range w.terms[w.must:] {
		b.clear(t, acc)
	}
	if dead := w.dead.block(t / tileWords); dead != nil {
		andNotTile(acc, (*tile)(dead[t%tileWords*tileWords:]))
	}
}

// all sets acc to all documents of a tile.
func (w *walk) all(t int) {
	w.acc = fullTile()
	left := len(w.seg.docs) - t*tileDocs
	if left >= tileDocs {
		return
	}
	for i := range w.acc {
		w.acc[i] = lowBits(left - i*wordBits)
	}
}

// lowBits has the n lowest bits set, of a word.
func lowBits(n int) uint64 {
	if n <= 0 {
		return 0
	}
	return ^uint64(0) >> max(0, wordBits-n)
}
