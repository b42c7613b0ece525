package discover

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

var rounds = flag.Int("rounds", 1, "how many random histories each property test plays")

// onlyOnce skips under the race detector what uses one goroutine: it would take
// ten times as long and see nothing more.
func onlyOnce(t *testing.T) {
	t.Helper()
	if raceEnabled && *rounds == 1 {
		t.Skip("one goroutine: nothing for the race detector")
	}
}

// agree compares every verb of the view with the scan.
func agree(t *testing.T, v *View, s scan, q Query) {
	t.Helper()
	c, err := Compile(q)
	if err != nil {
		t.Fatal(err)
	}
	want := s.search(q)
	if got := v.Count(c); got != len(want) {
		t.Errorf("Count = %d, want %d for %+v", got, len(want), q)
	}
	if q.Limit > 0 {
		want = want[:min(q.Limit, len(want))]
	}
	got := v.Search(c, nil)
	if !slices.Equal(got, want) {
		t.Errorf("Search of %+v\n got %s\nwant %s", q, hitsText(got), hitsText(want))
	}
	if all := slices.Collect(v.All(c)); !slices.Equal(all, want) {
		t.Errorf("All of %+v\n got %s\nwant %s", q, hitsText(all), hitsText(want))
	}
}

func hitsText(hits []Hit) (s string) {
	for _, h := range hits[:min(12, len(hits))] {
		s += fmt.Sprintf(" %s(%d)", h.Doc.Key(), h.Optional)
	}
	return fmt.Sprintf("%d:%s", len(hits), s)
}

func universes(seed uint64) map[string]*universe {
	r := func() *rand.Rand { seed++; return rand.New(rand.NewPCG(seed, 1)) }
	return map[string]*universe{
		"plain":      {Rand: r(), names: 3000, caps: 40, versions: 1, ranks: 1, active: 1},
		"versions":   {Rand: r(), names: 40, caps: 200, versions: 9, ranks: 4, rankByName: true, active: 3},
		"scattered":  {Rand: r(), names: 60, caps: 30, versions: 5, ranks: 4, active: 3},
		"one module": {Rand: r(), names: 1, caps: 10, versions: 300, ranks: 1, active: 5},
		"inactive":   {Rand: r(), names: 100, caps: 10, versions: 3, ranks: 1},
	}
}

func TestView_agreesWithScan(t *testing.T) {
	t.Parallel()
	for name, u := range universes(7) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for range *rounds {
				testHistory(t, u)
			}
		})
	}
}

// testHistory plays a random history of changes, some large, and asks random
// queries between them.
func testHistory(t *testing.T, u *universe) {
	t.Helper()
	v, s := NewView(), scan{}
	for step := range 30 {
		var add []*Doc
		var remove []Key
		n := 1 + u.IntN(5)
		switch {
		case step == 0 || u.IntN(12) == 0:
			n = u.IntN(1000)
		case u.IntN(5) == 0:
			n = u.IntN(130)
		}
		for range n {
			add = append(add, u.doc())
		}
		for _, d := range s {
			if len(remove) >= u.IntN(1+n) {
				break
			}
			remove = append(remove, d.Key())
		}
		remove = append(remove, u.doc().Key())
		old, oldLen := v, v.Len()
		v = v.With(add, remove)
		for _, k := range remove {
			s.remove(k)
		}
		for _, d := range add {
			s.add(d)
		}
		if v.Len() != len(s) || old.Len() != oldLen {
			t.Fatalf("Len = %d, want %d", v.Len(), len(s))
		}
		for range 6 {
			agree(t, v, s, u.query())
		}
		if t.Failed() {
			return
		}
	}
}

func TestView_agreesWithScan_large(t *testing.T) {
	t.Parallel()
	onlyOnce(t)
	u := &universe{Rand: rand.New(rand.NewPCG(3, 3)), names: 40000, caps: 3000, versions: 2, ranks: 3, rankByName: true, active: 2}
	s := scan{}
	var docs []*Doc
	for range 70000 {
		d := u.doc()
		docs = append(docs, d)
		s.add(d)
	}
	v := NewView().With(docs, nil)
	for range 12 * *rounds {
		agree(t, v, s, u.query())
	}
}
