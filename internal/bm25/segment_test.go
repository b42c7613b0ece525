package bm25

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"unsafe"
)

func TestSegment_counts(t *testing.T) {
	t.Parallel()
	var b Builder
	add(t, &b, 0, Field{Text: "process text, text"}, Field{Text: "Text", Weight: 2.5})
	add(t, &b, 3, Field{Text: "other"})
	s := b.Build()
	if s.Docs() != 4 || s.Terms() != 3 || s.DocFreq("text") != 1 || s.DocFreq("Text") != 0 || s.DocFreq("z") != 0 {
		t.Errorf("documents %d, words %d, text %d", s.Docs(), s.Terms(), s.DocFreq("text"))
	}
	if want := uint64(5.5*16 + 16); s.TotalLength() != want {
		t.Errorf("length %d, want %d", s.TotalLength(), want)
	}
	add(t, &b, 4, Field{Text: "text"})
	if later := b.Build(); later.DocFreq("text") != 2 || s.DocFreq("text") != 1 {
		t.Error("a builder that goes on changes the segment, or does not go on")
	}
}

func add(t *testing.T, b *Builder, doc uint32, fields ...Field) {
	t.Helper()
	if err := b.Add(doc, fields...); err != nil {
		t.Fatal(err)
	}
}

func TestBuilder_refuses(t *testing.T) {
	t.Parallel()
	var b Builder
	add(t, &b, 5, Field{Text: "a"})
	for _, doc := range []uint32{0, 5, MaxDocs, math.MaxUint32} {
		var e *AddError
		if err := b.Add(doc, Field{Text: "b"}); !errors.As(err, &e) || e.Doc != doc || e.Error() == "" {
			t.Errorf("Add(%d): %v", doc, err)
		}
		if err := b.AddText(doc, NewText(Field{Text: "b"})); !errors.As(err, &e) {
			t.Errorf("AddText(%d): %v", doc, err)
		}
	}
	if s := b.Build(); s.Docs() != 6 || s.Terms() != 1 {
		t.Errorf("%d documents, %d words", s.Docs(), s.Terms())
	}
}

func TestSegment_withoutDocuments(t *testing.T) {
	t.Parallel()
	var b Builder
	s := b.Build()
	q := NewQuery("a", Any)
	st := Stats{}
	st.Add(q, s)
	if hits := s.Search(q, &st, nil, 9, nil); hits != nil {
		t.Errorf("hits %v", hits)
	}
	if s.Explain(q, &st, 0) != nil || q.ScoreText(&st, Field{Text: "b"}) != 0 {
		t.Error("something has a score")
	}
	if got := q.ScoreText(&st, Field{Text: "a"}); !(got > 0) || math.IsInf(float64(got), 0) {
		t.Errorf("score %v without statistics", got)
	}
}

func TestSegmentSearch_withoutQuestion(t *testing.T) {
	t.Parallel()
	var b Builder
	add(t, &b, 0, Field{Text: "a"})
	s := b.Build()
	for _, mode := range []Mode{Any, All} {
		for _, text := range []string{"", "..", "unheard"} {
			q := NewQuery(text, mode)
			var st Stats
			st.Add(q, s)
			if hits := s.Search(q, &st, nil, 9, nil); hits != nil {
				t.Errorf("%q, mode %d: hits %v", text, mode, hits)
			}
		}
		q := NewQuery("a", mode)
		st := Stats{}
		st.Add(q, s)
		for _, k := range []int{0, -1} {
			if hits := s.Search(q, &st, nil, k, nil); hits != nil {
				t.Errorf("hits for k = %d: %v", k, hits)
			}
		}
	}
}

