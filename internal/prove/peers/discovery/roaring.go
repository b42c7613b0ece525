package discovery

import (
	"cmp"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/modreg/modreg/internal/prove/workload"
)

// bitmaps has the modules, by rank, of each kind and capability. A capability has a bitmap for all versions, one for those
// from each major version on, and one for each version: so a lowest version is a union of eleven at most.
type bitmaps struct {
	kinds []*roaring.Bitmap
	caps  []capability
}

type capability struct {
	all      *roaring.Bitmap
	from     [workload.Majors + 1]*roaring.Bitmap
	versions [(workload.Majors + 1) * workload.Minors]*roaring.Bitmap
}

func newRoaring(all []workload.Module, caps int) *bitmaps {
	r := &bitmaps{kinds: make([]*roaring.Bitmap, workload.Kinds), caps: make([]capability, caps)}
	fresh := func(some []*roaring.Bitmap) {
		for i := range some {
			some[i] = roaring.New()
		}
	}
	fresh(r.kinds)
	for i := range r.caps {
		r.caps[i].all = roaring.New()
		fresh(r.caps[i].from[:])
		fresh(r.caps[i].versions[:])
	}
	for i, m := range all {
		id := uint32(i)
		r.kinds[m.Kind].Add(id)
		for _, provided := range m.Caps {
			c := &r.caps[provided.ID]
			c.all.Add(id)
			c.versions[provided.Version].Add(id)
			for major := int32(1); major <= provided.Version/workload.Minors; major++ {
				c.from[major].Add(id)
			}
		}
	}
	r.each(func(b *roaring.Bitmap) { b.RunOptimize() })
	return r
}

func (r *bitmaps) each(do func(b *roaring.Bitmap)) {
	for _, b := range r.kinds {
		do(b)
	}
	for i := range r.caps {
		c := &r.caps[i]
		do(c.all)
		for _, b := range c.from[1:] {
			do(b)
		}
		for _, b := range c.versions[workload.Minors:] {
			do(b)
		}
	}
}

// size returns the bytes that the bitmaps take.
func (r *bitmaps) size() int {
	n := 0
	r.each(func(b *roaring.Bitmap) { n += int(b.GetSizeInBytes()) })
	return n
}

// atLeast returns the modules that provide a capability in a version or a higher one.
func (c *capability) atLeast(v int32) *roaring.Bitmap {
	if v == 0 {
		return c.all
	}
	const step = workload.Minors
	if v%step == 0 {
		return c.from[v/step]
	}
	end := (v/step + 1) * step
	some := slices.Clone(c.versions[v:end])
	if major := end / step; major <= workload.Majors {
		some = append(some, c.from[major])
	}
	return roaring.FastOr(some...)
}

// required returns the bitmaps that a module has to be in, smallest first.
func (r *bitmaps) required(q *workload.Query) []*roaring.Bitmap {
	some := make([]*roaring.Bitmap, 0, len(q.Require)+1)
	for i, id := range q.Require {
		if i == 0 {
			some = append(some, r.caps[id].atLeast(q.Min))
		} else {
			some = append(some, r.caps[id].all)
		}
	}
	if q.Kind != workload.None {
		some = append(some, r.kinds[q.Kind])
	}
	slices.SortFunc(some, func(a, b *roaring.Bitmap) int { return cmp.Compare(a.GetCardinality(), b.GetCardinality()) })
	return some
}

// count only counts. It leaves the last step to the functions that do nothing else.
func (r *bitmaps) count(q *workload.Query, a *answer) {
	a.top = nil
	some := r.required(q)
	if q.Forbid == workload.None {
		if len(some) == 1 {
			a.count = int(some[0].GetCardinality())
			return
		}
		last := len(some) - 1
		a.count = int(intersection(some[:last]).AndCardinality(some[last]))
		return
	}
	found := intersection(some)
	a.count = int(found.GetCardinality() - found.AndCardinality(r.caps[q.Forbid].all))
}

// top makes the bitmap of all that is found and takes the first.
func (r *bitmaps) top(q *workload.Query, a *answer) {
	found := intersection(r.required(q))
	if q.Forbid != workload.None {
		found = roaring.AndNot(found, r.caps[q.Forbid].all)
	}
	for it := found.Iterator(); it.HasNext() && len(a.top) < topK; {
		a.top = append(a.top, it.Next())
	}
	a.count = int(found.GetCardinality())
}

// intersection returns what is in all of the bitmaps, of which there is one or more. It is not to be changed.
func intersection(some []*roaring.Bitmap) *roaring.Bitmap {
	if len(some) == 1 {
		return some[0]
	}
	found := roaring.And(some[0], some[1])
	for _, b := range some[2:] {
		found.And(b)
	}
	return found
}
