package capability_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// The properties below compare the package with a second, slow reading of the
// language: expressions over plain Go values, built and evaluated without it.

// plain is an attribute value: string, int64, bool, semver.Version, []string.
type plain any

type expr interface {
	eval(map[string]plain) bool
	text(*rand.Rand) string
}

type (
	boolExpr struct {
		word string // and, or
		l, r expr
	}
	notExpr    struct{ x expr }
	existsExpr struct{ name string }
	inExpr     struct {
		name string
		list []plain
	}
	cmpExpr struct {
		name, op string
		lit      plain
	}
)

func (e boolExpr) eval(m map[string]plain) bool {
	if e.word == "and" {
		return e.l.eval(m) && e.r.eval(m)
	}
	return e.l.eval(m) || e.r.eval(m)
}
func (e notExpr) eval(m map[string]plain) bool { return !e.x.eval(m) }
func (e existsExpr) eval(m map[string]plain) bool {
	_, ok := m[e.name]
	return ok
}

func (e inExpr) eval(m map[string]plain) bool {
	return slices.ContainsFunc(e.list, func(lit plain) bool { return cmpExpr{e.name, "=", lit}.eval(m) })
}

func (e cmpExpr) eval(m map[string]plain) bool {
	v, ok := m[e.name]
	if !ok {
		return false
	}
	if set, ok := v.([]string); ok {
		var equal bool
		switch lit := e.lit.(type) {
		case string:
			equal = slices.Contains(set, lit)
		case []string:
			equal = slices.Equal(uniq(set), uniq(lit))
		default:
			return false
		}
		return e.op == "=" && equal || e.op == "!=" && !equal
	}
	var c int
	switch lit := e.lit.(type) {
	case string:
		s, ok := v.(string)
		if !ok {
			return false
		}
		c = strings.Compare(s, lit)
	case int64:
		i, ok := v.(int64)
		if !ok {
			return false
		}
		c = int(i - lit)
	case bool:
		b, ok := v.(bool)
		if !ok {
			return false
		}
		c = map[bool]int{true: 0, false: 1}[b == lit]
	case semver.Version:
		w, ok := v.(semver.Version)
		if !ok {
			return false
		}
		c = w.Compare(lit)
	default:
		return false
	}
	return map[string]bool{"=": c == 0, "!=": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[e.op]
}

func uniq(s []string) []string { return slices.Compact(slices.Sorted(slices.Values(s))) }

// space returns white space that may be nothing.
func space(rnd *rand.Rand) string { return []string{"", " ", "\t", " \n"}[rnd.IntN(4)] }

func (e boolExpr) text(rnd *rand.Rand) string {
	side := func(x expr) string {
		s := x.text(rnd)
		if b, ok := x.(boolExpr); ok && (b.word != e.word && e.word == "and" || rnd.IntN(3) == 0) {
			return "(" + space(rnd) + s + space(rnd) + ")"
		}
		return s
	}
	return side(e.l) + " " + e.word + " " + side(e.r)
}

func (e notExpr) text(rnd *rand.Rand) string {
	if _, ok := e.x.(boolExpr); ok || rnd.IntN(3) == 0 {
		return "not" + space(rnd) + "(" + e.x.text(rnd) + ")"
	}
	return "not " + e.x.text(rnd)
}

func (e existsExpr) text(rnd *rand.Rand) string {
	if rnd.IntN(2) == 0 {
		return "exists " + e.name
	}
	return "exists" + space(rnd) + "(" + e.name + ")"
}

func (e inExpr) text(rnd *rand.Rand) string {
	parts := make([]string, len(e.list))
	for i, lit := range e.list {
		parts[i] = plainText(lit)
	}
	return e.name + " in" + space(rnd) + "[" + strings.Join(parts, ","+space(rnd)) + "]"
}

func (e cmpExpr) text(rnd *rand.Rand) string {
	return e.name + space(rnd) + e.op + space(rnd) + plainText(e.lit)
}

func plainText(v plain) string {
	switch v := v.(type) {
	case semver.Version:
		return fmt.Sprintf("v%q", v)
	case []string:
		parts := make([]string, len(v))
		for i, s := range v {
			parts[i] = fmt.Sprintf("%q", s)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return fmt.Sprintf("%q", v)
	default:
		return fmt.Sprint(v)
	}
}

func pick[T any](rnd *rand.Rand, from ...T) T { return from[rnd.IntN(len(from))] }

func randName(rnd *rand.Rand) string { return pick(rnd, "a", "b", "c.d", "v") }

func randText(rnd *rand.Rand) string { return pick(rnd, "", "x", "y", "yy", `"`, `\`, "é") }

func randVersion(rnd *rand.Rand) semver.Version {
	return semver.MustParse(pick(rnd, "1.0.0", "1.0.0+b", "1.0.0-rc.1", "1.2.0", "2.0.0"))
}

// randScalar returns a value of the kind 0 to 3.
func randScalar(rnd *rand.Rand, kind int) plain {
	switch kind {
	case 0:
		return randText(rnd)
	case 1:
		return int64(rnd.IntN(5) - 2)
	case 2:
		return rnd.IntN(2) == 0
	default:
		return randVersion(rnd)
	}
}

func randValue(rnd *rand.Rand) plain {
	if kind := rnd.IntN(5); kind < 4 {
		return randScalar(rnd, kind)
	}
	set := make([]string, rnd.IntN(4))
	for i := range set {
		set[i] = randText(rnd)
	}
	return set
}

func randExpr(rnd *rand.Rand, depth int) expr {
	if depth > 0 {
		switch rnd.IntN(4) {
		case 0, 1:
			return boolExpr{pick(rnd, "and", "or"), randExpr(rnd, depth-1), randExpr(rnd, depth-1)}
		case 2:
			return notExpr{randExpr(rnd, depth-1)}
		}
	}
	switch rnd.IntN(6) {
	case 0:
		return existsExpr{randName(rnd)}
	case 1:
		list := make([]plain, 1+rnd.IntN(3))
		kind := rnd.IntN(4)
		for i := range list {
			list[i] = randScalar(rnd, kind)
		}
		return inExpr{randName(rnd), list}
	}
	lit := randValue(rnd)
	switch lit.(type) {
	case bool, []string:
		return cmpExpr{randName(rnd), pick(rnd, "=", "!="), lit}
	}
	return cmpExpr{randName(rnd), pick(rnd, "=", "!=", "<", "<=", ">", ">="), lit}
}

func randAttrs(tb testing.TB, rnd *rand.Rand) (map[string]plain, capability.Attrs) {
	tb.Helper()
	m := make(map[string]plain)
	for range rnd.IntN(5) {
		m[randName(rnd)] = randValue(rnd)
	}
	var list []capability.Attr
	for name, v := range m {
		switch v := v.(type) {
		case string:
			list = append(list, attr(name, capability.String(v)))
		case int64:
			list = append(list, attr(name, capability.Int(v)))
		case bool:
			list = append(list, attr(name, capability.Bool(v)))
		case semver.Version:
			list = append(list, attr(name, capability.Version(v)))
		case []string:
			list = append(list, attr(name, capability.Set(v...)))
		}
	}
	return m, mustAttrs(tb, list...)
}

func TestFilterMatch_agreesWithNaiveEvaluation(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	hits, tries := 0, 0
	for range 3000 {
		e := randExpr(rnd, 4)
		text := e.text(rnd)
		f := mustFilter(t, text)
		for range 8 {
			m, attrs := randAttrs(t, rnd)
			want := e.eval(m)
			if got := f.Match(attrs); got != want {
				t.Fatalf("%s (canonical %s) on %s is %t, want %t", text, f, attrs.AppendJSON(nil), got, want)
			}
			tries++
			if want {
				hits++
			}
		}
	}
	if hits < tries/5 || hits > tries*4/5 {
		t.Errorf("%d of %d matched: the generator says little", hits, tries)
	}
}

func TestFilterString_roundTrips(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 3000 {
		text := randExpr(rnd, 5).text(rnd)
		f := mustFilter(t, text)
		g := mustFilter(t, f.String())
		if g.String() != f.String() || !g.Equal(f) {
			t.Fatalf("%s: canonical %s reads as %s", text, f, g)
		}
		if len(f.String()) > len(text)*2 {
			t.Fatalf("%s grew to %s", text, f)
		}
		for range 4 {
			if _, attrs := randAttrs(t, rnd); f.Match(attrs) != g.Match(attrs) {
				t.Fatalf("%s and its canonical text differ on %s", text, attrs.AppendJSON(nil))
			}
		}
	}
}

func TestFilter_obeysDeMorgan(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 1500 {
		a, b := randExpr(rnd, 2).text(rnd), randExpr(rnd, 2).text(rnd)
		for _, law := range [][2]string{
			{"not ((%s) and (%s))", "not (%s) or not (%s)"},
			{"not ((%s) or (%s))", "not (%s) and not (%s)"},
			{"(%s) and (%s)", "not (not (%s) or not (%s))"},
		} {
			f, g := mustFilter(t, fmt.Sprintf(law[0], a, b)), mustFilter(t, fmt.Sprintf(law[1], a, b))
			for range 4 {
				if _, attrs := randAttrs(t, rnd); f.Match(attrs) != g.Match(attrs) {
					t.Fatalf("%s and %s differ on %s", f, g, attrs.AppendJSON(nil))
				}
			}
		}
	}
}

func TestFilterAnd_matchesWhatBothMatch(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(9, 10))
	for range 2000 {
		f, g := mustFilter(t, randExpr(rnd, 2).text(rnd)), mustFilter(t, randExpr(rnd, 2).text(rnd))
		both := capability.And(f, g)
		if !mustFilter(t, both.String()).Equal(both) {
			t.Fatalf("%s is not canonical", both)
		}
		if _, attrs := randAttrs(t, rnd); both.Match(attrs) != (f.Match(attrs) && g.Match(attrs)) {
			t.Fatalf("%s on %s", both, attrs.AppendJSON(nil))
		}
	}
}

func TestAttrsJSON_roundTrips(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(11, 12))
	for range 2000 {
		_, a := randAttrs(t, rnd)
		var b capability.Attrs
		if err := b.UnmarshalJSON(a.AppendJSON(nil)); err != nil || !a.Equal(b) {
			t.Fatalf("%s reads as %s, %v", a.AppendJSON(nil), b.AppendJSON(nil), err)
		}
	}
}
