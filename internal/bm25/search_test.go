package bm25

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// corpus is random documents, cut into segments and a rest that is in none.
type corpus struct {
	oracle
	fields   [][]Field
	segments []*Segment
	starts   []int // of the segments and, last, of the rest
	words    vocabulary
}

func newCorpus(tb testing.TB, rng *rand.Rand, docs int) *corpus {
	tb.Helper()
	c := &corpus{words: vocabulary{rng, 1 + 4*rng.Float64(), 2 + rng.Float64()*rng.Float64()*2000}}
	longest, stretch := 1+rng.IntN(40), docs
	if rng.IntN(2) == 0 {
		stretch = 1 + rng.IntN(1000) // neighbours are alike, so that bounds of blocks differ
	}
	weights := []float32{0, 1, 3, 0.5, 2.37}
	for i := range docs {
		if i%stretch == stretch-1 {
			longest, c.words.skew = 1+rng.IntN(40), 1+4*rng.Float64()
		}
		fields := make([]Field, rng.IntN(4))
		for i := range fields {
			fields[i] = Field{c.words.text(rng.IntN(longest)), weights[rng.IntN(1+i*2)]}
		}
		c.fields = append(c.fields, fields)
		c.docs = append(c.docs, oracleAnalyse(fields))
	}
	cuts := []int{0, rng.IntN(docs + 1), rng.IntN(docs + 1), rng.IntN(docs + 1)}
	slices.Sort(cuts)
	c.starts = cuts
	for i, start := range cuts[:3] {
		c.segments = append(c.segments, c.build(tb, start, cuts[i+1]))
	}
	return c
}

func (c *corpus) build(tb testing.TB, from, to int) *Segment {
	tb.Helper()
	var b Builder
	for i, fields := range c.fields[from:to] {
		var err error
		if i%2 == 0 {
			err = b.Add(uint32(i), fields...)
		} else {
			err = b.AddText(uint32(i), NewText(fields...))
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	return b.Build()
}

func (c *corpus) stats(q *Query) *Stats {
	st := new(Stats)
	for _, s := range c.segments {
		st.Add(q, s)
	}
	for _, fields := range c.fields[c.starts[3]:] {
		st.AddText(q, NewText(fields...))
	}
	return st
}

func (c *corpus) query(rng *rand.Rand) *Query {
	text := "unheard "
	for range 1 + rng.IntN(4)*rng.IntN(7) {
		text += c.words.word() + " "
	}
	return NewQuery(text, Mode(rng.IntN(2)))
}

// filter returns a random filter and what it lets through below docs, or nil for both.
func filter(rng *rand.Rand, docs int) (accept func(uint32) bool, among func(uint32) (uint32, bool)) {
	rare, seed := rng.IntN(3)*rng.IntN(40), rng.Uint32()
	accept = func(doc uint32) bool {
		return rare == 0 || (doc*2654435761^seed)%uint32(rare) == 0
	}
	among = func(from uint32) (uint32, bool) {
		for ; int(from) < docs; from++ {
			if accept(from) {
				return from, true
			}
		}
		return 0, false
	}
	return accept, among
}

func TestSegmentSearch_isExact(t *testing.T) {
	t.Parallel()
	for seed := range fewer(40) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			t.Parallel()
			rng := rand.New(rand.NewPCG(seed, 1))
			c := newCorpus(t, rng, 1+rng.IntN(20)*rng.IntN(20)*rng.IntN(20))
			for range 40 {
				checkQuery(t, c, rng)
			}
		})
	}
}

// Here blocks span more documents than are scored at once.
func TestSegmentSearch_isExactForRareWords(t *testing.T) {
	t.Parallel()
	for seed := range fewer(5) {
		rng := rand.New(rand.NewPCG(seed, 6))
		c := &corpus{words: vocabulary{rng, 1 + rng.Float64(), 30 + 300*rng.Float64()}}
		docs := 12_000 + rng.IntN(8_000)
		for range docs {
			fields := []Field{{Text: c.words.text(1 + rng.IntN(3))}}
			c.fields, c.docs = append(c.fields, fields), append(c.docs, oracleAnalyse(fields))
		}
		c.starts = []int{0, docs, docs, docs}
		c.segments = []*Segment{c.build(t, 0, docs)}
		for range 8 {
			checkQuery(t, c, rng)
		}
	}
}

// The second document with both words is the better one, by little, and the block of the common word in which the search
// for it begins has only long documents: a bound must not be taken from that block alone.
func TestSegmentSearch_boundsWholeWindows(t *testing.T) {
	t.Parallel()
	var b Builder
	for doc := range uint32(4000) {
		switch {
		case doc == 0:
			add(t, &b, doc, Field{Text: "rare common filler filler"})
		case doc == 2000:
			add(t, &b, doc, Field{Text: "rare common filler"})
		case doc%5 == 0:
			add(t, &b, doc, Field{Text: "common" + strings.Repeat(" filler", 60)})
		default:
			add(t, &b, doc, Field{Text: strings.Repeat("filler ", 60)})
		}
	}
	s := b.Build()
	q := NewQuery("rare common", Any)
	var st Stats
	st.Add(q, s)
	if hits := s.Search(q, &st, nil, 1, nil); len(hits) != 1 || hits[0].Doc != 2000 {
		t.Errorf("hits %v", hits)
	}
}

// fewer returns how many random cases to try: the race detector has enough of a part.
func fewer(n uint64) uint64 {
	if raceEnabled {
		return n / 5
	}
	return n
}

func checkQuery(t *testing.T, c *corpus, rng *rand.Rand) {
	t.Helper()
	q := c.query(rng)
	st := c.stats(q)
	k := 1 + rng.IntN(50)
	scores := c.scores(q.Terms(), q.Mode() == All)
	prefix := []Hit{{7, 7}}
	for i, s := range c.segments {
		accept, among := filter(rng, s.Docs())
		want := append(prefix, best(scores, c.starts[i], c.starts[i+1], accept, k)...)
		if got := s.Search(q, st, accept, k, prefix); !slices.Equal(got, want) {
			t.Fatalf("Search(%q, mode %d, k %d) = %v, want %v", q.Terms(), q.Mode(), k, got, want)
		}
		if got := s.SearchAmong(q, st, among, k, prefix); !slices.Equal(got, want) {
			t.Fatalf("SearchAmong(%q, mode %d, k %d) = %v, want %v", q.Terms(), q.Mode(), k, got, want)
		}
		want = append(prefix, best(scores, c.starts[i], c.starts[i+1], nil, k)...)
		if got := s.Search(q, st, nil, k, prefix); !slices.Equal(got, want) {
			t.Fatalf("Search(%q, mode %d, k %d) = %v, want %v", q.Terms(), q.Mode(), k, got, want)
		}
	}
	for i := c.starts[3]; i < len(c.fields); i++ {
		got, text := q.ScoreText(st, c.fields[i]...), q.Score(st, NewText(c.fields[i]...))
		if got != scores[i] || text != got {
			t.Fatalf("document %d, %q: ScoreText %v, Score %v, want %v", i, q.Terms(), got, text, scores[i])
		}
	}
}
