package persist

import (
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// fakes are hashes that collide in one part or in all; nil is the real one.
var fakes = []struct {
	name string
	sum  func(string) uint64
}{
	{"seeded", nil},
	{"constant", func(string) uint64 { return 0x0123456789abcdef }},
	{"four values", func(k string) uint64 { return spread(k) & 3 * 0x4000_0000_0000_0001 }},
	{"last levels", func(k string) uint64 { return spread(k) & 0xff << 40 }},
	{"first level", func(k string) uint64 { return spread(k) & 0xf }},
	{"tags 0 and 1", func(k string) uint64 { return spread(k)&0xff_ffff | spread(k)>>63<<tagShift }},
	{"same tag and home", func(k string) uint64 { return spread(k) & (1<<homeShift - 1) }},
	{"few groups", func(k string) uint64 { return spread(k) &^ (0xfe << homeShift) }},
}

// spread is a fixed hash: a failing history fails again.
func spread(key string) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range []byte(key) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	return h ^ h>>32
}

// history drives a Map and a Tree and keeps a plain map beside them, and versions of all three.
type history struct {
	t     *testing.T
	sum   func(string) uint64
	now   version
	kept  []version
	steps int
}

type version struct {
	m     Map[int]
	tree  Tree[string, int]
	model map[string]int
}

func newHistory(t *testing.T, sum func(string) uint64) *history {
	t.Helper()
	h := &history{t: t, sum: sum}
	h.now = version{tree: NewTree[string, int](strings.Compare), model: map[string]int{}}
	return h
}

func (h *history) set(key string) {
	if h.now.m.root == nil && h.sum != nil {
		h.now.m.root = &root[int]{hash: hasher{fake: h.sum}}
	}
	h.steps++
	h.now.m = h.now.m.Set(key, h.steps)
	h.now.tree = h.now.tree.Set(key, h.steps)
	h.now.model[key] = h.steps
}

func (h *history) delete(key string) {
	before := h.now
	h.now.m = h.now.m.Delete(key)
	h.now.tree = h.now.tree.Delete(key)
	if _, ok := h.now.model[key]; !ok && (h.now.m != before.m || h.now.tree.root != before.tree.root) {
		h.t.Errorf("Delete of %q, which was not there, made a version", key)
	}
	delete(h.now.model, key)
}

func (h *history) keep() {
	v := h.now
	v.model = maps.Clone(v.model)
	h.kept = append(h.kept, v)
}

// check compares the latest and all kept versions with their models.
func (h *history) check() {
	h.t.Helper()
	h.keep()
	for _, v := range h.kept {
		checkTrie(h.t, v.m)
		checkTree(h.t, v.tree)
		v.compareMap(h.t)
		v.compareTree(h.t)
	}
}

func (v version) compareMap(t *testing.T) {
	t.Helper()
	if got := maps.Collect(v.m.All()); v.m.Len() != len(v.model) || !maps.Equal(got, v.model) {
		t.Fatalf("Map has %d entries %v, want %v", v.m.Len(), got, v.model)
	}
	for key, want := range v.model {
		if got, ok := v.m.Get(key); !ok || got != want {
			t.Fatalf("Map.Get(%q) = %d, %t, want %d", key, got, ok, want)
		}
	}
}

func (v version) compareTree(t *testing.T) {
	t.Helper()
	want := slices.Sorted(maps.Keys(v.model))
	if got := keys(t, v.tree.All(), v.model); v.tree.Len() != len(want) || !slices.Equal(got, want) {
		t.Fatalf("Tree.All has %d keys %q, want %q", v.tree.Len(), got, want)
	}
	backward := keys(t, v.tree.Backward(), v.model)
	if slices.Reverse(backward); !slices.Equal(backward, want) {
		t.Fatalf("Tree.Backward, reversed, has %q, want %q", backward, want)
	}
	for key, want := range v.model {
		if got, ok := v.tree.Get(key); !ok || got != want {
			t.Fatalf("Tree.Get(%q) = %d, %t, want %d", key, got, ok, want)
		}
	}
	first, val, ok := v.tree.Min()
	if ok != (len(want) > 0) || ok && (first != want[0] || val != v.model[first]) {
		t.Fatalf("Tree.Min() = %q, %d, %t", first, val, ok)
	}
}

