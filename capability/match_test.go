package capability_test

import (
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

func TestFilterMatch(t *testing.T) {
	t.Parallel()
	attrs := mustAttrs(t,
		attr("lang", capability.String("en")), attr("cost", capability.Int(5)), attr("gpu", capability.Bool(true)),
		attr("abi", version("1.2.0+b")), attr("tags", capability.Set("a", "b")), attr("none", capability.Set()), attr("in", capability.Int(1)))
	for _, filter := range []string{
		"", `lang = "en"`, `lang != "de"`, `lang > "e"`, `lang >= "en"`, `lang <= "en"`, `cost = 5`, `cost < 10`,
		`cost > -5`, `cost != 4`, `gpu = true`, `gpu != false`, `abi = v"1.2.0"`, `abi = v"1.2.0+c"`, `abi > v"1.2.0-rc"`,
		`tags = "a"`, `tags != "c"`, `tags = ["b","a"]`, `tags != ["a"]`, `none = []`, `none != "a"`, `tags in ["b","c"]`,
		`lang in ["de","en"]`, `cost in [1,5]`, `gpu in [true]`, `abi in [v"1.2.0"]`, `not absent = "x"`, `exists lang`,
		`exists none`, `not exists absent`, `lang = "de" or cost = 5 and gpu = true`, `not lang = "de" and cost = 5`,
		`not not gpu = true`,
	} {
		if !mustFilter(t, filter).Match(attrs) {
			t.Errorf("%s does not match", filter)
		}
	}
	for _, filter := range []string{
		`lang = "EN"`, `lang != "en"`, `lang < "en"`, `lang = "en\n"`, `cost >= 6`, `cost <= 4`, `gpu = false`,
		`abi >= v"1.10.0"`, `abi != v"1.2.0+x"`, `tags = "c"`, `tags != "a"`, `tags = ["a"]`, `tags != ["a","b"]`,
		`tags = []`, `none = [""]`, `tags < "z"`, `tags > ""`, `tags = 1`, `tags != 1`, `tags != true`, `tags in ["c"]`,
		`none in ["a"]`, `tags in [1]`, `lang in ["de"]`, `lang in [1]`, `abi in [v"1.3.0"]`, `lang = 1`, `lang != 1`,
		`lang < 1`, `lang = ["en"]`, `lang != ["en"]`, `absent = "x"`, `absent != "x"`, `absent in ["x"]`,
		`absent < 1 or absent >= 1`, `exists absent`, `(lang = "en" or cost = 5) and gpu = false`,
		`not (lang = "de" or cost = 5)`,
	} {
		if mustFilter(t, filter).Match(attrs) {
			t.Errorf("%s matches", filter)
		}
	}
}

func TestMatch_allocatesNothing(t *testing.T) {
	attrs := benchAttrs(t)
	f := mustFilter(t, benchFilter)
	c := capability.Capability{ID: capability.ID{Name: "x"}, Version: semver.MustParse("1.2.3"), Attrs: attrs}
	r := capability.Requirement{ID: c.ID, Range: semver.MustParseRange("^1"), Filter: f}
	if !r.Matches(c) {
		t.Fatal("no match")
	}
	if n := testing.AllocsPerRun(100, func() { f.Match(attrs); r.Matches(c) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
