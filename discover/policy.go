package discover

// runState is where a walk stands within the versions of one module.
type runState struct {
	pending uint32 // the best version so far that matches, or noDoc
	end     uint32 // of its run
	active  bool   // it is the active one, so that none is better
	peeked  uint32 // a document read too far, or noDoc
}

// chosen returns the next document that matches and, by the policy, makes a
// result; or noDoc.
//
// All live versions of a name are in one segment. In the order of results the
// highest comes first, so that the first match of a run stands, unless the
// active version comes and matches too.
func (w *walk) chosen() uint32 {
	if w.seg.runs == nil && w.seg.scattered == nil || w.c.query.Policy == AllVersions {
		return w.next()
	}
	r := &w.runs
	for {
		id := r.peeked
		if id == noDoc {
			id = w.next()
		}
		r.peeked = noDoc
		switch {
		case r.pending != noDoc && id < r.end: // noDoc is beyond any end
			if !r.active && w.seg.isActive(id) {
				r.pending, r.active = id, true
			}
		case r.pending != noDoc:
			done := r.pending
			r.pending, r.peeked = noDoc, id
			return done
		case id == noDoc:
			return noDoc
		case w.seg.scattered != nil && w.seg.scattered.has(id):
			if w.speaks(id) {
				return id
			}
		case w.seg.runs == nil || w.seg.alone(id):
			return id
		default:
			r.pending, r.end, r.active = id, w.seg.run(id), w.seg.isActive(id)
		}
	}
}

// speaksAlone is speaks for any document.
func (w *walk) speaksAlone(id uint32) bool {
	several := w.seg.scattered != nil && w.seg.scattered.has(id) || w.seg.runs != nil && !w.seg.alone(id)
	return !several || w.speaks(id)
}

// speaks reports whether the document, whose name has several runs, is the one
// of its name that makes the result.
func (w *walk) speaks(id uint32) bool {
	name := w.seg.docs[id].Name
	best := noDoc
	for p := w.seg.names.find(hashString(name)); ; {
		start, end, ok := w.seg.nextRun(&p, name)
		if !ok {
			return best == id
		}
		for i := start; i < end; i++ {
			if w.dead.has(i) || !w.c.match(w.seg.docs[i]) {
				continue
			}
			if best == noDoc || w.c.better(w.seg.docs[i], w.seg.docs[best]) {
				best = i
			}
		}
	}
}

// better reports whether d, rather than e, speaks for the module of both, where
// both match.
func (c *Compiled) better(d, e *Doc) bool {
	switch {
	case d.Active != e.Active:
		return d.Active
	case d.Active && compareDocs(d, e) != 0:
		return compareDocs(d, e) < 0
	}
	return d.Version.Compare(e.Version) > 0
}
