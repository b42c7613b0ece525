package capability_test

import (
	"testing"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

const benchFilter = `lang = "en" and tags in ["fast", "slow"] and (cost < 10 or not gpu = true) and abi >= v"1.2.0"`

func benchAttrs(tb testing.TB) capability.Attrs {
	tb.Helper()
	return mustAttrs(tb,
		attr("abi", version("1.4.2")), attr("cost", capability.Int(3)), attr("gpu", capability.Bool(true)),
		attr("lang", capability.String("en")), attr("tags", capability.Set("cheap", "slow", "stable")))
}

func BenchmarkFilterMatch(b *testing.B) {
	attrs := benchAttrs(b)
	for _, bb := range []struct{ name, filter string }{
		{"any", ""},
		{"string", `lang = "en"`},
		{"int", `cost < 10`},
		{"version", `abi >= v"1.2.0"`},
		{"contains", `tags = "slow"`},
		{"absent", `zone = "eu"`},
		{"six", benchFilter},
	} {
		b.Run(bb.name, func(b *testing.B) {
			f := mustFilter(b, bb.filter)
			b.ReportAllocs()
			for b.Loop() {
				f.Match(attrs)
			}
		})
	}
}

func BenchmarkRequirementMatches(b *testing.B) {
	c := capability.Capability{ID: capability.ID{Name: "text.process"}, Version: semver.MustParse("1.4.2"), Attrs: benchAttrs(b)}
	for _, bb := range []struct{ name, text string }{
		{"otherID", "text.convert ^1"},
		{"range", "text.process ^1"},
		{"filter", "text.process ^1 where " + benchFilter},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := mustRequirement(b, bb.text)
			b.ReportAllocs()
			for b.Loop() {
				r.Matches(c)
			}
		})
	}
}

func BenchmarkAttrsGet(b *testing.B) {
	list := make([]capability.Attr, 0, 64)
	for _, n := range numbers(64) {
		list = append(list, attr("name"+n, capability.Int(1)))
	}
	for _, n := range []int{4, 16, 64} {
		attrs := mustAttrs(b, list[:n]...)
		b.Run(numbers(65)[n], func(b *testing.B) {
			for b.Loop() {
				attrs.Get("name3")
			}
		})
	}
}

func BenchmarkParseFilter(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := capability.ParseFilter(benchFilter); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAttrsUnmarshalJSON(b *testing.B) {
	data := benchAttrs(b).AppendJSON(nil)
	b.ReportAllocs()
	for b.Loop() {
		var a capability.Attrs
		if err := a.UnmarshalJSON(data); err != nil {
			b.Fatal(err)
		}
	}
}
