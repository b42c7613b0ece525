package resolve

import (
	"testing"
)

// rules are problems with a solution, which is named by its modules in start
// order.
var rules = []struct{ name, world, want string }{
	{"nothing to do", `root`, ""},
	{"the newest version of a module", `
		root | needs module/a
		a@1.0.0
		a@1.10.0
		a@1.9.0`, "a@1.10.0"},
	{"the range of a module", `
		root | needs module/a <1.9
		a@1.0.0
		a@1.10.0`, "a@1.0.0"},
	{"no pre-release unless the range names one", `
		root | needs module/a
		a@1.0.0
		a@2.0.0-rc.1`, "a@1.0.0"},
	{"a pre-release that the range names", `
		root | needs module/a >=2.0.0-rc.0
		a@1.0.0
		a@2.0.0-rc.1`, "a@2.0.0-rc.1"},
	{"the capability's version counts, not the module's", `
		root | needs x ^2
		a@9.0.0 | gives x@1.0.0
		b@1.0.0 | gives x@2.1.0`, "b@1.0.0"},
	{"the best of several capabilities of one module", `
		root | needs x
		a@1.0.0 | gives x@1.0.0 | gives x@3.0.0
		b@1.0.0 | gives x@2.0.0`, "a@1.0.0"},
	{"attributes", `
		root | needs x where lang = "en"
		a@1.0.0 | gives x@2.0.0 lang=de
		b@1.0.0 | gives x@1.0.0 lang=en`, "b@1.0.0"},
	{"attributes of a module itself", `
		root | needs module/a where lang = "en"
		a@2.0.0
		a@1.0.0 | gives module/a@1.0.0 lang=en`, "a@1.0.0"},
	{"dependencies start first", `
		root | needs module/app
		app@1.0.0 | needs x | needs y
		zx@1.0.0 | gives x
		by@1.0.0 | gives y | needs x`, "zx@1.0.0 by@1.0.0 app@1.0.0"},
	{"ties in start order by name", `
		root | needs module/c | needs module/a | needs module/b
		a@1.0.0
		b@1.0.0
		c@1.0.0`, "a@1.0.0 b@1.0.0 c@1.0.0"},
	{"an older version where the newest cannot be had", `
		root | needs module/a
		a@2.0.0 | needs gone
		a@1.0.0`, "a@1.0.0"},
	{"backtracking over a shared dependency", `
		root | needs module/a | needs module/b
		a@2.0.0 | needs module/c ^2
		a@1.0.0 | needs module/c ^1
		b@1.0.0 | needs module/c ^1
		c@1.0.0
		c@2.0.0`, "c@1.0.0 a@1.0.0 b@1.0.0"},
	{"builds of one version: the greater text", `
		root | needs module/a
		a@1.0.0+b1
		a@1.0.0+b2`, "a@1.0.0+b2"},

	{"preference: in the solution before preferred", `
		root | needs x | needs module/b
		a@1.0.0 | gives x | preferred
		b@1.0.0 | gives x`, "b@1.0.0"},
	{"preference: preferred before capability version", `
		root | needs x
		a@1.0.0 | gives x@1.0.0 | preferred
		b@1.0.0 | gives x@2.0.0`, "a@1.0.0"},
	{"preference: preferred version of a module", `
		root | needs module/a
		a@1.0.0 | preferred
		a@2.0.0`, "a@1.0.0"},
	{"preference: capability version before module version", `
		root | needs x
		a@1.0.0 | gives x@1.1.0
		b@2.0.0 | gives x@1.0.0`, "a@1.0.0"},
	{"preference: module version before rank", `
		root | needs x
		a@1.0.0 | gives x | rank 9
		b@2.0.0 | gives x`, "b@2.0.0"},
	{"preference: rank before name", `
		root | needs x
		a@1.0.0 | gives x
		b@1.0.0 | gives x | rank 1`, "b@1.0.0"},
	{"preference: name", `
		root | needs x
		b@1.0.0 | gives x
		a@1.0.0 | gives x`, "a@1.0.0"},

	{"forbid keeps a provider out", `
		root | needs module/a | needs x
		a@1.0.0 | bars module/b
		b@2.0.0 | gives x
		c@1.0.0 | gives x`, "a@1.0.0 c@1.0.0"},
	{"forbid by version", `
		root | needs module/a | needs module/b
		a@1.0.0 | bars module/b >=2
		b@1.0.0
		b@2.0.0`, "a@1.0.0 b@1.0.0"},
	{"forbid by one that comes later", `
		root | needs module/b | needs x
		a@2.0.0 | gives x | bars module/b
		b@1.0.0
		c@1.0.0 | gives x`, "b@1.0.0 c@1.0.0"},
	{"forbid at the root", `
		root | bars y | needs x
		a@2.0.0 | gives x | gives y
		b@1.0.0 | gives x`, "b@1.0.0"},
	{"forbid with optional and many still forbids", `
		root | bars y | wants-all y | needs x
		a@2.0.0 | gives x | gives y
		b@1.0.0 | gives x`, "b@1.0.0"},
	{"a singleton provides what it forbids", `
		root | needs module/a
		a@1.0.0 | gives log | bars log`, "a@1.0.0"},
	{"two singletons exclude each other", `
		root | needs log | wants module/b
		a@1.0.0 | gives log | bars log
		b@1.0.0 | gives log | bars log`, "a@1.0.0"},
	{"forbid leaves out pre-releases unless it names one", `
		root | needs module/a | needs module/b >=2.0.0-0
		a@1.0.0 | bars module/b
		b@2.0.0-rc.1`, "a@1.0.0 b@2.0.0-rc.1"},

	{"optional pulls in a provider, which starts first", `
		root | needs module/a
		a@1.0.0 | wants x
		b@1.0.0 | gives x`, "b@1.0.0 a@1.0.0"},
	{"optional pulls in all that the provider needs", `
		root | needs module/a
		a@1.0.0 | wants x
		b@1.0.0 | gives x | needs y | wants z
		c@1.0.0 | gives y
		d@1.0.0 | gives z`, "c@1.0.0 d@1.0.0 b@1.0.0 a@1.0.0"},
	{"optional takes what fits", `
		root | needs module/a
		a@1.0.0 | wants x
		b@2.0.0 | gives x | needs gone
		c@1.0.0 | gives x`, "c@1.0.0 a@1.0.0"},
	{"optional does not change a mandatory choice", `
		root | needs module/a | wants module/b
		a@2.0.0
		a@1.0.0
		b@1.0.0 | needs module/a ^1`, "a@2.0.0"},
	{"optional does not break a forbid", `
		root | needs module/a | wants module/b
		a@1.0.0 | bars x
		b@1.0.0 | needs x
		c@1.0.0 | gives x`, "a@1.0.0"},
	{"optional is bound to what is there", `
		root | needs module/a | needs module/b
		a@1.0.0 | wants x
		b@1.0.0 | gives x@1.0.0
		c@1.0.0 | gives x@2.0.0`, "b@1.0.0 a@1.0.0"},
	{"optional does not order against a mandatory edge", `
		root | needs module/a
		a@1.0.0 | wants x
		b@1.0.0 | gives x | needs module/a`, "a@1.0.0 b@1.0.0"},
	{"optional in a circle does not order", `
		root | needs module/a | needs module/b
		a@1.0.0 | wants module/b
		b@1.0.0 | wants module/a`, "a@1.0.0 b@1.0.0"},
	{"nearer optional comes first", `
		root | needs module/a | wants module/z ^1
		a@1.0.0 | wants module/z ^2
		z@1.0.0
		z@2.0.0`, "a@1.0.0 z@1.0.0"},

	{"many binds all, pulls in one", `
		root | needs module/a | needs module/b
		a@1.0.0 | all x
		b@1.0.0 | gives x
		c@1.0.0 | gives x
		d@1.0.0 | gives x`, "b@1.0.0 a@1.0.0"},
	{"many starts after all it can", `
		root | needs module/a | needs module/b | needs module/c
		a@1.0.0 | all x
		b@1.0.0 | gives x
		c@1.0.0 | gives x | needs module/d
		d@1.0.0`, "b@1.0.0 d@1.0.0 c@1.0.0 a@1.0.0"},
	{"many starts after one where another needs it", `
		root | needs module/a | needs module/b | needs module/c
		a@1.0.0 | all x
		b@1.0.0 | gives x | needs module/a
		c@1.0.0 | gives x`, "c@1.0.0 a@1.0.0 b@1.0.0"},

	{"a module does not provide for itself", `
		root | needs module/a
		a@1.0.0 | gives x@9.0.0 | needs x
		b@1.0.0 | gives x`, "b@1.0.0 a@1.0.0"},
	{"a cycle is avoided by another provider", `
		root | needs module/a
		a@1.0.0 | needs x
		b@1.0.0 | gives x@2.0.0 | needs module/a
		c@1.0.0 | gives x@1.0.0`, "c@1.0.0 a@1.0.0"},
	{"a cycle is avoided though its provider is there", `
		root | needs module/a | needs module/b
		a@1.0.0 | needs x
		b@1.0.0 | gives x | needs module/a
		c@1.0.0 | gives x`, "c@1.0.0 a@1.0.0 b@1.0.0"},
	{"a cycle is avoided by a binding that was made long before", `
		root | needs module/a | needs module/b
		a@1.0.0 | needs x
		b@1.0.0 | gives x | needs y
		c@1.0.0 | gives x
		d@1.0.0 | gives y | needs module/a
		e@1.0.0 | gives y | needs module/a`, "c@1.0.0 a@1.0.0 d@1.0.0 b@1.0.0"},
	{"a cycle is avoided by another version", `
		root | needs module/a
		a@2.0.0 | needs module/b
		a@1.0.0
		b@1.0.0 | needs module/a`, "a@1.0.0"},

	{"pinned is there and what it needs", `
		root
		a@1.0.0 | needs x | pinned
		b@1.0.0 | gives x`, "b@1.0.0 a@1.0.0"},
	{"pinned version wins", `
		root | needs module/a
		a@2.0.0
		a@1.0.0 | pinned`, "a@1.0.0"},
	{"pinned counts as a provider although the universe does not know it", `
		root | needs x
		a@2.0.0 | gives x
		b@1.0.0 | gives x | pinned | hidden`, "b@1.0.0"},
}

func TestResolve_rules(t *testing.T) {
	t.Parallel()
	for _, tt := range rules {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := parseWorld(t, tt.world).problem
			sol, err := solve(t, p)
			if err != nil {
				t.Fatal(err)
			}
			if got := names(sol); got != tt.want {
				t.Errorf("got %s\nwant %s\n%s", got, tt.want, describe(p, sol))
			}
		})
	}
}
