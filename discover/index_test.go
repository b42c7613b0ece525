package discover

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// settle waits until the index has nothing left to merge.
func (x *Index) settle() {
	for {
		x.mu.Lock()
		merging := x.merging
		x.mu.Unlock()
		if merging == nil {
			return
		}
		<-merging
	}
}

func TestIndex_agreesWithScan(t *testing.T) {
	t.Parallel()
	for name, u := range universes(11) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x, s := New(), scan{}
			defer x.Close()
			for step := range 1200 * *rounds {
				d := u.doc()
				var remove []Key
				if u.IntN(3) == 0 {
					remove = append(remove, u.doc().Key())
					s.remove(remove[0])
				}
				s.add(d)
				v := x.Update([]*Doc{d}, remove)
				if v.Len() != len(s) {
					t.Fatalf("step %d: Len = %d, want %d", step, v.Len(), len(s))
				}
				if step%50 == 0 {
					agree(t, v, s, u.query())
				}
				if step%400 == 0 {
					x.settle()
					agree(t, x.View(), s, u.query())
				}
			}
			x.settle()
			for range 20 {
				agree(t, x.View(), s, u.query())
			}
			for _, d := range s {
				x.Update(nil, []Key{d.Key()})
			}
			x.settle()
			if v := x.View(); v.Len() != 0 || len(v.segs) != 0 || v.delta.n != 0 {
				t.Errorf("an emptied index keeps %d segments", len(v.segs))
			}
		})
	}
}

// TestView_adopt makes changes while a job is under way.
func TestView_adopt(t *testing.T) {
	t.Parallel()
	for name, u := range universes(12) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, s := NewView(), scan{}
			change := func(n int) {
				for range n {
					d, gone := u.doc(), u.doc().Key()
					s.remove(gone)
					s.add(d)
					v = v.with([]*Doc{d}, []Key{gone})
				}
			}
			for range 5 * *rounds {
				change(300)
				j, ok := v.job()
				if !ok {
					continue
				}
				old := v
				built := old.run(j)
				change(u.IntN(200))
				if u.IntN(4) == 0 {
					v = v.tidy()
					change(10)
				}
				v = v.adopt(old, j, built)
				if v.Len() != len(s) {
					t.Fatalf("Len = %d, want %d", v.Len(), len(s))
				}
				for range 10 {
					agree(t, v, s, u.query())
				}
			}
		})
	}
}

func TestIndex_readersAndWriters(t *testing.T) {
	t.Parallel()
	x := New()
	var stop atomic.Bool
	var readers, writers sync.WaitGroup
	for i := range 2 {
		readers.Go(func() {
			u := &universe{Rand: rand.New(rand.NewPCG(uint64(i), 5)), names: 300, caps: 20, versions: 3, ranks: 2, active: 3}
			var dst []Hit
			for !stop.Load() {
				c := MustCompile(u.query())
				v := x.View()
				c.limit = 0
				dst = v.Search(c, dst[:0])
				if n := v.Count(c); n != len(dst) {
					t.Errorf("Count = %d, Search found %d", n, len(dst))
				}
			}
		})
	}
	readers.Go(func() {
		u := &universe{Rand: rand.New(rand.NewPCG(9, 5)), names: 300, caps: 20, versions: 3, ranks: 2, active: 3}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for range x.Watch(ctx, MustCompile(u.query())) {
			if stop.Load() {
				return
			}
		}
	})
	for i := range 2 {
		writers.Go(func() {
			u := &universe{Rand: rand.New(rand.NewPCG(uint64(i), 6)), names: 300, caps: 20, versions: 3, ranks: 2, active: 3}
			for range 1000 {
				x.Update([]*Doc{u.doc()}, []Key{u.doc().Key()})
			}
		})
	}
	writers.Wait()
	stop.Store(true)
	x.Close()
	readers.Wait()
	x.Close()
}

func TestIndex_worksWhenClosed(t *testing.T) {
	t.Parallel()
	u := universes(2)["plain"]
	x := New()
	x.Close()
	for range 2000 {
		x.Update([]*Doc{u.doc()}, nil)
	}
	if v := x.View(); v.delta.n >= deltaFull || len(v.segs) > 8 {
		t.Errorf("a closed index does not merge: %d in the delta, %d segments", v.delta.n, len(v.segs))
	}
}

// TestIndex_relieve plays an index whose merging never gets done.
func TestIndex_relieve(t *testing.T) {
	t.Parallel()
	u := universes(3)["versions"]
	x, s := New(), scan{}
	x.merging = make(chan struct{})
	for step := range deltaMost + 2000 {
		d := u.doc()
		d.Name += fmt.Sprint(step)
		s.add(d)
		x.Update([]*Doc{d}, nil)
	}
	v := x.View()
	if v.delta.n >= deltaMost || len(v.segs) != 1 {
		t.Errorf("%d in the delta, %d segments", v.delta.n, len(v.segs))
	}
	for range 20 {
		agree(t, v, s, u.query())
	}
	for len(v.segs) < segmentsMost {
		v = v.with([]*Doc{u.doc()}, nil).finish(job{from: len(v.segs), delta: true})
	}
	if v = v.relieve(); len(v.segs) > 8 {
		t.Errorf("%d segments", len(v.segs))
	}
	x.merging = nil
	x.Close()
}

// A follower keeps what a standing query told it.
type follower map[*Doc]bool

func (f follower) take(t *testing.T, c Change) {
	t.Helper()
	if c.Kind != Added && !f[c.Old] || c.Kind != Removed && f[c.Doc] || (c.Old == nil) != (c.Kind == Added) || (c.Doc == nil) != (c.Kind == Removed) {
		t.Errorf("%s of %v after %v", c.Kind, c.Doc, c.Old)
	}
	delete(f, c.Old)
	if c.Doc != nil {
		f[c.Doc] = true
	}
}

func TestIndex_watch(t *testing.T) {
	t.Parallel()
	for name, u := range universes(13) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { testWatch(t, u) })
		})
	}
}

func testWatch(t *testing.T, u *universe) {
	t.Helper()
	x, s := New(), scan{}
	ctx, cancel := context.WithCancel(t.Context())
	var queries []Query
	var followers []follower
	for range 6 {
		q := u.query()
		q.Limit, q.Optional = 0, nil
		asked := q
		if u.IntN(2) == 0 {
			asked.Text = u.text()
			accept := q.Accept
			q.Accept = func(d *Doc) bool { return scanWords(d, asked.Text) && (accept == nil || accept(d)) }
		}
		f := follower{}
		queries, followers = append(queries, q), append(followers, f)
		go func() {
			for c := range x.Watch(ctx, MustCompile(asked)) {
				f.take(t, c)
			}
		}()
	}
	for round := range 4 * *rounds {
		if round%2 == 0 {
			synctest.Wait() // otherwise some watches start late
		}
		for range []int{1, 20, 200, maxNoted + 200}[round%4] {
			d, gone := u.doc(), u.doc().Key()
			s.remove(gone)
			s.add(d)
			x.Update([]*Doc{d}, []Key{gone})
		}
		synctest.Wait()
		for i, q := range queries {
			want := s.search(q)
			if len(followers[i]) != len(want) || slices.ContainsFunc(want, func(h Hit) bool { return !followers[i][h.Doc] }) {
				t.Errorf("round %d: a watch of %+v knows %d results, want %d", round, q, len(followers[i]), len(want))
			}
		}
	}
	if u.IntN(2) == 0 {
		cancel()
	}
	x.Close()
	cancel()
	synctest.Wait()
	if len(x.watchers) != 0 {
		t.Errorf("%d watchers are left", len(x.watchers))
	}
}
