package persist

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// value is what names stand for in the benchmarks: something of a cache line that is looked at after the lookup.
type value struct{ fields [8]int }

// benchNames returns n names as programs give modules, in an order that is not that of their addresses.
func benchNames(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("team-%d.module-%x", i%97, r.Uint32())
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

// BenchmarkMapGet compares a lookup with one in a plain Go map of the same keys and values. In throughput the processor
// overlaps lookups that are independent; in latency each name depends on the value found before.
func BenchmarkMapGet(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000, 100_000, 200_000} {
		names := benchNames(n)
		m, plain := benchMaps(names)
		queries := benchQueries(names, 1<<17)
		runtime.GC()
		gets := map[string]func(string) *value{
			"plain": func(name string) *value { return plain[name] },
			"map":   func(name string) *value { v, _ := m.Get(name); return v },
		}
		for _, what := range []string{"plain", "map"} {
			get := gets[what]
			b.Run(fmt.Sprintf("throughput/%d/%s", n, what), func(b *testing.B) {
				b.ReportAllocs()
				i, sum := 0, 0
				for b.Loop() {
					sum += get(queries[i%len(queries)]).fields[0]
					i++
				}
			})
			b.Run(fmt.Sprintf("latency/%d/%s", n, what), func(b *testing.B) {
				i := 0
				for b.Loop() {
					i += 1 + get(queries[i%len(queries)]).fields[0]
				}
			})
		}
	}
}

// BenchmarkMapSet reports times and bytes a Set, collections of garbage included.
func BenchmarkMapSet(b *testing.B) {
	for _, n := range []int{100, 10_000, 100_000, 200_000} {
		names := benchNames(n)
		m, _ := benchMaps(names)
		queries := benchQueries(names, 1<<16)
		fresh := benchNames(n + 1<<16)[n:]
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
		names := benchNames(n)
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
