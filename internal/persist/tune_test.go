package persist

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

func TestTune(t *testing.T) {
	if os.Getenv("TUNE") == "" {
		t.Skip()
	}
	for _, n := range []int{100, 10_000, 60_000, 100_000, 200_000} {
		names := benchNames(n)
		m, plain := benchMaps(names)
		const Q = 1 << 15
		queries := benchQueries(names, 1<<17)
		runtime.GC()
		x := 0
		var res [4][]float64
		off := 0
		for range 150 {
			qs := queries[off : off+Q]
			qm := queries[(off+2*Q)%len(queries):][:Q]
			off = (off + Q) % len(queries)
			t0 := time.Now()
			for _, q := range qs {
				x += plain[q].fields[0]
			}
			t1 := time.Now()
			for _, q := range qm {
				v, _ := m.Get(q)
				x += v.fields[0]
			}
			t2 := time.Now()
			for i := range qs {
				x = plain[qs[(i+x)%Q]].fields[0]
			}
			t3 := time.Now()
			for i := range qm {
				v, _ := m.Get(qm[(i+x)%Q])
				x = v.fields[0]
			}
			t4 := time.Now()
			for i, d := range []time.Duration{t1.Sub(t0), t2.Sub(t1), t3.Sub(t2), t4.Sub(t3)} {
				res[i] = append(res[i], float64(d.Nanoseconds())/Q)
			}
		}
		s := fmt.Sprintf("%7d", n)
		for i := range res {
			slices.Sort(res[i])
		}
		for _, p := range []int{0, 75} {
			s += fmt.Sprintf("  thr %6.1f %6.1f = %.2f", res[0][p], res[1][p], res[1][p]/res[0][p])
			s += fmt.Sprintf("  lat %6.1f %6.1f = %.2f", res[2][p], res[3][p], res[3][p]/res[2][p])
		}
		fmt.Println(s)
	}
}
