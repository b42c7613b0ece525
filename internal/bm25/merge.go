package bm25

import "slices"

// Merge returns one segment of the documents of several. remap gives the number of a document in the new segment, or
// false to leave it out; it is called once for each, and no two may get the same number. Numbers that nobody gets are of
// documents without words. An error is an *AddError: a number is given twice or beyond MaxDocs, or the segments have too
// many words together.
func Merge(sources []*Segment, remap func(source int, doc uint32) (uint32, bool)) (*Segment, error) {
	m := merger{sources: sources, next: make([]int, len(sources)), numbers: make([][]uint32, len(sources))}
	lens, err := m.renumber(remap)
	if err != nil {
		return nil, err
	}
	words, postings, bytes := 0, 0, 0
	for _, s := range sources {
		words, bytes = max(words, len(s.entries)), bytes+len(s.text)
		for i := range s.entries {
			df, _ := s.list(i)
			postings += df
		}
	}
	if postings > maxPostings || bytes > maxWordBytes {
		return nil, &AddError{uint32(len(lens)), "too many words"}
	}
	a := newAssembly(lens, words)
	for word, ok := m.collect(); ok; word, ok = m.collect() {
		if len(m.docs) > 0 {
			a.add(word, m.docs, m.tfs)
		}
	}
	return a.segment(), nil
}

// dropped is the new number of a document that is left out.
const dropped = ^uint32(0)

type merger struct {
	sources []*Segment
	next    []int      // by source: the next word
	numbers [][]uint32 // by source: the new numbers

	found []uint64 // postings of the current word: number, then code of frequency
	docs  []uint32
	tfs   []uint8
}

// renumber asks for all new numbers, and returns the lengths by them.
func (m *merger) renumber(remap func(source int, doc uint32) (uint32, bool)) (lens []uint8, err error) {
	size := 0
	for i, s := range m.sources {
		m.numbers[i] = make([]uint32, len(s.lens))
		for doc := range s.lens {
			to, ok := remap(i, uint32(doc))
			switch {
			case !ok:
				to = dropped
			case to >= MaxDocs:
				return nil, &AddError{to, "too many documents"}
			default:
				size = max(size, int(to)+1)
			}
			m.numbers[i][doc] = to
		}
	}
	lens = make([]uint8, size)
	taken := make([]bool, size)
	for i, s := range m.sources {
		for doc, to := range m.numbers[i] {
			if to == dropped {
				continue
			}
			if taken[to] {
				return nil, &AddError{to, "two documents of one number"}
			}
			lens[to], taken[to] = s.lens[doc], true
		}
	}
	return lens, nil
}

// collect takes the postings of the next word out of all sources.
func (m *merger) collect() (word string, ok bool) {
	for i, s := range m.sources {
		if m.next[i] < len(s.entries) {
			if w := s.word(m.next[i]); !ok || w < word {
				word, ok = w, true
			}
		}
	}
	m.found = m.found[:0]
	for i, s := range m.sources {
		if m.next[i] < len(s.entries) && s.word(m.next[i]) == word {
			m.take(i)
			m.next[i]++
		}
	}
	if !slices.IsSorted(m.found) {
		slices.Sort(m.found)
	}
	m.docs, m.tfs = m.docs[:0], m.tfs[:0]
	for _, p := range m.found {
		m.docs, m.tfs = append(m.docs, uint32(p>>8)), append(m.tfs, uint8(p))
	}
	return word, ok
}

// take finds the postings of the next word of a source.
func (m *merger) take(i int) {
	var c cursor
	c.begin(m.sources[i], m.next[i])
	for ; !c.done(); c.enter(c.b + 1) {
		c.unpack()
		for j, doc := range c.docs {
			if to := m.numbers[i][doc]; to != dropped {
				m.found = append(m.found, uint64(to)<<8|uint64(c.head.tf(j)))
			}
		}
	}
}
