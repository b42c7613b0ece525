package discover

// When the index is merged. The delta becomes a segment before a walk over it
// shows in a query. A segment is merged into the next larger one when that is
// less than tierRatio times as large, so that a million documents make seven
// segments at most, and each document is merged a few times per segment on its
// way down.
const (
	deltaFull = 256 // documents
	// What an index bears while merging is under way.
	deltaMost    = 4096
	segmentsMost = 48
	tierRatio    = 4
	// rewriteOne: a segment is rewritten when one of so many documents is dead.
	rewriteOne = 3
)

// job is a piece of merging: the last segments, from one on, and perhaps the
// delta become one.
type job struct {
	from  int
	delta bool
}

// job returns the next piece of merging that the view needs.
func (v *View) job() (j job, ok bool) {
	n := len(v.segs)
	j = job{from: n, delta: v.delta.n >= deltaFull}
	size := 0 // of the segments behind i, and the delta if it is to be merged
	if j.delta {
		size = v.delta.n
	}
	for i := n - 1; i >= 0; i-- {
		if v.segs[i].live < tierRatio*size {
			j.from = i
		}
		size += v.segs[i].live
	}
	if j.delta || j.from < n {
		return j, true
	}
	for i := range v.segs {
		if s := &v.segs[i]; (len(s.segment.docs)-s.live)*rewriteOne > len(s.segment.docs) {
			return job{from: i}, true
		}
	}
	return job{}, false
}

// run does the work of a job: it builds one segment out of the documents that
// are in its parts now.
func (v *View) run(j job) *segment {
	var docs []*Doc
	if j.delta {
		docs = v.delta.all(make([]*Doc, 0, v.delta.n))
	}
	for i := len(v.segs) - 1; i >= j.from; i-- {
		docs = mergeDocs(docs, v.segs[i].liveDocs())
	}
	s := newSegment(docs)
	s.index()
	if v.opt.text {
		s.text = v.mergeText(j, s)
	}
	return s
}

// relieve merges what an index cannot bear any more: the delta, or if there are
// too many segments everything that needs it.
func (v *View) relieve() *View {
	if len(v.segs) >= segmentsMost {
		return v.tidy()
	}
	return v.finish(job{from: len(v.segs), delta: true})
}

// tidy does all the merging that the view needs.
func (v *View) tidy() *View {
	for {
		j, ok := v.job()
		if !ok {
			return v
		}
		v = v.finish(j)
	}
}

// finish does a job and returns the view after it.
func (v *View) finish(j job) *View {
	s := v.run(j)
	w := *v
	w.segs = append(v.segs[:j.from:j.from], segView{segment: s, live: len(s.docs)})
	if j.delta {
		w.delta = delta{}
	}
	w.order()
	return &w
}
