package workload_test

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/prove/workload"
	"github.com/modreg/modreg/semver"
)

func TestModules_areTheSameAgain(t *testing.T) {
	t.Parallel()
	const n, caps = 9000, 200
	a, b := workload.Modules(n, caps, 1), workload.Modules(n, caps, 1)
	if !reflect.DeepEqual(a, b) {
		t.Error("the same arguments made other modules")
	}
	if reflect.DeepEqual(a, workload.Modules(n, caps, 2)) {
		t.Error("another seed made the same modules")
	}
	if !reflect.DeepEqual(a[:5000], workload.Modules(5000, caps, 1)) {
		t.Error("the first modules depend on how many follow")
	}
}

func TestModules_shape(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ n, caps, fewest, most int }{
		{0, 10, 0, 0}, {1, 1, 1, 1}, {100, 2, 2, 2}, {1000, 5, 3, 5}, {20_000, 200, 3, 8}, {5000, 2000, 3, 8},
	} {
		modules := workload.Modules(test.n, test.caps, 7)
		if len(modules) != test.n {
			t.Fatalf("%+v: %d modules", test, len(modules))
		}
		names, kinds, sizes := map[string]bool{}, map[int]bool{}, map[int]bool{}
		for _, m := range modules {
			names[m.Name], kinds[m.Kind], sizes[len(m.Caps)] = true, true, true
			checkModule(t, m, test.caps)
		}
		if len(names) != test.n {
			t.Errorf("%+v: %d different names", test, len(names))
		}
		for size := range sizes {
			if size < test.fewest || size > test.most {
				t.Errorf("%+v: a module has %d capabilities", test, size)
			}
		}
		if test.n >= 1000 && (len(kinds) != workload.Kinds || len(sizes) != test.most-test.fewest+1) {
			t.Errorf("%+v: %d kinds and %d sizes", test, len(kinds), len(sizes))
		}
	}
}

func checkModule(t *testing.T, m workload.Module, caps int) {
	t.Helper()
	if err := capability.CheckName(m.Name); err != nil {
		t.Error(err)
	}
	if m.Kind < 0 || m.Kind >= workload.Kinds {
		t.Errorf("%s has kind %d", m.Name, m.Kind)
	}
	seen := map[int32]bool{}
	lowest, highest := workload.Version(1, 0), workload.Version(workload.Majors, workload.Minors-1)
	for _, c := range m.Caps {
		if seen[c.ID] || c.ID < 0 || int(c.ID) >= caps || c.Version < lowest || c.Version > highest {
			t.Errorf("%s has capabilities %v", m.Name, m.Caps)
		}
		seen[c.ID] = true
	}
}

func TestModules_capabilitiesFollowZipf(t *testing.T) {
	t.Parallel()
	const n, caps = 40_000, 200
	had := make([]int, caps)
	for _, m := range workload.Modules(n, caps, 3) {
		had[m.Caps[0].ID]++ // the first is drawn from all
	}
	total := 0.0
	for i := range caps {
		total += math.Pow(float64(i+1), -1.1)
	}
	for _, i := range []int{0, 1, 4, 19, 99} {
		want := n * math.Pow(float64(i+1), -1.1) / total
		if got := float64(had[i]); math.Abs(got-want) > 6*math.Sqrt(want) {
			t.Errorf("capability %d is there %v times, want about %.0f", i, got, want)
		}
	}
}

func TestVersion_isOrderedAsVersionsAre(t *testing.T) {
	t.Parallel()
	last := semver.MustParse("0.9.9")
	for major := 1; major <= workload.Majors; major++ {
		for minor := range workload.Minors {
			v, err := semver.Parse(workload.VersionText(workload.Version(major, minor)))
			if err != nil || v.Compare(last) <= 0 || v.Major() != uint64(major) || v.Minor() != uint64(minor) {
				t.Errorf("version %d.%d is %v after %v, %v", major, minor, v, last, err)
			}
			last = v
		}
	}
}

func TestNames_areThoseOfCapabilitiesAndKinds(t *testing.T) {
	t.Parallel()
	for _, name := range []string{workload.CapName(0), workload.CapName(1999), workload.KindName(7)} {
		if _, err := capability.ParseID(name); err != nil {
			t.Error(err)
		}
	}
}

func TestQueries_shape(t *testing.T) {
	t.Parallel()
	const n, caps = 6000, 200
	queries := workload.Queries(n, caps, 1)
	if !reflect.DeepEqual(queries, workload.Queries(n, caps, 1)) {
		t.Error("the same arguments made other queries")
	}
	sizes, forbid, kind, minimum := map[int]int{}, 0, 0, 0
	for _, q := range queries {
		sizes[len(q.Require)]++
		unique := slices.Compact(slices.Sorted(slices.Values(q.Require)))
		if len(unique) != len(q.Require) || slices.Contains(unique, q.Forbid) {
			t.Fatalf("%+v names a capability twice", q)
		}
		forbid += toInt(q.Forbid != workload.None)
		kind += toInt(q.Kind != workload.None)
		minimum += toInt(q.Min != 0)
	}
	near := func(what string, got int, share float64) {
		t.Helper()
		if math.Abs(float64(got)/n-share) > 0.03 {
			t.Errorf("%d of %d queries have %s, want %.2f of them", got, n, what, share)
		}
	}
	for size := 1; size <= 3; size++ {
		near("this many requirements", sizes[size], 1./3)
	}
	near("a forbidden capability", forbid, 0.5)
	near("a kind", kind, 0.5)
	near("a lowest version", minimum, 1./3)
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestQueries_ofFewCapabilities(t *testing.T) {
	t.Parallel()
	for caps := 1; caps <= 4; caps++ {
		for _, q := range workload.Queries(200, caps, 5) {
			if len(q.Require) < 1 || len(q.Require) > min(caps, 3) || int(q.Forbid) >= caps {
				t.Errorf("with %d capabilities: %+v", caps, q)
			}
		}
	}
}

func TestQuery_Matches(t *testing.T) {
	t.Parallel()
	m := workload.Module{Kind: 2, Caps: []workload.Cap{{ID: 1, Version: 25}, {ID: 3, Version: 10}, {ID: 8, Version: 59}}}
	const none = workload.None
	for _, test := range []struct {
		q    workload.Query
		want bool
	}{
		{workload.Query{Forbid: none, Kind: none}, true},
		{workload.Query{Require: []int32{1}, Forbid: none, Kind: none}, true},
		{workload.Query{Require: []int32{2}, Forbid: none, Kind: none}, false},
		{workload.Query{Require: []int32{8, 1, 3}, Forbid: none, Kind: 2}, true},
		{workload.Query{Require: []int32{8, 1, 2}, Forbid: none, Kind: none}, false},
		{workload.Query{Require: []int32{1}, Forbid: 8, Kind: none}, false},
		{workload.Query{Require: []int32{1}, Forbid: 7, Kind: none}, true},
		{workload.Query{Require: []int32{1}, Forbid: none, Kind: 3}, false},
		{workload.Query{Require: []int32{1}, Min: 25, Forbid: none, Kind: none}, true},
		{workload.Query{Require: []int32{1}, Min: 26, Forbid: none, Kind: none}, false},
		{workload.Query{Require: []int32{8, 3}, Min: 59, Forbid: none, Kind: none}, true}, // the first one only
	} {
		if got := test.q.Matches(&m); got != test.want {
			t.Errorf("%+v matches: %v, want %v", test.q, got, test.want)
		}
	}
}

func BenchmarkModules(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		workload.Modules(1_000_000, 200, 1)
	}
}
