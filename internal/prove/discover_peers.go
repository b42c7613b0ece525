package main

import (
	"fmt"

	"github.com/modreg/modreg/discover"
	"github.com/modreg/modreg/internal/prove/measure"
)

func discoverPeerBudgets() group {
	return group{
		budgets: []budget{
			atLeast("discover.peer.roaring.p50", 10, times),
			atLeast("discover.peer.roaring.p99", 5, times),
			atLeast("discover.peer.scan.p50", 1000, times),
		},
		measure: func(note note) (figures, error) {
			c, err := newCatalogue(million, 2000)
			if err != nil {
				return nil, err
			}
			view := discover.NewView().With(c.docs, nil)
			hits := make([]discover.Hit, 0, 32)
			took, _ := bestOfEach(c.queries, func(q *discover.Compiled) { hits = view.Search(q, hits[:0]) })
			p50, p99 := measure.Median(took), measure.Percentile(took, 99)
			theirs, err := runPeers("discover")
			if err != nil {
				return nil, err
			}
			got := figures{}
			for _, peer := range []struct {
				budget, key string
				ours        float64
			}{
				{"discover.peer.roaring.p50", roaringKey("p50"), p50},
				{"discover.peer.roaring.p99", roaringKey("p99"), p99},
				{"discover.peer.scan.p50", "linear scan top 20 1000000/2000 p50", p50},
			} {
				if theirs[peer.key] <= 0 {
					return nil, fmt.Errorf("the peers did not say what %q takes", peer.key)
				}
				got[peer.budget] = theirs[peer.key] / peer.ours
				note("%s: %.1f us to %.2f us", peer.key, theirs[peer.key]/1e3, peer.ours/1e3)
			}
			return got, nil
		},
	}
}

func roaringKey(p string) string { return "roaring top 20 1000000/2000 " + p }
