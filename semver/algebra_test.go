package semver

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// generator makes random ranges over few numbers and identifiers, so that their
// bounds meet often.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 0))} }

func pick[T any](g generator, list ...T) T { return list[g.IntN(len(list))] }

func (g generator) core() string {
	number := func() string {
		if g.IntN(40) == 0 {
			return pick(g, "9007199254740990", "9007199254740991")
		}
		return pick(g, "0", "0", "1", "2")
	}
	return number() + "." + number() + "." + number()
}

func gridPrereleases() []string {
	return []string{"0", "0.0", "1", "1.0", "a", "a.0", "a.0.0", "a.1", "a.a", "b", "z"}
}

func (g generator) version() string {
	if g.IntN(2) == 0 {
		return g.core()
	}
	return g.core() + "-" + pick(g, gridPrereleases()...)
}

// comparators returns one alternative of primitive comparators.
func (g generator) comparators() string {
	list := make([]string, 1+g.IntN(3))
	for i := range list {
		list[i] = pick(g, "", "<", "<=", ">", ">=", ">=", "<") + g.version()
	}
	return strings.Join(list, " ")
}

func (g generator) alternative() string {
	switch g.IntN(6) {
	case 0:
		return pick(g, "*", "1", "1.x", "0.1", "~1.2", "^0", "<1", ">0.1", "1 - 2", "<*", "pre:*", "pre:<1")
	case 1:
		return pick(g, "~", "^") + g.version()
	case 2:
		return g.version() + " - " + g.version()
	case 3:
		return "pre:" + g.comparators()
	}
	return g.comparators()
}

func (g generator) text() string {
	list := make([]string, 1+g.IntN(3))
	for i := range list {
		list[i] = g.alternative()
	}
	return strings.Join(list, " || ")
}

// leaf returns a parsed range, rng one that algebra may have built.
func (g generator) leaf() Range {
	if g.IntN(3) == 0 {
		r, err := ParseRangePrerelease(g.text())
		if err != nil {
			panic(err)
		}
		return r
	}
	return MustParseRange(g.text())
}

func (g generator) rng() Range {
	r := g.leaf()
	for range g.IntN(4) {
		switch g.IntN(3) {
		case 0:
			r = r.Union(g.leaf())
		case 1:
			r = r.Intersect(g.leaf())
		default:
			r = r.Complement()
		}
	}
	return r
}

// grid returns versions around everything that a generator names.
func grid() []Version {
	numbers := []uint64{0, 1, 2, 3, maxNumber}
	var list []Version
	for _, major := range numbers {
		for _, minor := range numbers {
			for _, patch := range numbers {
				c := core{major, minor, patch}
				list = append(list, Version{core: c})
				for _, pre := range gridPrereleases() {
					list = append(list, Version{core: c, pre: pre})
				}
			}
		}
	}
	return list
}

// checkAlgebra reports laws of Boolean algebra that do not hold for a, b and c.
func checkAlgebra(t *testing.T, a, b, c Range) {
	t.Helper()
	all := None().Complement()
	not := Range.Complement
	laws := []struct {
		name        string
		left, right Range
	}{
		{"double complement", not(not(a)), a},
		{"excluded middle", a.Union(not(a)), all},
		{"contradiction", a.Intersect(not(a)), None()},
		{"De Morgan of union", not(a.Union(b)), not(a).Intersect(not(b))},
		{"De Morgan of intersection", not(a.Intersect(b)), not(a).Union(not(b))},
		{"commutative union", a.Union(b), b.Union(a)},
		{"commutative intersection", a.Intersect(b), b.Intersect(a)},
		{"associative union", a.Union(b).Union(c), a.Union(b.Union(c))},
		{"associative intersection", a.Intersect(b).Intersect(c), a.Intersect(b.Intersect(c))},
		{"distributive", a.Intersect(b.Union(c)), a.Intersect(b).Union(a.Intersect(c))},
		{"idempotent union", a.Union(a), a},
		{"idempotent intersection", a.Intersect(a), a},
		{"absorption", a.Union(a.Intersect(b)), a},
		{"identity of union", a.Union(None()), a},
		{"identity of intersection", a.Intersect(all), a},
	}
	for _, law := range laws {
		if !law.left.Equal(law.right) || law.left.String() != law.right.String() {
			t.Errorf("%s: %q is not %q, for %q, %q and %q", law.name, law.left, law.right, a, b, c)
		}
	}
	if got, want := a.Subset(b), a.Intersect(b).Equal(a); got != want {
		t.Errorf("Subset of %q in %q is %v", a, b, got)
	}
	if got, want := a.String() == b.String(), a.Equal(b); got != want {
		t.Errorf("Equal of %q and %q is %v", a, b, want)
	}
	if !a.Intersect(b).Subset(a) || !a.Subset(a.Union(b)) || !None().Subset(a) || !a.Subset(all) {
		t.Errorf("Subset is no order for %q and %q", a, b)
	}
}