// probe looks for key, present or not, and walks on from it for a few steps.
func (h *history) probe(key string, steps int) {
	h.t.Helper()
	want, there := h.now.model[key]
	if got, ok := h.now.m.Get(key); ok != there || got != want {
		h.t.Fatalf("Map.Get(%q) = %d, %t, want %d, %t", key, got, ok, want, there)
	}
	if got, ok := h.now.tree.Get(key); ok != there || got != want {
		h.t.Fatalf("Tree.Get(%q) = %d, %t, want %d, %t", key, got, ok, want, there)
	}
	sorted := slices.Sorted(maps.Keys(h.now.model))
	i, _ := slices.BinarySearch(sorted, key)
	for k := range h.now.tree.From(key) {
		if i == len(sorted) || k != sorted[i] {
			h.t.Fatalf("Tree.From(%q) has %q in place %d of %q", key, k, i, sorted)
		}
		i++
		if steps--; steps <= 0 {
			return
		}
	}
	if i != len(sorted) {
		h.t.Fatalf("Tree.From(%q) lacks %q", key, sorted[i:])
	}
}

func keys(t *testing.T, seq func(func(string, int) bool), model map[string]int) (ks []string) {
	t.Helper()
	for k, v := range seq {
		if model[k] != v {
			t.Fatalf("%q stands for %d, want %d", k, v, model[k])
		}
		ks = append(ks, k)
	}
	return ks
}

// key returns a key, the empty one among them.
func key(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprint("k", i)
}

func TestHistories_random(t *testing.T) {
	t.Parallel()
	for _, f := range fakes {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(4) {
				r := rand.New(rand.NewPCG(seed, 7))
				space := []int{20, 100, 400, 1500}[seed]
				h := newHistory(t, f.sum)
				for step := range 3 * space {
					k := key(r.IntN(space))
					// The share of deletions swings, so that the structures grow and shrink.
					if r.IntN(100) < 30+40*(step/space%2) {
						h.delete(k)
					} else {
						h.set(k)
					}
					if r.IntN(space/8+1) == 0 {
						h.keep()
						h.probe(key(r.IntN(space)), r.IntN(space))
					}
				}
				h.check()
				for n, i := range r.Perm(space) {
					h.delete(key(i))
					if n%(space/8+1) == 0 || n > space-10 {
						h.keep()
					}
				}
				if h.now.m.root != nil || h.now.tree.root != nil {
					t.Fatal("nothing left, but not empty")
				}
				h.check()
			}
		})
	}
}

// FuzzHistories reads its input as a choice of the hash and then operations of three bytes: what, and on which key.
func FuzzHistories(f *testing.F) {
	f.Add([]byte{0})
	f.Add([]byte("\x01\x02\x00\x00\x04\x00\x00\x03\x00\x10\x00\x00\x00\x01\x00\x00"))
	f.Add([]byte("\x05\x02\x00\x00\x02\x00\x40\x02\x00\x80\x04\x00\x00\x03\x00\x20\x05\x00\x30"))
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) == 0 {
			return
		}
		const run, maxSteps, maxKept = 64, 300, 8
		h := newHistory(t, fakes[int(in[0])%len(fakes)].sum)
		in = in[1:min(len(in), 1+3*maxSteps)]
		for ; len(in) >= 3; in = in[3:] {
			k := int(binary.BigEndian.Uint16(in[1:]) % 2048)
			switch in[0] % 6 {
			case 0:
				h.set(key(k))
			case 1:
				h.delete(key(k))
			case 2:
				for i := range run {
					h.set(key(k + i))
				}
			case 3:
				for i := range run {
					h.delete(key(k + i))
				}
			case 4:
				if len(h.kept) < maxKept {
					h.keep()
				}
			case 5:
				h.probe(key(k), int(in[0]))
			}
		}
		h.check()
	})
}

func TestHasher_isSeeded(t *testing.T) {
	t.Parallel()
	var m Map[int]
	a, b := m.Set("x", 1), m.Set("x", 1)
	if a.root.hash.seed == b.root.hash.seed || a.root.hash.seed == (maphash.Seed{}) {
		t.Error("two maps share a seed")
	}
}
