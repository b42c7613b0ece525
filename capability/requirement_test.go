package capability_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

func mustRequirement(tb testing.TB, s string) capability.Requirement {
	tb.Helper()
	r, err := capability.ParseRequirement(s)
	if err != nil {
		tb.Fatalf("%s: %v", s, err)
	}
	return r
}

func TestParseRequirement(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, id, rng, filter string }{
		{"text.process", "text.process", "*", ""},
		{"  text.process\n", "text.process", "*", ""},
		{"text.process>=1", "text.process", ">=1", ""},
		{"text.process<2", "text.process", "<2", ""},
		{"text.process=1.2.3", "text.process", "1.2.3", ""},
		{"text.process^1.2", "text.process", "^1.2", ""},
		{"text.process~1.2", "text.process", "~1.2", ""},
		{"text.process*", "text.process", "*", ""},
		{"text.process@1.2.x", "text.process", "1.2.x", ""},
		{"text.process@^1.2 || 3 - 4", "text.process", "^1.2 || 3 - 4", ""},
		{"text.process@ 1", "text.process", "1", ""},
		{"text.process@*", "text.process", "*", ""},
		{"text.process 1", "text.process", "1", ""},
		{"text.process\t1", "text.process", "1", ""},
		{"text.process >=1 <3 || ^5", "text.process", ">=1 <3 || ^5", ""},
		{"module/acme/upper ^1", "module/acme/upper", "^1", ""},
		{`module/upper ^1 where lang = "en"`, "module/upper", "^1", `lang = "en"`},
		{`upper where lang="en"`, "upper", "*", `lang = "en"`},
		{`upper@^1.2 where (a = 1)`, "upper", "^1.2", `a = 1`},
		{`upper where(a = 1)`, "upper", "*", `a = 1`},
		{"upper>=1\n\twhere\n\tnot a = 1", "upper", ">=1", `not a = 1`},
		{`upper where where = " where "`, "upper", "*", `where = " where "`},
		{`where where exists where`, "where", "*", `exists where`},
		{"upper ^1.0.0-where", "upper", "^1.0.0-where", ""},
	} {
		r := mustRequirement(t, tt.in)
		want := semver.MustParseRange(tt.rng)
		if r.ID.String() != tt.id || !r.Range.Equal(want) || r.Filter.String() != tt.filter || r.Optional || r.Many || r.Forbid {
			t.Errorf("%s reads as %q, %q, %q", tt.in, r.ID, r.Range, r.Filter)
		}
		text := tt.id
		if tt.rng != "*" {
			text += " " + want.String()
		}
		if tt.filter != "" {
			text += " where " + tt.filter
		}
		again := mustRequirement(t, r.String())
		if r.String() != text || again.String() != text || r.Check() != nil {
			t.Errorf("%s: canonical %q, then %q, want %q; check %v", tt.in, r, again, text, r.Check())
		}
	}
}

func TestParseRequirement_refuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		in, want string
		offset   int
	}{
		{"", `capability id "": is empty`, 0},
		{"  ", `capability id "": is empty`, 2},
		{">=1", `capability id "": is empty`, 0},
		{"@1", `capability id "": is empty`, 0},
		{" Text@1", `capability id "Text": 'T' is upper case, write "text"`, 1},
		{"a..b ^1", "'.' must follow", 2},
		{"a/b/c", "holds a second '/'", 3},
		{"a|b", "'|' is not allowed", 1},
		{"a(b)", "'(' is not allowed", 1},
		{"a@", "want a range after @", 2},
		{"a@ where b = 1", "want a range after @", 2},
		{"a @1", `range "@1": `, 2},
		{"a@@1", `range "@1": `, 2},
		{"a >=x.y where b = 1", `range ">=x.y": `, 2},
		{"a@where b = 1", `range "where b = 1": `, 2},
		{"a 1 wherever b = 1", `range "1 wherever b = 1": `, 2},
		{"a where", "want a filter after where", 7},
		{"a 1 where  ", "want a filter after where", 11},
		{"a 1 where b", `filter: want an operator or in after "b"`, 11},
		{" a  where  b = [1]", "filter: a set holds strings", 15},
		{"a where " + strings.Repeat("b=1 and ", 256) + "b=1", "filter: has 258 nodes", -1},
		{"a where " + strings.Repeat("b", 4097), "filter: is 4097 bytes long", 8 + 4096},
		{"a" + strings.Repeat(" ", 8448), "is 8449 bytes long, at most 8448", 8448},
	} {
		_, err := capability.ParseRequirement(tt.in)
		wantFault(t, err, tt.offset, tt.want)
		if !strings.HasPrefix(err.Error(), "requirement") {
			t.Errorf("error %q", err)
		}
	}
}

