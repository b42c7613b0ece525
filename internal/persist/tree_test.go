package persist

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"testing"
)

func TestTreeZero_isReadable(t *testing.T) {
	t.Parallel()
	var tr Tree[int, string]
	if _, ok := tr.Get(1); ok || tr.Len() != 0 || tr.Delete(1).Len() != 0 {
		t.Error("the zero Tree has something")
	}
	if _, _, ok := tr.Min(); ok {
		t.Error("the zero Tree has a minimum")
	}
	for _, seq := range []iter.Seq2[int, string]{tr.All(), tr.From(0), tr.Backward()} {
		for k := range seq {
			t.Errorf("the zero Tree has %d", k)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Set on the zero Tree did not panic")
		}
	}()
	tr.Set(1, "")
}

func TestTreeSet_replacesAnEqualKey(t *testing.T) {
	t.Parallel()
	fold := func(a, b string) int { return cmp.Compare(strings.ToLower(a), strings.ToLower(b)) }
	old := NewTree[string, int](fold)
	for i := range 100 {
		old = old.Set("k"+string(rune('A'+i%26))+string(rune('A'+i/26)), i)
	}
	tr := old
	for k, v := range old.All() {
		tr = tr.Set(strings.ToLower(k), -v)
	}
	if checkTree(t, tr); tr.Len() != old.Len() {
		t.Errorf("Len = %d, want %d", tr.Len(), old.Len())
	}
	for k, v := range tr.All() {
		if k != strings.ToLower(k) || v > 0 {
			t.Errorf("%q = %d", k, v)
		}
	}
	for k, v := range old.All() {
		if k == strings.ToLower(k) || v < 0 {
			t.Errorf("the old tree has %q = %d", k, v)
		}
	}
}

func TestTree_inEveryOrderOfWork(t *testing.T) {
	t.Parallel()
	const n = 2000
	up := make([]int, n)
	for i := range up {
		up[i] = i
	}
	down := slices.Clone(up)
	slices.Reverse(down)
	inward := make([]int, 0, n)
	for i := range n / 2 {
		inward = append(inward, i, n-1-i)
	}
	orders := map[string][]int{"up": up, "down": down, "inward": inward}
	for in, ins := range orders {
		for out, outs := range orders {
			tr := NewTree[int, int](cmp.Compare[int])
			for _, k := range ins {
				tr = tr.Set(k, k)
			}
			checkTree(t, tr)
			for i, k := range outs {
				if tr = tr.Delete(k); i%37 == 0 {
					checkTree(t, tr)
				}
				if tr.Len() != n-1-i {
					t.Fatalf("in %s, out %s: Len = %d after %d deletions", in, out, tr.Len(), i+1)
				}
			}
			if tr.root != nil {
				t.Errorf("in %s, out %s: not empty", in, out)
			}
		}
	}
}

func TestTreeFrom_startsAtTheFirstNotBefore(t *testing.T) {
	t.Parallel()
	const n = 700
	tr := NewTree[int, int](cmp.Compare[int])
	for i := range n {
		tr = tr.Set(2*i+1, i)
	}
	for k := -1; k <= 2*n+1; k++ {
		want := max(k|1, 1)
		for got := range tr.From(k) {
			if got != want {
				t.Fatalf("From(%d) has %d, want %d", k, got, want)
			}
			want += 2
		}
		if want < 2*n {
			t.Fatalf("From(%d) ends before %d", k, want)
		}
	}
}

func TestTreeIterators_stopEarly(t *testing.T) {
	t.Parallel()
	const n = 500
	tr := NewTree[int, int](cmp.Compare[int])
	for i := range n {
		tr = tr.Set(i, i)
	}
	for name, seq := range map[string]iter.Seq2[int, int]{"All": tr.All(), "Backward": tr.Backward(), "From": tr.From(0)} {
		for stop := 1; stop <= n; stop++ {
			seen := 0
			for range seq {
				if seen++; seen == stop {
					break
				}
			}
			if seen != stop {
				t.Fatalf("%s: %d steps, want %d", name, seen, stop)
			}
		}
	}
}

func TestTreeSmall_isNoLargerThanNeeded(t *testing.T) {
	t.Parallel()
	tr := NewTree[int, int](cmp.Compare[int])
	for n := 1; n <= 4; n++ {
		if tr = tr.Set(n, n); cap(tr.root.items) != n || tr.root.kids != nil {
			t.Errorf("%d entries take room for %d", n, cap(tr.root.items))
		}
	}
	if tr = tr.Delete(2); cap(tr.root.items) != 3 {
		t.Errorf("3 entries take room for %d", cap(tr.root.items))
	}
}