func TestRangeAlgebra_laws(t *testing.T) {
	t.Parallel()
	g := newGenerator(1)
	for range 2000 {
		checkAlgebra(t, g.rng(), g.rng(), g.rng())
	}
}

func TestRangeAlgebra_agreesWithContains(t *testing.T) {
	t.Parallel()
	g, versions := newGenerator(2), grid()
	for range 100 {
		a, b := g.rng(), g.rng()
		union, both, not := a.Union(b), a.Intersect(b), a.Complement()
		subset, equal := true, true
		for _, v := range versions {
			inA, inB := a.Contains(v), b.Contains(v)
			subset, equal = subset && (!inA || inB), equal && inA == inB
			if union.Contains(v) != (inA || inB) || both.Contains(v) != (inA && inB) || not.Contains(v) == inA {
				t.Fatalf("%v: union %v, intersection %v, complement %v, for %q (%v) and %q (%v)",
					v, union.Contains(v), both.Contains(v), not.Contains(v), a, inA, b, inB)
			}
		}
		if a.Subset(b) && !subset || a.Equal(b) && !equal {
			t.Fatalf("Subset is %v, Equal is %v for %q and %q", a.Subset(b), a.Equal(b), a, b)
		}
	}
}

// Two texts or two representations must mean two sets: the symmetric difference
// of ranges that are not equal holds a version that one of them does not hold.
func TestRangeEqual_unlessAVersionDiffers(t *testing.T) {
	t.Parallel()
	g := newGenerator(3)
	for range 2000 {
		a, b := g.rng(), g.rng()
		if g.IntN(3) == 0 { // make it likely that they are nearly equal
			b = a.Union(Exactly(MustParse(g.version())))
		}
		difference := a.Union(b).Intersect(a.Intersect(b).Complement())
		if a.Equal(b) {
			if !difference.IsEmpty() {
				t.Fatalf("%q is equal to %q, which differs by %q", a, b, difference)
			}
			continue
		}
		rel, pre := difference.parts()
		if len(rel)+len(pre) == 0 {
			t.Fatalf("%q is not equal to %q but has the same versions", a, b)
		}
		for _, s := range slices.Concat(rel, pre) {
			if v := s.lo.version(); a.Contains(v) == b.Contains(v) {
				t.Fatalf("%v is in the difference %q of %q and %q", v, difference, a, b)
			}
		}
	}
}

func TestRangeString_readsBack(t *testing.T) {
	t.Parallel()
	g := newGenerator(4)
	for range 5000 {
		checkRoundTrip(t, g.rng())
	}
}

// A model written from node-semver's documentation, without intervals: all
// comparators must hold, and for a pre-release one must name its core.
func TestParseRange_agreesWithModel(t *testing.T) {
	t.Parallel()
	g, versions := newGenerator(5), grid()
	for range 100 {
		text := g.comparators()
		r := MustParseRange(text)
		for _, v := range versions {
			if got, want := r.Contains(v), modelContains(text, v); got != want {
				t.Fatalf("%q, canonical %q: Contains(%v) is %v", text, r, v, got)
			}
		}
	}
}

func modelContains(comparators string, v Version) bool {
	named := !v.IsPrerelease()
	for c := range strings.FieldsSeq(comparators) {
		if c == ">=0.0.0" {
			continue
		}
		w := MustParse(strings.TrimLeft(c, "<>="))
		d := v.Compare(w)
		ok := map[string]bool{"": d == 0, "<": d < 0, "<=": d <= 0, ">": d > 0, ">=": d >= 0}
		if !ok[strings.TrimSuffix(c, w.String())] {
			return false
		}
		named = named || w.IsPrerelease() && fmt.Sprint(v.core) == fmt.Sprint(w.core)
	}
	return named
}
