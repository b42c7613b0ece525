package discover

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// The workload of the benchmarks: a million modules of 3 to 8 capabilities whose
// popularity follows Zipf's law with exponent 1.1, at versions 1.0.0 to 5.9.0.
const million = 1_000_000

type workload struct {
	docs    []*Doc
	queries []*Compiled
}

var workloads [2]struct {
	once sync.Once
	workload
}

func workloadOf(b *testing.B, caps int) *workload {
	b.Helper()
	w := &workloads[0]
	if caps > 200 {
		w = &workloads[1]
	}
	w.once.Do(func() { w.workload = newWorkload(million, caps) })
	return &w.workload
}

func newWorkload(n, caps int) workload {
	rng := rand.New(rand.NewPCG(1, uint64(caps)))
	sums := make([]float64, caps)
	ids := make([]capability.ID, caps)
	total := 0.0
	for i := range caps {
		total += math.Pow(float64(i+1), -1.1)
		sums[i] = total
		ids[i] = capability.ID{Name: fmt.Sprintf("cap.%d", i)}
	}
	draw := func() int {
		i, _ := slices.BinarySearch(sums, rng.Float64()*total)
		return min(i, caps-1)
	}
	var versions []semver.Version
	for i := range 50 {
		versions = append(versions, semver.MustParse(fmt.Sprintf("%d.%d.0", 1+i/10, i%10)))
	}
	kinds := make([]string, 8)
	for i := range kinds {
		kinds[i] = fmt.Sprintf("kind-%d", i)
	}
	w := workload{docs: make([]*Doc, n)}
	for i := range w.docs {
		d := &Doc{Name: fmt.Sprintf("module-%d", i), Version: versions[0], Active: true, Rank: int32(-i), Kind: kinds[rng.IntN(8)]}
		want := 3 + rng.IntN(6)
		d.Provides = make([]capability.Capability, 0, want)
		for len(d.Provides) < want {
			c := capability.Capability{ID: ids[draw()], Version: versions[rng.IntN(50)]}
			if !slices.ContainsFunc(d.Provides, func(p capability.Capability) bool { return p.ID == c.ID }) {
				d.Provides = append(d.Provides, c)
			}
		}
		w.docs[i] = d
	}
	for range 1000 {
		var q Query
		for range 1 + rng.IntN(3) {
			q.Require = append(q.Require, capability.Requirement{ID: ids[draw()]})
		}
		if rng.IntN(2) == 0 {
			q.Forbid = []capability.Requirement{{ID: ids[draw()]}}
		}
		if rng.IntN(2) == 0 {
			q.Kind = kinds[rng.IntN(8)]
		}
		if rng.IntN(3) == 0 {
			q.Require[0].Range = semver.MustParseRange(">=" + versions[rng.IntN(50)].String())
		}
		q.Limit = 20
		w.queries = append(w.queries, MustCompile(q))
	}
	return w
}

func eachWorkload(b *testing.B, run func(b *testing.B, w *workload, v *View)) {
	b.Helper()
	for _, caps := range []int{200, 2000} {
		b.Run(fmt.Sprintf("caps=%d", caps), func(b *testing.B) {
			w := workloadOf(b, caps)
			run(b, w, NewView().With(w.docs, nil))
		})
	}
}

