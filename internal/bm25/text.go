package bm25

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Field is a part of a document. Each of its words counts as often as Weight says, rounded to a sixteenth and at most
// 256; a Weight that is not above zero counts as 1.
type Field struct {
	Text   string
	Weight float32
}

func readable(fields []Field) []Field { return fields[:min(len(fields), MaxFields)] }

// Text is what the index knows of a document: its length and how often it has each word. It is an immutable value; the
// zero value is a document without words.
type Text struct {
	length uint64
	data   string // for each word: code of its frequency, length in bytes, bytes
}

// NewText analyses a document.
func NewText(fields ...Field) Text {
	var words []textTerm
	var total uint64
	for _, f := range readable(fields) {
		w := weightUnits(f.Weight)
		s := newScanner(f.Text, MaxTokens)
		for tok, ok := s.next(); ok; tok, ok = s.next() {
			words = append(words, textTerm{s.share(tok), w})
			total += w
		}
	}
	slices.SortFunc(words, func(a, b textTerm) int { return cmp.Compare(a.word, b.word) })
	var sb strings.Builder
	for i := 0; i < len(words); {
		w := words[i]
		for i++; i < len(words) && words[i].word == w.word; i++ {
			w.tf += words[i].tf
		}
		sb.WriteByte(quantise(w.tf))
		sb.WriteByte(uint8(len(w.word)))
		sb.WriteString(w.word)
	}
	return Text{length: unitsOf(quantise(total)), data: sb.String()}
}

// Length returns the length that scores are computed with, in the unit of Segment.TotalLength.
func (t Text) Length() uint64 { return t.length }

// textTerm is a word and its frequency: in units while it is counted, then as a code.
type textTerm struct {
	word string
	tf   uint64
}

// terms lists the words with the codes of their frequencies.
func (t Text) terms() iter.Seq[textTerm] {
	return func(yield func(textTerm) bool) {
		for s := t.data; s != ""; {
			n := 2 + int(s[1])
			if !yield(textTerm{s[2:n], uint64(s[0])}) {
				return
			}
			s = s[n:]
		}
	}
}

// Score returns the score that t would have in a segment, or 0 if it does not match.
func (q *Query) Score(st *Stats, t Text) float32 {
	tfs := q.frequencies(t)
	return q.score(st, &tfs, quantise(t.length))
}

// frequencies returns the codes of how often t has the words of q.
func (q *Query) frequencies(t Text) (tfs [MaxTerms]uint8) {
	for term := range t.terms() {
		if i := q.find(term.word); i >= 0 {
			tfs[i] = uint8(term.tf)
		}
	}
	return tfs
}

// ScoreText returns the score that a document of these fields would have in a segment, or 0 if it does not match.
// It is for a document that is scored once; otherwise NewText and Score spare reading it again. It does not allocate.
func (q *Query) ScoreText(st *Stats, fields ...Field) float32 {
	var counts [MaxTerms]uint64
	var total uint64
	for _, f := range readable(fields) {
		w := weightUnits(f.Weight)
		s := newScanner(f.Text, MaxTokens)
		for tok, ok := s.next(); ok; tok, ok = s.next() {
			total += w
			if i := q.index(tok); i >= 0 {
				counts[i] += w
			}
		}
	}
	var tfs [MaxTerms]uint8
	for i, n := range counts {
		tfs[i] = quantise(n)
	}
	return q.score(st, &tfs, quantise(total))
}

// score sums up a document with these frequencies.
func (q *Query) score(st *Stats, tfs *[MaxTerms]uint8, length uint8) float32 {
	var sum uint32
	n := norm(length, st.average())
	for i := range q.terms {
		switch {
		case tfs[i] > 0:
			sum += impact(st.idf(i), saturation(tfs[i], n))
		case q.mode == All && st.DF[i] > 0:
			return 0
		}
	}
	return scoreOf(sum)
}
