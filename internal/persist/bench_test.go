package persist

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// value is what names stand for in the benchmarks: something of a cache line that is looked at after the lookup.
type value struct{ fields [8]int }

// benchNames returns n names as programs give modules, in an order that is not that of their addresses.
func benchNames(team string, n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%d.module-%x", team, i%97, r.Uint32())
	}
	r.Shuffle(n, func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names
}

// benchQueries returns count of the names at random. They are copies, as a caller's names are: a lookup has to compare
// their bytes, not their addresses.
func benchQueries(names []string, count int) []string {
	r := rand.New(rand.NewPCG(3, 4))
	copies := make([]string, len(names))
	for i, name := range names {
		copies[i] = strings.Clone(name)
	}
	queries := make([]string, count)
	for i := range queries {
		queries[i] = copies[r.IntN(len(copies))]
	}
	return queries
}

func benchMaps(names []string) (Map[*value], map[string]*value) {
	var m Map[*value]
	plain := make(map[string]*value)
	for _, name := range names {
		v := new(value)
		m = m.Set(name, v)
		plain[name] = v
	}
	return m, plain
}

// BenchmarkMapGet compares a lookup with one in a plain Go map of the same keys and values: nanoseconds of either and
// their ratio, medians over blocks of lookups. The blocks take turns and have different names, so that a noisy machine
// is noisy for both and neither finds in the cache what the other has just loaded. In throughput the processor overlaps
// lookups that are independent; in latency each name depends on the value found before. Hot is a set of 100 names.
func BenchmarkMapGet(b *testing.B) {
	for _, n := range []int{100, 10_000, 60_000, 100_000, 200_000} {
		names := benchNames("team", n)
		m, plain := benchMaps(names)
		queries := benchQueries(names, 1<<17)
		hot := benchQueries(names[:100], 1<<17)
		runtime.GC()
		fromPlain := func(name string) *value { return plain[name] }
		fromMap := func(name string) *value { v, _ := m.Get(name); return v }
		b.Run(fmt.Sprintf("hot/%d", n), func(b *testing.B) { compareGet(b, hot, throughput, fromPlain, fromMap) })
		b.Run(fmt.Sprintf("throughput/%d", n), func(b *testing.B) { compareGet(b, queries, throughput, fromPlain, fromMap) })
		b.Run(fmt.Sprintf("latency/%d", n), func(b *testing.B) { compareGet(b, queries, latency, fromPlain, fromMap) })
	}
}

func throughput(block []string, get func(string) *value) (sum int) {
	for _, name := range block {
		sum += get(name).fields[0]
	}
	return sum
}

func latency(block []string, get func(string) *value) (found int) {
	for i := range block {
		found = get(block[i+found]).fields[0] // which is 0, but the processor cannot know
	}
	return found
}

func compareGet(b *testing.B, queries []string, kind func([]string, func(string) *value) int, plain, m func(string) *value) {
	b.Helper()
	const block = 1 << 13
	var ofPlain, ofMap []float64
	at, sum := 0, 0
	timed := func(get func(string) *value) float64 {
		start := time.Now()
		sum += kind(queries[at:at+block], get)
		return float64(time.Since(start).Nanoseconds()) / block
	}
	for b.Loop() {
		ofPlain = append(ofPlain, timed(plain))
		at = (at + len(queries)/2) % len(queries)
		ofMap = append(ofMap, timed(m))
		at = (at + len(queries)/2 + block) % len(queries)
	}
	slices.Sort(ofPlain)
	slices.Sort(ofMap)
	p, q := ofPlain[len(ofPlain)/2], ofMap[len(ofMap)/2]
	b.ReportMetric(0, "ns/op") // of a block of both, which says nothing
	b.ReportMetric(p, "plain-ns")
	b.ReportMetric(q, "map-ns")
	b.ReportMetric(q/p, "ratio")
}