// percentiles runs each query, takes the best of three times, and reports what
// half and what 99 of 100 queries stay below.
func percentiles(b *testing.B, w *workload, run func(c *Compiled)) {
	b.Helper()
	b.ReportAllocs()
	times := make([]time.Duration, len(w.queries))
	for i := range times {
		times[i] = math.MaxInt64
	}
	for b.Loop() {
		for i, c := range w.queries {
			for range 3 {
				start := time.Now()
				run(c)
				times[i] = min(times[i], time.Since(start))
			}
		}
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
	b.ReportMetric(float64(times[len(times)-1].Nanoseconds()), "max-ns")
}

func BenchmarkSearch(b *testing.B) {
	eachWorkload(b, func(b *testing.B, w *workload, v *View) {
		b.Helper()
		dst := make([]Hit, 0, 20)
		percentiles(b, w, func(c *Compiled) { dst = v.Search(c, dst[:0]) })
	})
}

func BenchmarkCount(b *testing.B) {
	eachWorkload(b, func(b *testing.B, w *workload, v *View) {
		b.Helper()
		percentiles(b, w, func(c *Compiled) { v.Count(c) })
	})
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkBuild(b *testing.B) {
	for _, caps := range []int{200, 2000} {
		b.Run(fmt.Sprintf("caps=%d", caps), func(b *testing.B) {
			w := workloadOf(b, caps)
			shuffled := slices.Clone(w.docs)
			rand.New(rand.NewPCG(1, 1)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			before := heap()
			var v *View
			for b.Loop() {
				v = NewView().With(shuffled, nil)
			}
			b.ReportMetric((float64(heap())-float64(before))/million, "B/module")
			runtime.KeepAlive(v)
		})
	}
}

// BenchmarkSearch_afterUpdates searches an index that has some thousand changes
// behind it, with a delta that is about to be merged.
func BenchmarkSearch_afterUpdates(b *testing.B) {
	eachWorkload(b, func(b *testing.B, w *workload, v *View) {
		b.Helper()
		v = changed(v, w, 20_000)
		for v.delta.n < deltaFull-1 {
			v = v.with(w.docs[v.delta.n*7:][:1], nil)
		}
		b.ReportMetric(float64(len(v.segs)), "segments")
		dst := make([]Hit, 0, 20)
		percentiles(b, w, func(c *Compiled) { dst = v.Search(c, dst[:0]) })
	})
}

// changed replaces n documents, one at a time.
func changed(v *View, w *workload, n int) *View {
	rng := rand.New(rand.NewPCG(1, 9))
	for range n {
		d := *w.docs[rng.IntN(len(w.docs))]
		d.Health = HealthOK
		v = v.With([]*Doc{&d}, nil)
	}
	return v
}

// BenchmarkUpdate replaces documents of an index, adds new ones and removes them.
func BenchmarkUpdate(b *testing.B) {
	w := workloadOf(b, 200)
	base := NewView().With(w.docs, nil)
	rng := rand.New(rand.NewPCG(1, 9))
	fresh := make([]*Doc, 1<<16)
	for i := range fresh {
		d := *w.docs[rng.IntN(len(w.docs))]
		fresh[i] = &d
	}
	run := func(name string, update func(x *Index, i int)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			x := From(base)
			var times []time.Duration
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				update(x, i)
				times = append(times, time.Since(start))
			}
			x.Close()
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "p50-ns")
			b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
		})
	}
	run("replace", func(x *Index, i int) { x.Update(fresh[i%len(fresh):][:1], nil) })
	run("add", func(x *Index, i int) {
		d := *fresh[i%len(fresh)]
		d.Name = "fresh-" + strconv.Itoa(i)
		x.Update([]*Doc{&d}, nil)
	})
	run("remove", func(x *Index, i int) {
		d := w.docs[i%len(w.docs)]
		x.Update(nil, []Key{{d.Name, d.Version}})
	})
}

// BenchmarkWith makes one change of a view with a delta of medium size.
func BenchmarkWith(b *testing.B) {
	w := workloadOf(b, 200)
	base := NewView().With(w.docs, nil).with(w.docs[:50], nil).with(w.docs[500:550], nil).with(w.docs[900:920], nil)
	other := make([]*Doc, 10_000)
	for i := range other {
		d := *w.docs[i*97]
		other[i] = &d
	}
	b.Run("replace", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			base.with(other[i%len(other):][:1], nil)
		}
	})
	b.Run("add", func(b *testing.B) {
		fresh := make([]*Doc, len(other))
		for i, d := range other {
			d := *d
			d.Name = "fresh-" + strconv.Itoa(i)
			fresh[i] = &d
		}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			base.with(fresh[i%len(fresh):][:1], nil)
		}
	})
}

func BenchmarkSave(b *testing.B) {
	eachWorkload(b, func(b *testing.B, _ *workload, v *View) {
		b.Helper()
		var buf bytes.Buffer
		for b.Loop() {
			buf.Reset()
			if err := v.Save(&buf); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(buf.Len())/million, "B/module")
	})
}

func BenchmarkLoad(b *testing.B) {
	eachWorkload(b, func(b *testing.B, w *workload, v *View) {
		b.Helper()
		var buf bytes.Buffer
		if err := v.Save(&buf); err != nil {
			b.Fatal(err)
		}
		byName := make(map[string]*Doc, len(w.docs))
		for _, d := range w.docs {
			byName[d.Name] = d
		}
		for b.Loop() {
			got, err := Load(bytes.NewReader(buf.Bytes()), func(k Key) *Doc { return byName[k.Name] })
			if err != nil || got.Len() != v.Len() || got.delta.n > 0 {
				b.Fatal(err)
			}
		}
	})
}
