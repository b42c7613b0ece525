package semver

// String returns the canonical text: equal sets have equal text, and
// [ParseRange] reads it back as an equal range. Only the text of a range that
// was built by algebra can be more than ParseRange reads (4096 bytes, 64
// alternatives). The package comment explains the alternatives with "pre:".
func (r Range) String() string {
	var buf [128]byte // enough for most
	b, _ := r.append(buf[:0])
	return string(b)
}

// append appends the canonical text and returns it with the number of its
// alternatives.
func (r Range) append(b []byte) ([]byte, int) {
	if r.set == nil {
		return append(b, '*'), 1
	}
	w := rangeWriter{buf: b}
	pieces, wide := r.set.pre.byCore()
	for _, rel := range r.set.rel {
		pieces = w.releases(rel, pieces)
	}
	for _, p := range pieces {
		w.piece(p)
	}
	for _, s := range wide {
		w.wide(s)
	}
	if w.count == 0 {
		return append(w.buf, "<0.0.0-0"...), 1
	}
	return w.buf, w.count
}

// byCore cuts pre-releases where node grammar can say them, at the border
// between two cores. It returns the pieces, each within one core, and apart the
// spans over three cores or more: node grammar has no way to say them that is
// independent of their length.
func (a spans) byCore() (pieces, wide spans) {
	for _, s := range a {
		first := preOf(s.lo.core)
		second := preOf(first.hi.core)
		switch {
		case s.hi.compare(&first.hi) <= 0:
			pieces = append(pieces, s)
		case s.hi.compare(&second.hi) <= 0:
			pieces = append(pieces, span{s.lo, first.hi}, span{second.lo, s.hi})
		default:
			wide = append(wide, s)
		}
	}
	return pieces, wide
}

// rangeWriter writes alternatives.
type rangeWriter struct {
	buf   []byte
	count int
}

func (w *rangeWriter) alternative() {
	if w.count > 0 {
		w.buf = append(w.buf, " || "...)
	}
	w.count++
}

// releases writes the releases of rel. The comparator for its lower bound also
// says the pre-releases that end at that bound, the one for its upper bound those
// that start there. Other pieces up to the end of rel become alternatives of
// their own, in order. It returns the pieces that remain.
func (w *rangeWriter) releases(rel span, pieces spans) spans {
	var below, above *span
	for len(pieces) > 0 && pieces[0].lo.compareCore(rel.lo.core) <= 0 {
		if pieces[0].lo.core == rel.lo.core && pieces[0].toEnd() {
			below = &pieces[0]
		} else {
			w.piece(pieces[0])
		}
		pieces = pieces[1:]
	}
	inside := 0
	for inside < len(pieces) && pieces[inside].lo.compareCore(rel.hi.core) < 0 {
		inside++
	}
	rest := pieces[inside:]
	if len(rest) > 0 && rest[0].lo == firstPre(rel.hi.core) && !rest[0].toEnd() {
		above, rest = &rest[0], rest[1:]
	}
	w.alternative()
	w.interval(rel, below, above)
	for _, p := range pieces[:inside] {
		w.piece(p)
	}
	return rest
}

// toEnd reports whether s, a piece, holds the last pre-releases of its core.
func (s *span) toEnd() bool { return s.hi == firstPre(s.lo.next()) }

// interval writes rel with the pieces at its ends, where there are.
func (w *rangeWriter) interval(rel span, below, above *span) {
	all := allReleases()
	if below == nil && above == nil {
		switch {
		case rel == all:
			w.buf = append(w.buf, '*')
			return
		case rel.hi.core == rel.lo.next():
			w.buf = Version{core: rel.lo.core}.append(w.buf)
			return
		}
	}
	start := len(w.buf)
	switch {
	case below != nil:
		w.low(below.lo)
	case rel.lo != all.lo:
		w.low(rel.lo)
	}
	if rel.hi == all.hi {
		return
	}
	if len(w.buf) > start {
		w.buf = append(w.buf, ' ')
	}
	if above != nil {
		w.high(above.hi)
	} else {
		w.high(rel.hi)
	}
}

// piece writes pre-releases of one core as an alternative.
func (w *rangeWriter) piece(s span) {
	w.alternative()
	if s.hi.after && s.lo == preBound(s.hi.core, s.hi.pre, false) {
		w.buf = Version{core: s.hi.core, pre: s.hi.pre}.append(w.buf)
		return
	}
	w.low(s.lo)
	w.buf = append(w.buf, ' ')
	if s.toEnd() {
		w.high(bound{core: s.lo.core})
	} else {
		w.high(s.hi)
	}
}

// wide writes pre-releases of many cores as an alternative.
func (w *rangeWriter) wide(s span) {
	w.alternative()
	w.buf = append(w.buf, prePrefix...)
	all := allPre()
	if s == all {
		w.buf = append(w.buf, '*')
		return
	}
	if s.lo != all.lo {
		w.low(s.lo)
	}
	if s.hi == all.hi {
		return
	}
	if s.lo != all.lo {
		w.buf = append(w.buf, ' ')
	}
	w.high(s.hi)
}

// low writes the comparator for a lower bound. It names the first version behind
// the bound, unless that has become longer than a version may be.
func (w *rangeWriter) low(b bound) {
	start := len(w.buf)
	w.buf = b.version().append(append(w.buf, ">="...))
	if len(w.buf)-start > len(">=")+maxLength {
		w.buf = Version{core: b.core, pre: b.pre}.append(append(w.buf[:start], '>'))
	}
}

// high writes the comparator for an upper bound.
func (w *rangeWriter) high(b bound) {
	w.buf = append(w.buf, '<')
	if b.after {
		w.buf = append(w.buf, '=')
	}
	w.buf = Version{core: b.core, pre: b.pre}.append(w.buf)
}
