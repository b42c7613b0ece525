package semver

import "slices"

// span holds the versions of one universe from lo up to, not including, hi. It
// is empty unless lo is before hi.
type span struct{ lo, hi bound }

// allReleases and allPre are the universes. Major 2^53 is no version, so it is
// the end of each.
func allReleases() span { return span{hi: bound{core: core{major: maxNumber + 1}}} }

func allPre() span { return span{firstPre(core{}), firstPre(core{major: maxNumber + 1})} }

// preOf holds the pre-releases of c.
func preOf(c core) span { return span{firstPre(c), firstPre(c.next())} }

func (s *span) empty() bool { return s.lo.compare(&s.hi) >= 0 }

func (s span) intersect(o span) span {
	if s.lo.compare(&o.lo) < 0 {
		s.lo = o.lo
	}
	if s.hi.compare(&o.hi) > 0 {
		s.hi = o.hi
	}
	return s
}

// spans is a set of versions of one universe: spans that are not empty, in
// order, and with a gap between neighbours. Equal sets are equal slices.
type spans []span

// join makes spans of any list, which it takes over.
func join(list []span) spans {
	list = slices.DeleteFunc(list, func(s span) bool { return s.empty() })
	slices.SortFunc(list, func(a, b span) int { return a.lo.compare(&b.lo) })
	out := list[:0]
	for _, s := range list {
		if n := len(out); n > 0 && s.lo.compare(&out[n-1].hi) <= 0 {
			if out[n-1].hi.compare(&s.hi) < 0 {
				out[n-1].hi = s.hi
			}
			continue
		}
		out = append(out, s)
	}
	return out
}

func (a spans) union(b spans) spans {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0:
		return a
	}
	return join(slices.Concat(a, b))
}

func (a spans) intersect(b spans) spans {
	var out spans
	for len(a) > 0 && len(b) > 0 {
		if s := a[0].intersect(b[0]); !s.empty() {
			out = append(out, s)
		}
		if a[0].hi.compare(&b[0].hi) < 0 {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}

// complement returns what of the universe all is not in a.
func (a spans) complement(all span) spans {
	out := make(spans, 0, len(a)+1)
	gap := all
	for _, s := range a {
		gap.hi = s.lo
		if !gap.empty() {
			out = append(out, gap)
		}
		gap.lo = s.hi
	}
	gap.hi = all.hi
	if !gap.empty() {
		out = append(out, gap)
	}
	return out
}

func (a spans) subset(of spans) bool {
	for i := range a {
		for len(of) > 0 && of[0].hi.compare(&a[i].lo) <= 0 {
			of = of[1:]
		}
		if len(of) == 0 || of[0].lo.compare(&a[i].lo) > 0 || of[0].hi.compare(&a[i].hi) < 0 {
			return false
		}
	}
	return true
}

func (a spans) equal(b spans) bool { return slices.Equal(a, b) }

// contains finds the first span that ends behind v and asks whether it has begun.
func (a spans) contains(v *Version) bool {
	lo, hi := 0, len(a)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		if a[mid].hi.above(v) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo < len(a) && !a[lo].lo.above(v)
}
