package bm25

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var million = flag.Bool("million", false, "run the benchmarks over a million documents")

// summariesFile is seen from this folder.
const summariesFile = "../../../shared/data/debian/bookworm-main-amd64.jsonl.gz"

// summaries returns the summaries of Debian's packages.
func summaries(tb testing.TB) (texts []string) {
	tb.Helper()
	f, err := os.Open(summariesFile)
	if errors.Is(err, fs.ErrNotExist) {
		tb.Skip("the summaries of Debian's packages are not here")
	}
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var p struct{ Summary string }
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			tb.Fatal(err)
		}
		texts = append(texts, p.Summary)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	return texts
}

// copies returns n copies of the texts, each one after the first varied in one word: left out, replaced or added.
func copies(texts []string, n int) (all []string) {
	rng := rand.New(rand.NewPCG(1, 2))
	var words []string
	for _, t := range texts {
		words = append(words, strings.Fields(t)...)
	}
	all = slices.Clone(texts)
	for range n - 1 {
		for _, t := range texts {
			f := strings.Fields(t)
			at, other := rng.IntN(len(f)+1), words[rng.IntN(len(words))]
			switch kind := rng.IntN(3); {
			case at == len(f) || kind == 0:
				f = slices.Insert(f, at, other)
			case kind == 1:
				f[at] = other
			default:
				f = slices.Delete(f, at, at+1)
			}
			all = append(all, strings.Join(f, " "))
		}
	}
	return all
}

// drawn returns queries of one to three words, each from a random place of the texts.
func drawn(texts []string, n int, mode Mode) (queries []*Query) {
	return drawnOf(texts, n, 1, 3, mode)
}

// drawnOf returns queries of least to most words.
func drawnOf(texts []string, n, least, most int, mode Mode) (queries []*Query) {
	rng := rand.New(rand.NewPCG(3, 4))
	for len(queries) < n {
		var words []string
		for range least + rng.IntN(most-least+1) {
			f := Tokens(nil, texts[rng.IntN(len(texts))])
			if len(f) > 0 {
				words = append(words, f[rng.IntN(len(f))])
			}
		}
		if q := NewQuery(strings.Join(words, " "), mode); len(q.Terms()) > 0 {
			queries = append(queries, q)
		}
	}
	return queries
}

type benchIndex struct {
	texts []string
	seg   *Segment
}

var loadBench = sync.OnceValue(func() *benchIndex { return new(benchIndex) })

func (x *benchIndex) load(b *testing.B) {
	b.Helper()
	if x.seg != nil {
		return
	}
	n := 1
	if *million {
		n = 16
	}
	x.texts = copies(summaries(b), n)
	x.seg = buildTexts(x.texts)
}

func buildTexts(texts []string) *Segment {
	var builder Builder
	for i, t := range texts {
		if err := builder.Add(uint32(i), Field{Text: t}); err != nil {
			panic(err)
		}
	}
	return builder.Build()
}

func BenchmarkBuild(b *testing.B) {
	x := loadBench()
	x.load(b)
	for b.Loop() {
		x.seg = buildTexts(x.texts)
	}
	b.ReportMetric(float64(x.seg.SizeBytes())/float64(x.seg.Docs()), "B/doc")
	b.ReportMetric(float64(len(x.seg.data))/float64(x.seg.Docs()), "data-B/doc")
}

func BenchmarkDecode(b *testing.B) {
	x := loadBench()
	x.load(b)
	data := encode(b, x.seg)
	for b.Loop() {
		if _, err := Decode(data); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(data))/float64(x.seg.Docs()), "B/doc")
}

