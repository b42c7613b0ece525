package bm25

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// The oracle scores every document by the definition, with nothing of the package but its types and Tokens.

type oracleDoc map[string]float64 // weighted frequency by word; the length under ""

func oracleAnalyse(fields []Field) oracleDoc {
	doc := oracleDoc{}
	for _, f := range fields {
		w := float64(f.Weight)
		if w == 0 {
			w = 1
		}
		for _, t := range Tokens(nil, f.Text) {
			doc[t] += math.Round(w*16) / 16
			doc[""] += math.Round(w*16) / 16
		}
	}
	for t, n := range doc {
		doc[t] = oracleRound(n)
	}
	return doc
}

// oracleRound rounds to five significant binary digits, or to a sixteenth if that is finer than needed.
func oracleRound(n float64) float64 {
	step := 1.0 / 16
	for n/step >= 31.5 {
		if n/step < 32 && n == math.Trunc(n*16)/16 && step == 1.0/16 {
			break
		}
		step *= 2
	}
	return min(math.Floor(n/step+0.5)*step, 31744)
}

type oracle struct {
	docs []oracleDoc
}

func (o *oracle) df(term string) (n int) {
	for _, d := range o.docs {
		if d[term] > 0 {
			n++
		}
	}
	return n
}

func (o *oracle) average() float64 {
	sum := 0.0
	for _, d := range o.docs {
		sum += d[""]
	}
	return sum / float64(len(o.docs))
}

// scores returns the score of each document, 0 where it does not match.
func (o *oracle) scores(terms []string, all bool) []float32 {
	average := o.average()
	out := make([]float32, len(o.docs))
	missed := make([]bool, len(o.docs))
	for _, t := range terms {
		n, df := float64(len(o.docs)), float64(o.df(t))
		if df == 0 {
			continue
		}
		idf := math.Round(math.Log(1+(n-df+0.5)/(df+0.5)) * 65536)
		for i, d := range o.docs {
			tf := d[t]
			if tf == 0 {
				missed[i] = true
				continue
			}
			sat := math.Round((1.2 + 1) * tf / (tf + 1.2*(1-0.75+0.75*d[""]/average)) * 16384)
			out[i] += float32(max(1, math.Floor(idf*sat/131072)) / 8192)
		}
	}
	if all {
		for i := range out {
			if missed[i] {
				out[i] = 0
			}
		}
	}
	return out
}

// best returns the k best of the scored documents from first to last, numbered from first.
func best(scores []float32, first, last int, accept func(uint32) bool, k int) (hits []Hit) {
	for i, s := range scores[first:last] {
		if s > 0 && (accept == nil || accept(uint32(i))) {
			hits = append(hits, Hit{uint32(i), s})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	return hits[:min(k, len(hits))]
}

// vocabulary draws words so that some are in most documents and most are in few.
type vocabulary struct {
	rng  *rand.Rand
	skew float64
	size float64
}

func (v vocabulary) word() string {
	i := int(math.Pow(v.rng.Float64(), v.skew) * v.size)
	return "w" + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676))
}

func (v vocabulary) text(words int) string {
	var sb strings.Builder
	for range words {
		sb.WriteString(v.word())
		sb.WriteByte(' ')
	}
	return sb.String()
}