// BenchmarkMapSet reports times and bytes a Set, collections of garbage included.
func BenchmarkMapSet(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000, 200_000} {
		names := benchNames("team", n)
		m, _ := benchMaps(names)
		queries := benchQueries(names, 1<<16)
		fresh := benchNames("fresh", 1<<16)
		v := new(value)
		b.Run(fmt.Sprintf("overwrite/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			i, m := 0, m
			for b.Loop() {
				m = m.Set(queries[i%len(queries)], v)
				i++
			}
		})
		b.Run(fmt.Sprintf("insertdelete/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			i, m := 0, m
			for b.Loop() {
				name := fresh[i/2%len(fresh)]
				if i%2 == 0 {
					m = m.Set(name, v)
				} else {
					m = m.Delete(name)
				}
				i++
			}
		})
		b.Run(fmt.Sprintf("build/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var m Map[*value]
				for _, name := range names {
					m = m.Set(name, v)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/set")
		})
	}
}

// BenchmarkTree uses names as keys: comparing them is dearer than comparing numbers, as it is in the registry.
func BenchmarkTree(b *testing.B) {
	for _, n := range []int{4, 1_000, 100_000} {
		names := benchNames("team", n)
		queries := benchQueries(names, 1<<16)
		v := new(value)
		t := NewTree[string, *value](strings.Compare)
		for _, name := range names {
			t = t.Set(name, v)
		}
		b.Run(fmt.Sprintf("get/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				t.Get(queries[i%len(queries)])
				i++
			}
		})
		b.Run(fmt.Sprintf("set/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			i, t := 0, t
			for b.Loop() {
				t = t.Set(queries[i%len(queries)], v)
				i++
			}
		})
		b.Run(fmt.Sprintf("deleteset/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			i, t := 0, t
			for b.Loop() {
				name := queries[i/2%len(queries)]
				if i%2 == 0 {
					t = t.Delete(name)
				} else {
					t = t.Set(name, v)
				}
				i++
			}
		})
		b.Run(fmt.Sprintf("build/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				t := NewTree[string, *value](strings.Compare)
				for _, name := range names {
					t = t.Set(name, v)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/set")
		})
		b.Run(fmt.Sprintf("first20/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				left := 20
				for range t.From(queries[i%len(queries)]) {
					if left--; left == 0 {
						break
					}
				}
				i++
			}
		})
		b.Run(fmt.Sprintf("all/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for range t.All() {
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/entry")
		})
	}
}

// BenchmarkMemory reports the heap that a structure takes beside the bytes of its keys and what its values point to.
func BenchmarkMemory(b *testing.B) {
	for _, n := range []int{1, 4, 10, 100, 1_000, 10_000, 60_000, 100_000, 150_000} {
		names := benchNames("team", n)
		v := new(value)
		copies := max(1, 20_000/n)
		b.Run(fmt.Sprintf("map/%d", n), func(b *testing.B) {
			made := make([]Map[*value], copies)
			reportHeap(b, n*copies, copies, func() {
				for i := range made {
					for _, name := range names {
						made[i] = made[i].Set(name, v)
					}
				}
			})
			runtime.KeepAlive(made)
		})
		b.Run(fmt.Sprintf("tree/%d", n), func(b *testing.B) {
			made := make([]Tree[string, *value], copies)
			reportHeap(b, n*copies, copies, func() {
				for i := range made {
					made[i] = NewTree[string, *value](strings.Compare)
					for _, name := range names {
						made[i] = made[i].Set(name, v)
					}
				}
			})
			runtime.KeepAlive(made)
		})
	}
}

func reportHeap(b *testing.B, entries, copies int, build func()) {
	b.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	build()
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() { // there is nothing to repeat
	}
	bytes := float64(after.HeapAlloc) - float64(before.HeapAlloc)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(bytes/float64(entries), "B/entry")
	b.ReportMetric(bytes/float64(copies), "B/copy")
}
