package semver

import "strings"

// bound is a position between versions: before the version core-pre or, with
// after set, behind it. A Range keeps two universes apart, and a bound belongs
// to one of them:
//
//   - among releases pre is "" and after is false: behind 1.2.3 is before 1.2.4;
//   - among pre-releases pre is never "". The version that follows 1.0.0-a
//     immediately is 1.0.0-a.0, so the position between them has two names; only
//     "after a" is used, which also keeps bounds within the length of versions.
//
// With these rules one position has one value: bounds are compared with ==,
// and between two different ones there is always a version.
type bound struct {
	core
	pre   string
	after bool
}

// firstPre is the bound before all pre-releases of c.
func firstPre(c core) bound { return bound{core: c, pre: "0"} }

// relBound is where a comparator with the version c-pre cuts the releases.
func relBound(c core, pre string, after bool) bound {
	if after && pre == "" {
		c = c.next()
	}
	return bound{core: c}
}

// preBound is where a comparator with the version c-pre cuts the pre-releases.
// A release stands behind all pre-releases of its core.
func preBound(c core, pre string, after bool) bound {
	if pre == "" {
		return firstPre(c.next())
	}
	if head, ok := strings.CutSuffix(pre, ".0"); ok && !after {
		return bound{c, head, true}
	}
	return bound{c, pre, after}
}

func (b *bound) compare(o *bound) int {
	if c := b.compareCore(o.core); c != 0 {
		return c
	}
	if c := comparePrerelease(b.pre, o.pre); c != 0 {
		return c
	}
	switch {
	case b.after == o.after:
		return 0
	case o.after:
		return -1
	}
	return 1
}

// above reports whether v lies before the position b.
func (b *bound) above(v *Version) bool {
	if c := v.compareCore(b.core); c != 0 {
		return c < 0
	}
	c := comparePrerelease(v.pre, b.pre)
	return c < 0 || c == 0 && b.after
}

// version returns the first version behind b in its universe.
func (b *bound) version() Version {
	v := Version{core: b.core, pre: b.pre}
	if b.after {
		v.pre += ".0"
	}
	return v
}
