package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/modreg/modreg/discover"
	"github.com/modreg/modreg/internal/prove/measure"
)

func searchBudgets() group {
	return group{
		budgets: []budget{
			atMost("discover.wrong", 0, count),
			atMost("discover.top20.p50", 2, micros),
			atMost("discover.top20.p99", 50, micros),
			atMost("discover.top20.allocs", 0, count),
			atMost("discover.count.p99", 500, micros),
			atMost("discover.memory", 30, bytesEach),
			atMost("discover.update", 10, micros),
			atMost("discover.update.p99", 100, micros),
		},
		measure: func(note note) (figures, error) {
			worst := figures{}
			for _, caps := range []int{200, 2000} {
				got, err := searchFigures(caps, note)
				if err != nil {
					return nil, err
				}
				for name, figure := range got {
					worst[name] = max(worst[name], figure)
				}
			}
			return worst, nil
		},
	}
}

// pointer is what the index keeps of a document, which is the caller's, in bytes.
const pointer = 8

// searchFigures measures one of the two workloads.
func searchFigures(caps int, note note) (figures, error) {
	c, err := newCatalogue(million, caps)
	if err != nil {
		return nil, err
	}
	before := measure.Heap()
	view := discover.NewView().With(c.docs, nil)
	each := float64(measure.Heap()-before)/million - pointer
	hits := make([]discover.Hit, 0, 32)
	search, cold := bestOfEach(c.queries, func(q *discover.Compiled) { hits = view.Search(q, hits[:0]) })
	counted, _ := bestOfEach(c.queries, func(q *discover.Compiled) { view.Count(q) })
	wrong := 0
	for i := range 50 {
		if !agrees(c, i, view) {
			wrong++
		}
	}
	allocs := allocsOf(func() {
		for _, q := range c.queries {
			hits = view.Search(q, hits[:0])
		}
	})
	updates, unseen := updateEach(c, view)
	note("%d capabilities: top 20 p50 %.2f us, p99 %.1f us, slowest %.0f us, the first time p50 %.2f us, p99 %.1f us; count p50 %.1f us, p99 %.0f us; %.1f B a module and a pointer; update %.2f us, p99 %.1f us",
		caps, measure.Median(search)/1e3, measure.Percentile(search, 99)/1e3, slices.Max(search)/1e3,
		measure.Median(cold)/1e3, measure.Percentile(cold, 99)/1e3, measure.Median(counted)/1e3, measure.Percentile(counted, 99)/1e3, each, mean(updates)/1e3, measure.Percentile(updates, 99)/1e3)
	runtime.KeepAlive(view)
	return figures{
		"discover.wrong":        float64(wrong + unseen),
		"discover.top20.p50":    measure.Median(search) / 1e3,
		"discover.top20.p99":    measure.Percentile(search, 99) / 1e3,
		"discover.top20.allocs": allocs,
		"discover.count.p99":    measure.Percentile(counted, 99) / 1e3,
		"discover.memory":       each,
		"discover.update":       mean(updates) / 1e3,
		"discover.update.p99":   measure.Percentile(updates, 99) / 1e3,
	}, nil
}

// bestOfEach returns the nanoseconds that each query takes in the best of three turns in a row, as the peers are timed;
// and those of the first turn, which finds little of what it reads in the processor's caches.
func bestOfEach(queries []*discover.Compiled, run func(*discover.Compiled)) (best, first []float64) {
	runtime.GC()
	for _, q := range queries {
		var took [3]float64
		for turn := range took {
			start := time.Now()
			run(q)
			took[turn] = float64(time.Since(start).Nanoseconds())
		}
		best, first = append(best, slices.Min(took[:])), append(first, took[0])
	}
	return best, first
}

// agrees reports whether a linear scan over the workload, which the index has no part in, finds the same for a query.
func agrees(c *catalogue, i int, view *discover.View) bool {
	hits := view.Search(c.queries[i], nil)
	n, at := 0, 0
	for m := range c.modules {
		if !c.asked[i].Matches(&c.modules[m]) {
			continue
		}
		if n++; at < len(hits) {
			if hits[at].Doc != c.docs[m] {
				return false
			}
			at++
		}
	}
	return at == len(hits) && len(hits) == min(n, 20) && view.Count(c.queries[i]) == n
}

// allocsOf returns the allocations of a run, in whole numbers.
func allocsOf(run func()) float64 {
	const runs = 20
	run()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range runs {
		run()
	}
	runtime.ReadMemStats(&after)
	return float64((after.Mallocs - before.Mallocs) / runs)
}

// updateEach replaces documents at random in an index that merges in the background, and asks for each at once. It
// returns the nanoseconds that each update took, and how many were not seen.
func updateEach(c *catalogue, view *discover.View) (took []float64, unseen int) {
	const updates = 20_000
	x := discover.From(view)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range updates {
		next := *c.docs[rng.IntN(len(c.docs))]
		next.Licence = fmt.Sprint("licence ", i%7)
		start := time.Now()
		now := x.Update([]*discover.Doc{&next}, nil)
		took = append(took, float64(time.Since(start).Nanoseconds()))
		if now.Get(next.Key()) != &next {
			unseen++
		}
	}
	x.Close()
	return took, unseen
}
