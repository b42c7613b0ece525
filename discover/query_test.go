package discover

import (
	"errors"
	"path"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

func parsed(tb testing.TB, texts ...string) (reqs []capability.Requirement) {
	tb.Helper()
	for _, text := range texts {
		r, err := capability.ParseRequirement(text)
		if err != nil {
			tb.Fatal(err)
		}
		reqs = append(reqs, r)
	}
	return reqs
}

func TestCompile_refuses(t *testing.T) {
	t.Parallel()
	many := make([]capability.Requirement, maxTerms+1)
	for i := range many {
		many[i].ID.Name = "x"
	}
	pairs := map[string]string{}
	for i := range maxMetadata + 1 {
		pairs[strings.Repeat("k", i+1)] = "v"
	}
	for field, q := range map[string]Query{
		"Require":  {Require: many},
		"Optional": {Optional: many},
		"Forbid":   {Forbid: []capability.Requirement{{ID: capability.ID{Name: "not a name"}}}},
		"Name":     {Name: "a[b"},
		"Text":     {Text: strings.Repeat("x", maxText+1)},
		"Metadata": {Metadata: pairs},
		"Policy":   {Policy: 9},
		"Health":   {Health: 1 << 5},
		"Limit":    {Limit: -1},
	} {
		_, err := Compile(q)
		bad := new(QueryError)
		if !errors.As(err, &bad) || bad.Field != field || !strings.HasPrefix(err.Error(), "query: "+field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if _, err := Compile(Query{Name: "a[b"}); !errors.Is(err, path.ErrBadPattern) {
		t.Errorf("the error of a pattern is %v", err)
	}
	if _, err := Compile(Query{Name: strings.Repeat("x", maxName+1)}); err == nil {
		t.Error("a long name is accepted")
	}
	if _, err := Compile(Query{Require: many[1:]}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
}

func TestCompile_copies(t *testing.T) {
	t.Parallel()
	reqs := parsed(t, "a", "b")
	meta := map[string]string{"k": "v"}
	c := MustCompile(Query{Require: reqs[:1], Metadata: meta})
	reqs[0] = reqs[1]
	meta["k"] = "w"
	d := &Doc{Name: "m", Provides: []capability.Capability{{ID: capability.ID{Name: "a"}}}, Metadata: map[string]string{"k": "v"}}
	if v := NewView().With([]*Doc{d}, nil); v.Count(c) != 1 {
		t.Error("a compiled query depends on what the caller changed since")
	}
}

func TestCompile_findsContradictions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		require, forbid string
		nothing         bool
	}{
		{"a ^1", "a", true},
		{"a ^1", "a ^1.2", false},
		{"a ^1.2", "a ^1", true},
		{"a", "b", false},
		{"a", `a where x = 1`, false},
		{"a ^1 where x = 1", "a where x = 1", true},
		{"a ^1 where x = 1", "a", true},
		{"a >=1.0.0-rc", "a", false},
		{"a <0.0.0-0", "b", true},
	} {
		c := MustCompile(Query{Require: parsed(t, test.require), Forbid: parsed(t, test.forbid)})
		if c.nothing != test.nothing {
			t.Errorf("%s without %s: found to be impossible is %v", test.require, test.forbid, c.nothing)
		}
	}
	c := MustCompile(Query{Require: parsed(t, "a", "a ^1", "a ^1", "b", "a >=1 <3")})
	if len(c.require) != 2 || c.require[0].String() != "a >=1.0.0 <2.0.0" || c.require[1].String() != "b" {
		t.Errorf("simplified to %v", c.require)
	}
}

func TestMustCompile_panics(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	MustCompile(Query{Limit: -1})
}

func TestView_explain(t *testing.T) {
	t.Parallel()
	d := &Doc{Name: "m", Version: semver.MustParse("2.0.0"), Description: "Reads images", Provides: []capability.Capability{
		{ID: capability.ID{Name: "a"}, Version: semver.MustParse("1.0.0")},
		{ID: capability.ID{Name: "a"}, Version: semver.MustParse("3.0.0")},
	}}
	v := NewView(WithText()).With([]*Doc{d}, nil)
	c := MustCompile(Query{
		Require: parsed(t, "a >=2", "a", "module/m"), Optional: parsed(t, "b", "a"), Forbid: parsed(t, "c"), Text: "images sounds",
	})
	hits := v.Search(c, nil)
	if len(hits) != 1 {
		t.Fatalf("%d hits", len(hits))
	}
	e := v.Explain(c, hits[0])
	if !e.Matches || e.Doc != d || e.Score != hits[0].Score || len(e.Words) != 1 || e.Words[0].Word != "images" {
		t.Errorf("%+v", e)
	}
	by := ""
	for _, list := range [][]Term{e.Require, e.Optional, e.Forbid} {
		for _, term := range list {
			if term.Satisfied {
				by += term.By.String()
			}
			by += ";"
		}
	}
	if want := "a@3.0.0;a@1.0.0;module/m@2.0.0;;a@1.0.0;;"; by != want {
		t.Errorf("satisfied by %s, want %s", by, want)
	}
}

func TestStrings(t *testing.T) {
	t.Parallel()
	for got, want := range map[string]string{
		HealthDegraded.String(): "degraded", HealthUnknown.String(): "unknown", HealthOK.String(): "ok", HealthFailed.String(): "failed",
		Health(9).String(): "health 9", ActiveOnly.String(): "active only", AllVersions.String(): "all versions",
		OnePerModule.String(): "one per module", Policy(7).String(): "policy 7", Added.String(): "added", Changed.String(): "changed",
		Removed.String(): "removed", ChangeKind(0).String(): "change 0",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if s := Healths(HealthOK, HealthFailed); !s.Has(HealthOK) || s.Has(HealthUnknown) || !HealthSet(0).Has(HealthDegraded) {
		t.Error("Healths is wrong")
	}
}

func TestView_zeroValue(t *testing.T) {
	t.Parallel()
	var v View
	c := MustCompile(Query{})
	if len(v.Search(c, nil)) != 0 || v.Count(c) != 0 || v.Len() != 0 || v.Get(Key{}) != nil {
		t.Error("the zero View is not empty")
	}
	w := v.With([]*Doc{nil, {Name: "m"}, {Name: "m", Kind: "later"}}, []Key{{Name: "unknown"}})
	if hits := w.Search(c, nil); len(hits) != 1 || hits[0].Doc.Kind != "later" || v.Len() != 0 {
		t.Errorf("hits are %v", hits)
	}
}
