package discover

import "testing"

func TestView_searchAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("allocations cannot be counted under the race detector")
	}
	u := universes(61)["versions"]
	var docs []*Doc
	for range 6000 {
		docs = append(docs, u.doc())
	}
	v := NewView().With(docs[:5900], nil).with(docs[5900:5950], nil).with(docs[5950:], []Key{docs[7].Key()})
	if len(v.segs) == 0 || v.delta.n == 0 {
		t.Fatal("the view should have a delta")
	}
	dst := make([]Hit, 0, len(docs))
	for range 200 {
		c := MustCompile(u.query())
		run := func() {
			dst = v.Search(c, dst[:0])
			v.Count(c)
		}
		run()
		// A collection may empty the pool; an average below one says that a search
		// itself allocates nothing.
		if n := testing.AllocsPerRun(5, run); n >= 1 {
			t.Fatalf("%v allocations for %+v", n, c.query)
		}
	}
}
