package semver

// Range is an immutable set of versions. The zero value is "*": every release
// and no pre-release. Ranges are compared with [Range.Equal], not with ==.
type Range struct {
	// set is nil for "*", and only for it.
	set *set
}

// set is a Range as two sets, because the rule for pre-releases makes them
// independent of the releases around them.
type set struct{ rel, pre spans }

func newRange(rel, pre spans) Range {
	if len(pre) == 0 && len(rel) == 1 && rel[0] == allReleases() {
		return Range{}
	}
	return Range{&set{rel, pre}}
}

func (r Range) parts() (rel, pre spans) {
	if r.set == nil {
		return spans{allReleases()}, nil
	}
	return r.set.rel, r.set.pre
}

// Exactly returns the range that holds v and, as build metadata is ignored, all
// versions of its precedence.
func Exactly(v Version) Range {
	if v.pre != "" {
		return newRange(nil, spans{{preBound(v.core, v.pre, false), preBound(v.core, v.pre, true)}})
	}
	return newRange(spans{{relBound(v.core, "", false), relBound(v.core, "", true)}}, nil)
}

// None returns the empty range; its text is "<0.0.0-0".
func None() Range { return newRange(nil, nil) }

// Contains reports whether v is in the range. It takes a binary search and does
// not allocate.
func (r Range) Contains(v Version) bool {
	switch {
	case r.set == nil:
		return v.pre == ""
	case v.pre == "":
		return r.set.rel.contains(&v)
	}
	return r.set.pre.contains(&v)
}

// Intersect returns the versions that are in both ranges.
func (r Range) Intersect(o Range) Range {
	rel, pre := r.parts()
	oRel, oPre := o.parts()
	return newRange(rel.intersect(oRel), pre.intersect(oPre))
}

// Union returns the versions that are in at least one of the ranges.
func (r Range) Union(o Range) Range {
	rel, pre := r.parts()
	oRel, oPre := o.parts()
	return newRange(rel.union(oRel), pre.union(oPre))
}

// Complement returns the versions, releases and pre-releases, that are not in
// the range. So the complement of "*" holds all pre-releases.
func (r Range) Complement() Range {
	rel, pre := r.parts()
	return newRange(rel.complement(allReleases()), pre.complement(allPre()))
}

// Equal reports whether both ranges hold the same versions.
func (r Range) Equal(o Range) bool {
	if r.set == nil || o.set == nil {
		return r.set == o.set
	}
	return r.set.rel.equal(o.set.rel) && r.set.pre.equal(o.set.pre)
}

// Subset reports whether every version of r is in of.
func (r Range) Subset(of Range) bool {
	rel, pre := r.parts()
	ofRel, ofPre := of.parts()
	return rel.subset(ofRel) && pre.subset(ofPre)
}

// IsEmpty reports whether the range holds no version.
func (r Range) IsEmpty() bool {
	return r.set != nil && len(r.set.rel) == 0 && len(r.set.pre) == 0
}

// IsAny reports whether the range is "*", the zero value: it holds every
// release and no pre-release.
func (r Range) IsAny() bool { return r.set == nil }

// AppendText appends the canonical text of r to b, as [encoding.TextAppender].
// The error is always nil.
func (r Range) AppendText(b []byte) ([]byte, error) {
	b, _ = r.append(b)
	return b, nil
}

// MarshalText returns the canonical text, as [encoding.TextMarshaler]. The error
// is always nil.
func (r Range) MarshalText() ([]byte, error) { return r.AppendText(nil) }

// UnmarshalText sets r to the parsed text, as [encoding.TextUnmarshaler]. It
// returns the errors of [ParseRange] and then leaves r unchanged.
func (r *Range) UnmarshalText(text []byte) error {
	o, err := ParseRange(string(text))
	if err != nil {
		return err
	}
	*r = o
	return nil
}
