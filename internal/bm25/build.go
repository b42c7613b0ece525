package bm25

import (
	"fmt"
	"slices"
	"strings"
)

// A segment is bounded so that offsets in it fit into 32 bits, whatever one document or one merge adds at the bound.
const (
	maxPostings  = 1 << 28 // of at most 8 bytes
	maxWordBytes = 1 << 30
)

// MaxDocs is how many documents a segment has at most.
const MaxDocs = 1 << 28

// AddError says why a Builder or Merge refused a document.
type AddError struct {
	Doc    uint32
	Reason string
}

func (e *AddError) Error() string { return fmt.Sprintf("add document %d: %s", e.Doc, e.Reason) }

// Builder collects the documents of a segment. The zero value is an empty one. It is for one goroutine.
type Builder struct {
	ids   map[string]uint32 // of words, in order of appearance
	words []string
	bytes int      // of the words
	df    []uint32 // by word
	seen  []uint32 // by word: the latest document that has it, plus one
	at    []uint32 // by word: its place among counts
	lens  []uint8  // by document

	counts []count // the words of the document that is being added

	terms []uint32 // postings in order of documents
	tfs   []uint8
	ends  []uint32 // by document: where its postings end
}

type count struct {
	word  uint32
	units uint64
}

// Add adds a document. Numbers rise; one that is left out is a document without words. The Builder keeps no texts.
// An error is an *AddError: doc is not above the one before, or beyond MaxDocs, or there are too many words
// already.
func (b *Builder) Add(doc uint32, fields ...Field) error {
	if err := b.begin(doc); err != nil {
		return err
	}
	var length uint64
	for _, f := range readable(fields) {
		w := weightUnits(f.Weight)
		s := newScanner(f.Text, MaxTokens)
		for tok, ok := s.next(); ok; tok, ok = s.next() {
			length += w
			id, known := b.ids[string(tok)]
			if !known {
				id = b.name(string(tok))
			}
			b.count(id, w)
		}
	}
	for _, c := range b.counts {
		b.post(c.word, quantise(c.units))
	}
	b.end(quantise(length))
	return nil
}

// AddText is Add for a document that has been analysed.
func (b *Builder) AddText(doc uint32, t Text) error {
	if err := b.begin(doc); err != nil {
		return err
	}
	for term := range t.terms() {
		id, known := b.ids[term.word]
		if !known {
			id = b.name(strings.Clone(term.word))
		}
		b.post(id, uint8(term.tf))
	}
	b.end(quantise(t.length))
	return nil
}

// begin checks the number of a document and fills the gap before it.
func (b *Builder) begin(doc uint32) error {
	switch {
	case int(doc) < len(b.lens):
		return &AddError{doc, "numbers have to rise"}
	case doc >= MaxDocs:
		return &AddError{doc, "too many documents"}
	case len(b.terms) > maxPostings || b.bytes > maxWordBytes:
		return &AddError{doc, "too many words"}
	}
	for len(b.lens) < int(doc) {
		b.end(0)
	}
	return nil
}

// name gives a word an id.
func (b *Builder) name(word string) uint32 {
	if b.ids == nil {
		b.ids = make(map[string]uint32)
	}
	id := uint32(len(b.words))
	b.ids[word] = id
	b.words, b.bytes = append(b.words, word), b.bytes+len(word)
	b.df, b.seen, b.at = append(b.df, 0), append(b.seen, 0), append(b.at, 0)
	return id
}

// count counts an occurrence of a word in the current document.
func (b *Builder) count(id uint32, units uint64) {
	if now := uint32(len(b.lens)) + 1; b.seen[id] != now {
		b.seen[id], b.at[id] = now, uint32(len(b.counts))
		b.counts = append(b.counts, count{word: id})
	}
	b.counts[b.at[id]].units += units
}

func (b *Builder) post(id uint32, tf uint8) {
	b.terms, b.tfs = append(b.terms, id), append(b.tfs, tf)
	b.df[id]++
}

// end closes the current document.
func (b *Builder) end(length uint8) {
	b.lens, b.ends, b.counts = append(b.lens, length), append(b.ends, uint32(len(b.terms))), b.counts[:0]
}

// Build returns the segment of the documents so far. The Builder can go on after that, with the same numbers.
func (b *Builder) Build() *Segment {
	docs, tfs, starts := b.invert()
	order := make([]uint32, len(b.words))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int { return strings.Compare(b.words[x], b.words[y]) })
	a := newAssembly(slices.Clone(b.lens), len(order))
	for _, id := range order {
		from, to := starts[id], starts[id]+b.df[id]
		a.add(b.words[id], docs[from:to], tfs[from:to])
	}
	return a.segment()
}

// invert sorts the postings by word; those of a word begin at its start.
func (b *Builder) invert() (docs []uint32, tfs []uint8, starts []uint32) {
	docs, tfs = make([]uint32, len(b.terms)), make([]uint8, len(b.terms))
	starts, next := make([]uint32, len(b.df)), make([]uint32, len(b.df))
	var sum uint32
	for id, df := range b.df {
		starts[id], next[id] = sum, sum
		sum += df
	}
	i := uint32(0)
	for doc, end := range b.ends {
		for ; i < end; i++ {
			at := &next[b.terms[i]]
			docs[*at], tfs[*at] = uint32(doc), b.tfs[i]
			*at++
		}
	}
	return docs, tfs, starts
}
