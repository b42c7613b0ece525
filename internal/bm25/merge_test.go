package bm25

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// A merge gives what a Builder would have made of the documents that are left.
func TestMerge_isRebuilding(t *testing.T) {
	t.Parallel()
	for seed := range fewer(18) {
		rng := rand.New(rand.NewPCG(seed, 7))
		c := newCorpus(t, rng, 1+rng.IntN(2000))
		kept := len(c.fields)
		numbers := rng.Perm(kept)
		if seed%2 == 0 {
			for i := range numbers {
				numbers[i] = i
			}
		}
		if seed%3 == 0 {
			kept -= kept / 3
		}
		got, err := Merge(c.segments, func(source int, doc uint32) (uint32, bool) {
			n := numbers[c.starts[source]+int(doc)]
			return uint32(n), n < kept
		})
		if err != nil {
			t.Fatal(err)
		}
		order := make([][]Field, kept)
		last := -1
		for i, n := range numbers[:c.starts[3]] {
			if n < kept {
				order[n] = c.fields[i]
				last = max(last, n)
			}
		}
		var b Builder
		for i, fields := range order[:last+1] {
			add(t, &b, uint32(i), fields...)
		}
		checkSame(t, got, b.Build())
	}
}

func TestMerge_refuses(t *testing.T) {
	t.Parallel()
	var b Builder
	add(t, &b, 1, Field{Text: "a"})
	s := b.Build()
	for name, remap := range map[string]func(int, uint32) (uint32, bool){
		"twice":    func(int, uint32) (uint32, bool) { return 7, true },
		"too high": func(int, uint32) (uint32, bool) { return MaxDocs, true },
	} {
		var e *AddError
		if _, err := Merge([]*Segment{s, s}, remap); !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if none, err := Merge(nil, nil); err != nil || none.Docs() != 0 {
		t.Errorf("merge of nothing: %v", err)
	}
}

func TestExplain_addsUp(t *testing.T) {
	t.Parallel()
	for seed := range fewer(20) {
		rng := rand.New(rand.NewPCG(seed, 8))
		c := newCorpus(t, rng, 1+rng.IntN(2000))
		q := c.query(rng)
		st := c.stats(q)
		for i, s := range c.segments {
			for _, h := range s.Search(q, st, nil, 30, nil) {
				fields := c.fields[c.starts[i]+int(h.Doc)]
				checkExplained(t, q, s.Explain(q, st, h.Doc), h.Score, fields)
				checkExplained(t, q, q.Explain(st, NewText(fields...)), h.Score, fields)
			}
			if s.Explain(q, st, uint32(s.Docs())) != nil {
				t.Error("a document that is not there is explained")
			}
		}
	}
}

func checkExplained(t *testing.T, q *Query, terms []TermScore, score float32, fields []Field) {
	t.Helper()
	doc := oracleAnalyse(fields)
	sum := float32(0)
	for _, x := range terms {
		sum += x.Score
		if q.find(x.Term) < 0 || float64(x.Frequency) != doc[x.Term] || float64(x.Length) != doc[""] || x.DF == 0 {
			t.Errorf("%+v, want frequency %v, length %v", x, doc[x.Term], doc[""])
		}
	}
	if sum != score {
		t.Errorf("%+v adds up to %v, want %v", terms, sum, score)
	}
}
