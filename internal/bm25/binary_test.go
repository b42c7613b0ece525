package bm25

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

func encode(tb testing.TB, s *Segment) []byte {
	tb.Helper()
	data, err := s.AppendBinary(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// checkSame reports if two segments are not the same in every part.
func checkSame(t *testing.T, got, want *Segment) {
	t.Helper()
	if !bytes.Equal(encode(t, got), encode(t, want)) || !slices.Equal(got.blocks, want.blocks) ||
		!slices.Equal(got.entries, want.entries) || got.total != want.total {
		t.Error("the segments differ")
	}
}

func TestDecode_givesTheSameSegment(t *testing.T) {
	t.Parallel()
	for seed := range fewer(15) {
		rng := rand.New(rand.NewPCG(seed, 2))
		c := newCorpus(t, rng, 1+rng.IntN(3000))
		s := c.build(t, 0, len(c.fields))
		data := encode(t, s)
		got, err := Decode(slices.Clone(data))
		if err != nil {
			t.Fatal(err)
		}
		checkSame(t, got, s)
		q := c.query(rng)
		st := c.stats(q)
		if a, b := got.Search(q, st, nil, 20, nil), s.Search(q, st, nil, 20, nil); !reflect.DeepEqual(a, b) {
			t.Errorf("hits %v, want %v", a, b)
		}
	}
}

func TestDecode_copies(t *testing.T) {
	t.Parallel()
	var b Builder
	add(t, &b, 0, Field{Text: "a b a"})
	s := b.Build()
	data := encode(t, s)
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	checkSame(t, got, s)
}

// Whatever is wrong with the bytes, there is an error, or else a segment that can be used.
func TestDecode_survivesDamage(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	whole := encode(t, decodeSample(t))
	for n := range whole {
		checkDecode(t, whole[:n:n], true)
	}
	checkDecode(t, append(slices.Clone(whole), 0), true)
	for range fewer(5_000) {
		data := slices.Clone(whole)
		for range 1 + rng.IntN(3) {
			data[rng.IntN(len(data))] = byte(rng.Uint32() >> rng.IntN(8))
		}
		checkDecode(t, data, false)
	}
}

// decodeSample is a small segment with every form of block.
func decodeSample(tb testing.TB) *Segment {
	tb.Helper()
	var b Builder
	rng := rand.New(rand.NewPCG(5, 5))
	for doc := range uint32(700) {
		text := "all"
		if doc%2 == 0 {
			text += " even even"
		}
		if rng.IntN(4) == 0 || doc > 500 {
			text += " some some some"[:5*(1+rng.IntN(3))]
		}
		if doc%100 == 3 {
			text += " rare"
		}
		if err := b.Add(doc, Field{Text: text}, Field{Text: "all", Weight: float32(1 + doc%21)}); err != nil {
			tb.Fatal(err)
		}
	}
	return b.Build()
}

func checkDecode(t *testing.T, data []byte, refuse bool) {
	t.Helper()
	s, err := Decode(data)
	if err != nil {
		var e *FormatError
		if !errors.As(err, &e) || e.Error() == "" {
			t.Fatalf("error %v", err)
		}
		return
	}
	if refuse {
		t.Fatalf("%d bytes are accepted", len(data))
	}
	var words string
	for i := range min(s.Terms(), MaxTerms) {
		words += s.word(i) + " "
	}
	for _, mode := range []Mode{Any, All} {
		q := NewQuery(words, mode)
		var st Stats
		st.Add(q, s)
		hits := s.Search(q, &st, nil, 10, nil)
		all := s.Search(q, &st, nil, s.Docs(), nil)
		if !slices.Equal(hits, all[:len(hits)]) || len(hits) != min(10, len(all)) {
			t.Fatalf("hits %v, of all %v", hits, all)
		}
		for _, h := range hits {
			s.Explain(q, &st, h.Doc)
		}
	}
	if _, err := Merge([]*Segment{s}, func(_ int, doc uint32) (uint32, bool) { return doc, true }); err != nil {
		t.Fatal(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0})
	f.Add(encode(f, decodeSample(f)))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 1<<16 {
			checkDecode(t, data, false)
		}
	})
}
