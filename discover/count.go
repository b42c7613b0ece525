package discover

import "math/bits"

// Count returns the number of hits that [View.All] would yield without a limit.
// It is exact.
func (v *View) Count(c *Compiled) int {
	switch {
	case c.nothing:
		return 0
	case c.words != nil:
		return v.countText(c)
	}
	x := v.exec(c)
	n := 0
	for i := range v.segs {
		if w := x.begin(&v.segs[i], c); w != nil {
			n += w.count()
		}
	}
	for w := (deltaWalk{delta: &v.delta, c: c}); w.chosen() != nil; {
		n++
	}
	x.free()
	return n
}

// count counts what chosen would yield.
func (w *walk) count() (n int) {
	byRun := w.c.query.Policy != AllVersions && (w.seg.runs != nil || w.seg.scattered != nil)
	byTile := w.driver == nil && !w.perDoc && w.ask == askNothing
	switch {
	case byRun && byTile && w.seg.scattered == nil:
		return w.countRuns()
	case byRun:
		for w.chosen() != noDoc {
			n++
		}
	case byTile:
		for w.nextTile() {
			n += countTile(&w.acc)
		}
	default:
		for w.fill() {
			n += w.hi
		}
	}
	return n
}

// countRuns counts the runs that have a document which matches. Within a run all
// bits but the last are added to all ones, so that a carry arrives at the last
// one if there was a match before it.
func (w *walk) countRuns() (n int) {
	var carry uint64
	after := 0 // the tile that carry goes into
	for w.nextTile() {
		t := w.tile - 1
		if carry != 0 && t != after && w.seg.runs.next(uint32(after*tileDocs), uint32(len(w.seg.docs))) <= uint32(t*tileDocs) {
			n++
			carry = 0
		}
		for i, m := range w.acc {
			last := w.seg.lastOfRuns(t*tileWords + i)
			var sum uint64
			sum, carry = bits.Add64(m&^last, ^last, carry)
			n += bits.OnesCount64((sum | m) & last)
		}
		after = t + 1
	}
	if carry != 0 {
		n++
	}
	return n
}

// lastOfRuns has the documents of word i that end a run.
func (s *segment) lastOfRuns(i int) uint64 {
	next := uint64(1) // the end of the segment
	if i+1 < len(s.runs) {
		next = s.runs[i+1]
	}
	return s.runs[i]>>1 | next<<63
}
