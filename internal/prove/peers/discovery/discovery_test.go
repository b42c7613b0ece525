package discovery

import (
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/internal/prove/workload"
)

func TestWays_agree(t *testing.T) {
	t.Parallel()
	const n, caps = 3000, 12
	all := workload.Modules(n, caps, 5)
	r, m, s := newRoaring(all, caps), newSets(all, caps), scan(all)
	found := 0
	for _, q := range workload.Queries(500, caps, 5) {
		want := answer{top: []uint32{}}
		s(&q, &want)
		first := &want
		found += want.count
		for name, ask := range map[string]func(q *workload.Query, a *answer){"top": r.top, "count": r.count, "sets": m.find} {
			got := answer{top: []uint32{}}
			ask(&q, &got)
			if err := agree(&first, &got); err != nil {
				t.Errorf("%+v: %s: %v", q, name, err)
			}
		}
	}
	if found == 0 {
		t.Error("nothing was ever found")
	}
}

func TestAgree(t *testing.T) {
	t.Parallel()
	known := &answer{count: 2, top: []uint32{1, 5}}
	for _, test := range []struct {
		first, a *answer
		says     string
	}{
		{nil, known, ""},
		{known, &answer{count: 2}, ""},
		{known, &answer{count: 2, top: []uint32{1, 5}}, ""},
		{known, &answer{count: 3, top: []uint32{1, 5}}, "found 3"},
		{known, &answer{count: 2, top: []uint32{1, 6}}, "[1 6]"},
		{known, &answer{count: 2, top: []uint32{}}, "[]"},
	} {
		err := agree(&test.first, test.a)
		if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
			t.Errorf("agree(%v): %v, want %q", test.a, err, test.says)
		}
	}
}

func TestAppendLowest(t *testing.T) {
	t.Parallel()
	var found, want []uint32
	for i := range uint32(100) {
		found, want = append(found, i*37%100), append(want, i)
	}
	if got := appendLowest(nil, found); !slices.Equal(got, want[:topK]) {
		t.Errorf("appendLowest = %v", got)
	}
	if got := appendLowest(nil, []uint32{3, 1}); !slices.Equal(got, []uint32{1, 3}) {
		t.Errorf("appendLowest = %v", got)
	}
}