// Statistics need not fit the segment, for example when they are older: the search has to be exact all the same.
func TestSegmentSearch_withOtherStats(t *testing.T) {
	t.Parallel()
	for seed := range fewer(20) {
		rng := rand.New(rand.NewPCG(seed, 9))
		c := newCorpus(t, rng, 1+rng.IntN(3000))
		s := c.build(t, 0, len(c.fields))
		for range 20 {
			q := c.query(rng)
			st := &Stats{Docs: rng.Uint64N(9000), Length: rng.Uint64N(1 << rng.IntN(40))}
			for i := range st.DF {
				st.DF[i] = rng.Uint32N(5000)
			}
			k := 1 + rng.IntN(20)
			var want []Hit
			for doc, fields := range c.fields {
				if score := q.ScoreText(st, fields...); score > 0 {
					want = append(want, Hit{uint32(doc), score})
				}
			}
			slices.SortFunc(want, compare)
			want = want[:min(k, len(want))]
			if got := s.Search(q, st, nil, k, nil); !slices.Equal(got, want) {
				t.Fatalf("seed %d, Search(%q, %+v) = %v, want %v", seed, q.Terms(), st, got, want)
			}
		}
	}
}

// The score that is computed in whole numbers is the formula of the package comment.
func TestScore_isBM25(t *testing.T) {
	t.Parallel()
	docs := []string{"a b", "a a c", "b b b b", "c a", "d"}
	var b Builder
	for i, d := range docs {
		add(t, &b, uint32(i), Field{Text: d})
	}
	s := b.Build()
	q := NewQuery("a b", Any)
	var st Stats
	st.Add(q, s)
	for _, h := range s.Search(q, &st, nil, 9, nil) {
		want, words := 0.0, strings.Fields(docs[h.Doc])
		for _, w := range []string{"a", "b"} {
			tf, df, average := float64(strings.Count(docs[h.Doc], w)), map[string]float64{"a": 3, "b": 2}[w], 12.0/5
			idf := math.Log(1 + (5-df+0.5)/(df+0.5))
			want += idf * tf * 2.2 / (tf + 1.2*(0.25+0.75*float64(len(words))/average))
		}
		if math.Abs(float64(h.Score)-want) > 3.0/8192 {
			t.Errorf("document %d has %v, want %v", h.Doc, h.Score, want)
		}
	}
}

func TestSegmentSearch_doesNotAllocate(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	c := newCorpus(t, rng, 3000)
	s := c.build(t, 0, len(c.fields))
	q := NewQuery("waaa wbaa wcaa", Any)
	fields := c.fields[0]
	hits, text := make([]Hit, 0, 20), NewText(fields...)
	among := func(from uint32) (uint32, bool) { return from, true }
	n := testing.AllocsPerRun(100, func() {
		q.Set("waaa wbaa wcaa", Any)
		var st Stats
		st.Add(q, s)
		hits = s.Search(q, &st, nil, 20, hits[:0])
		hits = s.SearchAmong(q, &st, among, 20, hits[:0])
		st.AddText(q, text)
		q.ScoreText(&st, fields...)
		q.Score(&st, text)
	})
	if n >= 1 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}

func TestSegmentSearch_isConcurrent(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(2, 1))
	c := newCorpus(t, rng, 2000)
	s := c.build(t, 0, len(c.fields))
	q := c.query(rng)
	st := c.stats(q)
	want := s.Search(q, st, nil, 20, nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				if got := s.Search(q, st, nil, 20, nil); !slices.Equal(got, want) {
					t.Errorf("got %v, want %v", got, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestQuery_hasLimits(t *testing.T) {
	t.Parallel()
	var sb strings.Builder
	for i := range 100 {
		fmt.Fprintf(&sb, "w%d W%d ", i, i)
	}
	if got := NewQuery(sb.String(), All); len(got.Terms()) != MaxTerms || got.Terms()[31] != "w31" || got.Mode() != All {
		t.Errorf("words %q", got.Terms())
	}
	if got := NewQuery(strings.Repeat("a ", maxQueryTokens)+"b", Any); len(got.Terms()) != 1 {
		t.Errorf("words %q", got.Terms())
	}
}

func TestSegmentSizeBytes(t *testing.T) {
	t.Parallel()
	if unsafe.Sizeof(entry{}) != entryBytes || unsafe.Sizeof(block{}) != tableBytes {
		t.Error("SizeBytes is wrong")
	}
}
