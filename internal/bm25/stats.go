package bm25

// Stats are the statistics that scores depend on, summed over everything that is searched: the same Stats for all
// segments and texts make their scores comparable. The zero value counts nothing. The fields may be set, added to and
// taken from; documents that are deleted but still in a segment may stay counted, at the cost of a slightly stale idf.
type Stats struct {
	Docs   uint64           // documents
	Length uint64           // sum of their lengths, in the unit of Segment.TotalLength
	DF     [MaxTerms]uint32 // how many of the documents have each word of the query, in the order of Query.Terms
}

// Add counts the documents of a segment.
func (st *Stats) Add(q *Query, s *Segment) {
	st.Docs += uint64(s.Docs())
	st.Length += s.total
	for i, t := range q.terms {
		st.DF[i] += uint32(s.DocFreq(t))
	}
}

// AddText counts a document that is in no segment.
func (st *Stats) AddText(q *Query, t Text) {
	st.Docs++
	st.Length += t.Length()
	for term := range t.terms() {
		if i := q.find(term.word); i >= 0 {
			st.DF[i]++
		}
	}
}

// average is the average length of a document; never 0, so that it can divide.
func (st *Stats) average() float64 {
	if st.Docs == 0 || st.Length == 0 {
		return 1
	}
	return float64(st.Length) / unit / float64(st.Docs)
}

// idf is the weight of a word of the query.
func (st *Stats) idf(i int) uint64 { return idf(st.Docs, uint64(st.DF[i])) }
