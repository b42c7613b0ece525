package bm25

import (
	"encoding/binary"
	"slices"
	"strings"
)

// Segment is an immutable index of some documents, numbered from 0. It is safe for concurrent use.
type Segment struct {
	lens    []uint8 // by document: the code of its length, 0 for one without words
	total   uint64  // sum of the lengths in units
	text    string  // all words in order, one after the other
	entries []entry // by word
	blocks  []block
	data    []byte // lists of postings, and padding bytes
}

// entry is a word of the dictionary.
type entry struct {
	end uint32 // of its text
	off uint32 // of its list in data
}

// Docs returns the number of documents, those without words included.
func (s *Segment) Docs() int { return len(s.lens) }

// TotalLength returns the sum of the lengths of all documents, as Stats.Length has it: in sixteenths of a word with
// weight 1, each length rounded to what scores are computed with.
func (s *Segment) TotalLength() uint64 { return s.total }

// DocFreq returns how many documents have a word, given as Tokens returns it.
func (s *Segment) DocFreq(term string) int {
	i, ok := s.find(term)
	if !ok {
		return 0
	}
	df, _ := s.list(i)
	return df
}

// Terms returns the number of different words.
func (s *Segment) Terms() int { return len(s.entries) }

const (
	entryBytes = 8  // of an entry
	tableBytes = 12 // of a block in the table
)

// SizeBytes returns the memory that the segment holds, without that of searches.
func (s *Segment) SizeBytes() int {
	return len(s.lens) + len(s.text) + len(s.data) + len(s.entries)*entryBytes + len(s.blocks)*tableBytes
}

func (s *Segment) word(i int) string {
	start := uint32(0)
	if i > 0 {
		start = s.entries[i-1].end
	}
	return s.text[start:s.entries[i].end]
}

// find returns the place of a word in the dictionary.
func (s *Segment) find(term string) (int, bool) {
	lo, hi := 0, len(s.entries)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		switch c := strings.Compare(s.word(mid), term); {
		case c < 0:
			lo = mid + 1
		case c > 0:
			hi = mid
		default:
			return mid, true
		}
	}
	return lo, false
}

// list returns how many postings word i has, and the rest of its list.
func (s *Segment) list(i int) (df int, rest []byte) {
	data := s.data[s.entries[i].off:]
	n, size := binary.Uvarint(data)
	return int(n), data[size:]
}

// average is the average length of a document; never 0.
func (s *Segment) average() float64 {
	st := Stats{Docs: uint64(len(s.lens)), Length: s.total}
	return st.average()
}

// newSegment returns a segment of documents of these lengths, with room for words.
func newSegment(lens []uint8, words int) *Segment {
	s := &Segment{lens: lens, entries: make([]entry, 0, words)}
	for _, length := range lens {
		s.total += unitsOf(length)
	}
	return s
}

// assembly makes a segment, word by word.
type assembly struct {
	s       *Segment
	average float64
	text    strings.Builder
	list    postings
}

func newAssembly(lens []uint8, words int) *assembly {
	s := newSegment(lens, words)
	return &assembly{s: s, average: s.average()}
}

// add adds the next word of the dictionary with its postings, at least one.
func (a *assembly) add(word string, docs []uint32, tfs []uint8) {
	a.text.WriteString(word)
	off := a.list.add(docs, tfs, a.s.lens, a.average)
	a.s.entries = append(a.s.entries, entry{uint32(a.text.Len()), off})
}

func (a *assembly) segment() *Segment {
	s := a.s
	s.lens, s.entries, s.blocks = slices.Clip(s.lens), slices.Clip(s.entries), slices.Clip(a.list.blocks)
	s.text = a.text.String()
	s.data = append(make([]byte, 0, len(a.list.data)+padding), a.list.data...)
	s.data = s.data[:len(a.list.data)+padding]
	return s
}