func TestRequirementMatches(t *testing.T) {
	t.Parallel()
	attrs := mustAttrs(t, attr("lang", capability.String("en")))
	for _, tt := range []struct {
		req, id, version string
		want             bool
	}{
		{"text", "text", "1.0.0", true},
		{"text", "acme/text", "1.0.0", false},
		{"acme/text", "text", "1.0.0", false},
		{"text ^1", "text", "1.9.0", true},
		{"text ^1", "text", "2.0.0", false},
		{"text", "text", "1.0.0-rc.1", false},
		{"text ^1.0.0-rc.0", "text", "1.0.0-rc.1", true},
		{`text where lang = "en"`, "text", "1.0.0", true},
		{`text where lang = "de"`, "text", "1.0.0", false},
	} {
		id, err := capability.ParseID(tt.id)
		if err != nil {
			t.Fatal(err)
		}
		c := capability.Capability{ID: id, Version: semver.MustParse(tt.version), Attrs: attrs}
		r := mustRequirement(t, tt.req)
		if r.Matches(c) != tt.want {
			t.Errorf("%s matches %s: %t", r, c, !tt.want)
		}
		r.Optional, r.Many, r.Forbid = true, true, true
		if r.Matches(c) != tt.want || r.String() != tt.req && !strings.Contains(tt.req, "^") {
			t.Errorf("flags change %s", r)
		}
		if c.String() != tt.id+"@"+tt.version || c.Check() != nil {
			t.Errorf("capability %s, check %v", c, c.Check())
		}
	}
}

func TestRequirementMatches_agreesWithNaiveEvaluation(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(13, 14))
	ranges := map[string]func(semver.Version) bool{
		"*":   func(v semver.Version) bool { return !v.IsPrerelease() },
		">=1": func(v semver.Version) bool { return !v.IsPrerelease() && v.Major() >= 1 },
		"1.0.x || 2": func(v semver.Version) bool {
			return !v.IsPrerelease() && (v.Major() == 1 && v.Minor() == 0 || v.Major() == 2)
		},
		">=1.0.0-a": func(v semver.Version) bool {
			return v.Major() >= 1 && (!v.IsPrerelease() || v.Major() == 1 && v.Minor() == 0 && v.Patch() == 0)
		},
	}
	for range 3000 {
		for text, holds := range ranges {
			e := randExpr(rnd, 2)
			id := pick(rnd, "text", "acme/text", "module/text")
			r := mustRequirement(t, id+pick(rnd, " ", "@")+text+" where "+e.text(rnd))
			m, attrs := randAttrs(t, rnd)
			c := capability.Capability{ID: r.ID, Version: randVersion(rnd), Attrs: attrs}
			if rnd.IntN(4) == 0 {
				c.ID = capability.ID{Name: "text"}
			}
			want := c.ID.String() == id && holds(c.Version) && e.eval(m)
			if r.Matches(c) != want || mustRequirement(t, r.String()).Matches(c) != want {
				t.Fatalf("%s on %s %s is %t", r, c, attrs.AppendJSON(nil), !want)
			}
		}
	}
}