// BenchmarkMerge merges two halves.
func BenchmarkMerge(b *testing.B) {
	x := loadBench()
	x.load(b)
	half := len(x.texts) / 2
	halves := []*Segment{buildTexts(x.texts[:half]), buildTexts(x.texts[half:])}
	for b.Loop() {
		_, err := Merge(halves, func(source int, doc uint32) (uint32, bool) { return uint32(source*half) + doc, true })
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLongText reads texts of the longest length that is read at all.
func BenchmarkLongText(b *testing.B) {
	for name, text := range map[string]string{
		"one word":     strings.Repeat("x", MaxTextBytes),
		"no word":      strings.Repeat(".", MaxTextBytes),
		"many words":   strings.Repeat("a ", MaxTextBytes/2),
		"ideographs":   strings.Repeat("日", MaxTextBytes/3),
		"not in UTF-8": strings.Repeat("\xff", MaxTextBytes),
	} {
		b.Run(name, func(b *testing.B) {
			var q Query
			for b.Loop() {
				q.Set(text, Any)
				q.ScoreText(&Stats{}, Field{Text: text})
			}
		})
	}
}

func BenchmarkStats(b *testing.B) {
	x := loadBench()
	x.load(b)
	queries := drawn(x.texts, 1000, Any)
	for b.Loop() {
		for _, q := range queries {
			var st Stats
			st.Add(q, x.seg)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000, "ns/query")
}

func BenchmarkSearch(b *testing.B) {
	x := loadBench()
	x.load(b)
	for _, mode := range []Mode{Any, All} {
		name := []string{"any", "all"}[mode]
		queries := drawn(x.texts, 2000, mode)
		b.Run(name, func(b *testing.B) { runQueries(b, x.seg, queries, nil) })
		b.Run(name+"/refuse", func(b *testing.B) {
			runQueries(b, x.seg, queries[:200], func(doc uint32) bool { return doc%100_000 == 7 })
		})
	}
	for _, n := range []int{4, 8, 16, 32} {
		b.Run(fmt.Sprintf("words=%d", n), func(b *testing.B) { runQueries(b, x.seg, drawnOf(x.texts, 300, n, n, Any), nil) })
	}
	b.Run("hostile", func(b *testing.B) { runQueries(b, x.seg, []*Query{frequent(x.seg)}, nil) })
}

// frequent is a query of the most frequent words.
func frequent(s *Segment) *Query {
	order := make([]int, s.Terms())
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return s.DocFreq(s.word(b)) - s.DocFreq(s.word(a)) })
	var words []string
	for _, i := range order[:MaxTerms] {
		words = append(words, s.word(i))
	}
	return NewQuery(strings.Join(words, " "), Any)
}

// BenchmarkFilter compares the two ways to search a part of the documents, for choosing between them.
func BenchmarkFilter(b *testing.B) {
	x := loadBench()
	x.load(b)
	docs := uint32(x.seg.Docs())
	for _, mode := range []Mode{Any, All} {
		queries := drawn(x.texts, 300, mode)
		for _, n := range []uint32{10, 1_000, 10_000, 30_000, 100_000, 300_000} {
			step := max(1, docs/n)
			accept := func(doc uint32) bool { return doc%step == 0 }
			among := func(from uint32) (uint32, bool) { return (from + step - 1) / step * step, true }
			name := fmt.Sprintf("%s/n=%d", []string{"any", "all"}[mode], n)
			b.Run(name+"/accept", func(b *testing.B) { runQueries(b, x.seg, queries, accept) })
			b.Run(name+"/among", func(b *testing.B) {
				run(b, x.seg, queries, func(q *Query, st *Stats, hits []Hit) []Hit {
					return x.seg.SearchAmong(q, st, among, 20, hits)
				})
			})
		}
	}
}

// runQueries measures Search.
func runQueries(b *testing.B, s *Segment, queries []*Query, accept func(uint32) bool) {
	b.Helper()
	run(b, s, queries, func(q *Query, st *Stats, hits []Hit) []Hit {
		return s.Search(q, st, accept, 20, hits)
	})
}

// run reports the median and the 99th percentile over the queries, each the best of three runs.
func run(b *testing.B, s *Segment, queries []*Query, search func(*Query, *Stats, []Hit) []Hit) {
	b.Helper()
	b.ReportAllocs()
	stats := make([]Stats, len(queries))
	for i, q := range queries {
		stats[i].Add(q, s)
	}
	hits := make([]Hit, 0, 20)
	times := make([]time.Duration, len(queries))
	for b.Loop() {
		for i, q := range queries {
			for try := range 3 {
				start := time.Now()
				hits = search(q, &stats[i], hits[:0])
				if took := time.Since(start); try == 0 || took < times[i] {
					times[i] = took
				}
			}
		}
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds())/1e3, "p50-µs")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds())/1e3, "p99-µs")
	b.ReportMetric(float64(times[len(times)-1].Nanoseconds())/1e3, "max-µs")
}
