package discover

import (
	"slices"

	"github.com/modreg/modreg/internal/bm25"
)

// What a word counts depends on where it stands.
const (
	weightName        = 4
	weightCapability  = 2
	weightDescription = 1
)

// textQuery is the text of a query.
type textQuery struct {
	*bm25.Query
	any bm25.Stats // statistics of no documents, by which every word scores
}

// newTextQuery returns nil for a text without words.
//
// This is the place for synonyms and for words that are nearly right: both add
// words to the query.
func newTextQuery(text string) *textQuery {
	q := &textQuery{Query: bm25.NewQuery(text, bm25.Any)}
	if len(q.Terms()) == 0 {
		return nil
	}
	q.any.Docs, q.any.Length = 1, 1
	for i := range q.Terms() {
		q.any.DF[i] = 1
	}
	return q
}

// matches reports whether the document has one of the words.
func (q *textQuery) matches(d *Doc) bool {
	var room [16]bm25.Field
	return q.ScoreText(&q.any, d.texts(room[:0])...) > 0
}

// texts appends the parts of the document that have words.
func (d *Doc) texts(dst []bm25.Field) []bm25.Field {
	dst = append(dst, bm25.Field{Text: d.Name, Weight: weightName})
	if d.Description != "" {
		dst = append(dst, bm25.Field{Text: d.Description, Weight: weightDescription})
	}
	for i := range d.Provides {
		dst = append(dst, bm25.Field{Text: d.Provides[i].ID.Name, Weight: weightCapability})
		if space := d.Provides[i].ID.Namespace; space != "" {
			dst = append(dst, bm25.Field{Text: space, Weight: weightCapability})
		}
	}
	return dst
}

// newText analyses a document.
func newText(d *Doc) bm25.Text {
	var room [16]bm25.Field
	return bm25.NewText(d.texts(room[:0])...)
}

// buildText makes the index of the words of a segment.
func buildText(docs []*Doc) *bm25.Segment {
	var b bm25.Builder
	var fields []bm25.Field
	for i, d := range docs {
		fields = d.texts(fields[:0])
		if err := b.Add(uint32(i), fields...); err != nil {
			return nil // more words than an index holds: queries look at the documents
		}
	}
	return b.Build()
}

// mergeText makes the index of the words of s out of those of what the job
// merged into it, which is quicker than reading all texts again.
func (v *View) mergeText(j job, s *segment) *bm25.Segment {
	var sources []*bm25.Segment
	var to [][]uint32 // for each source, where its documents went, or noDoc
	for i := j.from; i < len(v.segs); i++ {
		m := &v.segs[i]
		if m.text == nil {
			return buildText(s.docs)
		}
		sources = append(sources, m.text)
		to = append(to, positions(m.segment.docs, m.dead, s.docs))
	}
	if j.delta {
		var b bm25.Builder
		docs := make([]*Doc, 0, v.delta.n)
		for _, c := range v.delta.chunks {
			for i, d := range c.docs[:c.n] {
				if b.AddText(uint32(len(docs)), c.text(i)) != nil {
					return buildText(s.docs)
				}
				docs = append(docs, d)
			}
		}
		sources = append(sources, b.Build())
		to = append(to, positions(docs, nil, s.docs))
	}
	merged, err := bm25.Merge(sources, func(source int, doc uint32) (uint32, bool) {
		id := to[source][doc]
		return id, id != noDoc
	})
	if err != nil {
		return buildText(s.docs)
	}
	return merged
}

// positions returns where in all, which is in the same order, each of the
// documents is; noDoc for the dead, which are not there.
func positions(docs []*Doc, dead tombs, all []*Doc) []uint32 {
	to := make([]uint32, len(docs))
	at := 0
	for id, d := range docs {
		to[id] = noDoc
		if dead.has(uint32(id)) {
			continue
		}
		for at < len(all) && all[at] != d {
			at++
		}
		to[id] = uint32(at)
	}
	return to
}

// textStats counts what scores depend on. The dead count too until they are
// merged away, which shifts all scores a little and together.
func (v *View) textStats(q *textQuery) (st bm25.Stats) {
	for i := range v.segs {
		s := &v.segs[i]
		if s.text != nil {
			st.Add(q.Query, s.text)
			continue
		}
		for id, d := range s.segment.docs {
			if !s.dead.has(uint32(id)) {
				st.AddText(q.Query, newText(d))
			}
		}
	}
	for _, c := range v.delta.chunks {
		for i := range c.n {
			st.AddText(q.Query, c.text(i))
		}
	}
	return st
}

// text returns the words of document i.
func (c *chunk) text(i int) bm25.Text {
	if c.texts != nil {
		return c.texts[i]
	}
	return newText(c.docs[i])
}

// searchText is Search for a query with text.
//
// This is the place for ranking the best hits again by something dearer.
func (v *View) searchText(c *Compiled, dst []Hit) []Hit {
	st := v.textStats(c.words)
	t := top{hits: dst, from: len(dst), limit: c.limit}
	x := v.exec(c)
	for i := range v.segs {
		if w := x.begin(&v.segs[i], c); w != nil {
			w.text(&st, &t)
		}
	}
	t.textOfDelta(v, c, &st)
	x.free()
	slices.SortFunc(t.hits[t.from:], func(a, b Hit) int { return compareHits(&a, &b) })
	return t.hits
}

func (v *View) countText(c *Compiled) int {
	q := *c
	q.limit, q.optional = 0, nil
	return len(v.searchText(&q, nil))
}

