package bm25

// TermScore is what one word contributes to the score of a document; they add up to it exactly.
type TermScore struct {
	Term      string
	Frequency float32 // how often the document has the word, weighted
	Length    float32 // the length of the document, weighted
	DF        uint32  // how many documents have the word
	IDF       float32
	Score     float32
}

// Explain returns the contributions of the words of q that a document has, in the order of the query, or none if there
// is no such document. Whether the document matches in mode All is not looked at.
func (s *Segment) Explain(q *Query, st *Stats, doc uint32) []TermScore {
	if int(doc) >= len(s.lens) {
		return nil
	}
	var tfs [MaxTerms]uint8
	c := new(cursor)
	for i, t := range q.terms {
		if at, ok := s.find(t); ok {
			c.begin(s, at)
			tfs[i], _ = c.tf(doc)
		}
	}
	return q.explain(st, &tfs, s.lens[doc])
}

// Explain is Segment.Explain for a document that is in no segment.
func (q *Query) Explain(st *Stats, t Text) []TermScore {
	tfs := q.frequencies(t)
	return q.explain(st, &tfs, quantise(t.length))
}

func (q *Query) explain(st *Stats, tfs *[MaxTerms]uint8, length uint8) (terms []TermScore) {
	n := norm(length, st.average())
	for i, t := range q.terms {
		if tfs[i] == 0 {
			continue
		}
		idf := st.idf(i)
		terms = append(terms, TermScore{
			Term:      t,
			Frequency: float32(valueOf(tfs[i])),
			Length:    float32(valueOf(length)),
			DF:        st.DF[i],
			IDF:       float32(idf) / (1 << idfBits),
			Score:     scoreOf(impact(idf, saturation(tfs[i], n))),
		})
	}
	return terms
}
