package discover

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
)

// describedOnce gives the modules of the first workload descriptions of 4 to 12
// words, whose popularity follows Zipf's law.
var describedOnce = sync.OnceValue(func() described {
	rng := rand.New(rand.NewPCG(4, 4))
	const words = 50_000
	sums := make([]float64, words)
	total := 0.0
	for i := range sums {
		total += 1 / float64(i+3)
		sums[i] = total
	}
	draw := func() string {
		i, _ := slices.BinarySearch(sums, rng.Float64()*total)
		return "w" + fmt.Sprint(min(i, words-1))
	}
	w := newWorkload(million, 200)
	d := described{docs: w.docs}
	for _, doc := range d.docs {
		text := make([]string, 4+rng.IntN(9))
		for i := range text {
			text[i] = draw()
		}
		doc.Description = strings.Join(text, " ")
	}
	for range 300 {
		q := Query{Limit: 20}
		for range 1 + rng.IntN(3) {
			q.Text += " " + draw()
		}
		d.plain = append(d.plain, MustCompile(q))
		q.Require = w.queries[rng.IntN(len(w.queries))].query.Require
		d.filtered = append(d.filtered, MustCompile(q))
	}
	return d
})

type described struct {
	docs            []*Doc
	plain, filtered []*Compiled
}

func BenchmarkSearch_text(b *testing.B) {
	d := describedOnce()
	v := NewView(WithText()).With(d.docs, nil)
	b.Logf("%d bytes a module", v.segs[0].text.SizeBytes()/million)
	for name, queries := range map[string][]*Compiled{"plain": d.plain, "filtered": d.filtered} {
		b.Run(name, func(b *testing.B) {
			dst := make([]Hit, 0, 20)
			percentiles(b, &workload{queries: queries}, func(c *Compiled) { dst = v.Search(c, dst[:0]) })
		})
	}
}

// BenchmarkSearch_optional asks for welcome capabilities, which only a look at
// every match can order.
func BenchmarkSearch_optional(b *testing.B) {
	eachWorkload(b, func(b *testing.B, w *workload, v *View) {
		b.Helper()
		rng := rand.New(rand.NewPCG(4, 4))
		var queries []*Compiled
		for _, c := range w.queries[:300] {
			q := c.query
			for range 1 + rng.IntN(3) {
				q.Optional = append(q.Optional, w.queries[rng.IntN(len(w.queries))].query.Require[0])
			}
			queries = append(queries, MustCompile(q))
		}
		dst := make([]Hit, 0, 20)
		percentiles(b, &workload{queries: queries}, func(c *Compiled) { dst = v.Search(c, dst[:0]) })
	})
}

// BenchmarkSearch_rest takes the conditions that the workload lacks, one by one.
func BenchmarkSearch_rest(b *testing.B) {
	w := workloadOf(b, 200)
	v := NewView().With(w.docs, nil)
	require := w.queries[0].query.Require[:1]
	for name, q := range map[string]Query{
		"nothing":      {},
		"name":         {Name: "module-777777"},
		"module":       {Require: parsed(b, "module/module-777777 ^1")},
		"pattern":      {Name: "module-77777?"},
		"pattern-rare": {Name: "*-99999?"},
		"accept":       {Require: require, Accept: func(d *Doc) bool { return d.Rank%2 == 0 }},
		"versions":     {Require: require, ByVersion: true},
		"no-versions":  {Require: require, ByVersion: true, Versions: parsed(b, "x >=2")[0].Range},
		"unknown":      {Require: parsed(b, "nobody")},
	} {
		q.Limit = 20
		c := MustCompile(q)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			dst := make([]Hit, 0, 20)
			for b.Loop() {
				dst = v.Search(c, dst[:0])
			}
		})
		b.Run(name+"/count", func(b *testing.B) {
			for b.Loop() {
				v.Count(c)
			}
		})
	}
}