// text offers the hits of a segment.
func (w *walk) text(st *bm25.Stats, t *top) {
	if w.seg.text == nil {
		w.textByDoc(st, t)
		return
	}
	k := t.limit
	if k == 0 {
		k = len(w.seg.docs)
	}
	found := w.textTop(st, k, w.x.words[:0])
	for len(w.c.optional) > 0 && len(found) == k && k < len(w.seg.docs) {
		// Those of equal score are ordered by optional requirements, so all are
		// needed that score as the last one does.
		if last := len(found) - 1; t.limit > 0 && last >= t.limit && found[last].Score < found[t.limit-1].Score {
			break
		}
		k = min(4*k, len(w.seg.docs))
		w.reset(w.x, &segView{segment: w.seg, dead: w.dead}, w.c)
		w.bind()
		found = w.textTop(st, k, found[:0])
	}
	for _, h := range found {
		d := w.seg.docs[h.Doc]
		t.offer(Hit{Doc: d, Optional: w.c.welcome(d), Score: h.Score})
	}
	w.x.words = found[:0]
}

// amongOne is the share of documents that meet the other conditions below which
// it is quicker to score those than to look for the best and ask about each.
const amongOne = 1.0 / 100

// textTop finds the k best of a segment that has an index of words.
func (w *walk) textTop(st *bm25.Stats, k int, dst []bm25.Hit) []bm25.Hit {
	if w.driver != nil || w.share() < amongOne {
		at := w.next()
		return w.seg.text.SearchAmong(w.c.words.Query, st, func(from uint32) (uint32, bool) {
			for at != noDoc && (at < from || !w.speaksText(at)) {
				at = w.next()
			}
			return at, at != noDoc
		}, k, dst)
	}
	accept := func(id uint32) bool { return w.test(id) && w.speaksText(id) }
	return w.seg.text.Search(w.c.words.Query, st, accept, k, dst)
}

// textByDoc offers the hits of a segment without an index of words.
func (w *walk) textByDoc(st *bm25.Stats, t *top) {
	var fields []bm25.Field
	for id := w.next(); id != noDoc; id = w.next() {
		d := w.seg.docs[id]
		fields = d.texts(fields[:0])
		if score := w.c.words.ScoreText(st, fields...); score > 0 && w.speaksText(id) {
			t.offer(Hit{Doc: d, Optional: w.c.welcome(d), Score: score})
		}
	}
}

// test reports whether the document matches but for text and policy. Ids must
// rise from call to call.
func (w *walk) test(id uint32) bool {
	if w.dead.has(id) {
		return false
	}
	ids := [1]uint32{id}
	for _, b := range w.terms {
		if b.filter(w.x, ids[:]) == 0 {
			return false
		}
	}
	return w.ask == askNothing || w.askDocs(ids[:]) > 0
}

// speaksText reports whether the document, which matches, makes a result by the
// policy.
func (w *walk) speaksText(id uint32) bool {
	switch {
	case w.c.query.Policy == AllVersions:
		return true
	case w.seg.scattered != nil && w.seg.scattered.has(id):
	case w.seg.runs == nil || w.seg.alone(id):
		return true
	}
	d := w.seg.docs[id]
	for p := w.seg.names.find(hashString(d.Name)); ; {
		start, end, ok := w.seg.nextRun(&p, d.Name)
		if !ok {
			return true
		}
		for i := start; i < end; i++ {
			if i != id && !w.dead.has(i) && w.c.outdoes(w.seg.docs[i], d) {
				return false
			}
		}
	}
}

// outdoes reports whether e matches, text included, and speaks for the module
// rather than d.
func (c *Compiled) outdoes(e, d *Doc) bool {
	return c.better(e, d) && c.match(e) && c.words.matches(e)
}

// textOfDelta offers the hits of the delta.
func (t *top) textOfDelta(v *View, c *Compiled, st *bm25.Stats) {
	for _, k := range v.delta.chunks {
		for i, d := range k.docs[:k.n] {
			if k.signs[i]&c.need != c.need || !c.match(d) {
				continue
			}
			score := c.words.Score(st, k.text(i))
			if score == 0 || c.query.Policy != AllVersions && v.delta.outdone(c, d, k.names[i]) {
				continue
			}
			t.offer(Hit{Doc: d, Optional: c.welcome(d), Score: score})
		}
	}
}

// outdone reports whether another version speaks for the module of d.
func (x *delta) outdone(c *Compiled, d *Doc, hash uint64) bool {
	for _, k := range x.chunks {
		for i, h := range k.names[:k.n] {
			if e := k.docs[i]; h == hash && e != d && e.Name == d.Name && c.outdoes(e, d) {
				return true
			}
		}
	}
	return false
}

// explainWords returns what each word of the query contributes to d.
func (v *View) explainWords(c *Compiled, d *Doc) (words []WordScore) {
	st := v.textStats(c.words)
	for _, s := range c.words.Explain(&st, newText(d)) {
		words = append(words, WordScore{Word: s.Term, Score: s.Score, Frequency: s.Frequency, Rarity: s.IDF})
	}
	return words
}

// readText reads the index of words.
func (s *stored) readText(d *decoder) {
	t, err := bm25.Decode(d.data)
	switch {
	case err != nil:
		d.fail(err.Error())
		return
	case t.Docs() > len(s.docs):
		d.fail("has a document that is not there")
		return
	}
	d.skip(len(d.data))
	if s.opt.text {
		s.text = t
	}
}
