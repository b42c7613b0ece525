package discover

import (
	"math/rand/v2"
	"testing"

	"github.com/modreg/modreg/semver"
)

// TestView_countsRunsAcrossTiles has modules with up to thousands of versions,
// so that what matches of one may be tiles apart.
func TestView_countsRunsAcrossTiles(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(8, 8))
	for _, rare := range []int{2, 40, 700, 3000} {
		s := scan{}
		var docs []*Doc
		for m := range 12 {
			for i := range []int{1, 3, 64, 511, 512, 2500}[rng.IntN(6)] {
				v, err := semver.New(1, 0, uint64(i))
				if err != nil {
					t.Fatal(err)
				}
				d := &Doc{Name: string(rune('a' + m)), Version: v, Kind: "common", Active: i == 0}
				if rng.IntN(rare) == 0 {
					d.Kind = "rare"
				}
				docs = append(docs, d)
				s.add(d)
			}
		}
		v := NewView().With(docs, nil)
		for _, kind := range []string{"common", "rare", ""} {
			agree(t, v, s, Query{Kind: kind})
		}
		// The same by words: a list would be walked by document.
		seg := v.segs[0].segment
		b := newBitset(len(docs))
		want := 0
		for id, d := range seg.docs {
			if d.Kind == "rare" {
				b.set(uint32(id))
			}
		}
		for id := uint32(0); int(id) < len(docs); id = seg.run(id) {
			if b.next(id, seg.run(id)) < seg.run(id) {
				want++
			}
		}
		w := walk{seg: seg, c: MustCompile(Query{}), must: 1}
		w.terms = []*bound{{form: formBitset, words: b, sums: b.summarise(nil)}}
		if got := w.countRuns(); got != want {
			t.Errorf("one in %d: counted %d runs, want %d", rare, got, want)
		}
	}
}
