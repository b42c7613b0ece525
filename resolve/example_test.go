package resolve_test

import (
	"context"
	"fmt"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
	"github.com/modreg/modreg/semver"
)

func mustRequire(text string) capability.Requirement {
	r, err := capability.ParseRequirement(text)
	if err != nil {
		panic(err)
	}
	return r
}

func ExampleResolve() {
	text := capability.ID{Name: "text.process"}
	universe := resolve.NewIndex(
		&resolve.Candidate{
			Name: "upper", Version: semver.MustParse("1.0.0"),
			Provides: []capability.Capability{{ID: text, Version: semver.MustParse("1.2.0")}},
		},
		&resolve.Candidate{
			Name: "lower", Version: semver.MustParse("3.0.0"),
			Provides: []capability.Capability{{ID: text, Version: semver.MustParse("1.1.0")}},
		},
		&resolve.Candidate{
			Name: "app", Version: semver.MustParse("2.0.0"),
			Requires: []capability.Requirement{mustRequire("text.process ^1")},
		},
	)
	sol, err := resolve.Resolve(context.Background(), resolve.Problem{
		Universe: universe,
		Roots:    []capability.Requirement{mustRequire("module/app")},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range sol.Modules {
		fmt.Println("start", m)
		for i, b := range m.Bindings {
			fmt.Println("  with", m.Requires[i], "from", b.Providers)
		}
	}
	// Output:
	// start upper@1.0.0
	// start app@2.0.0
	//   with text.process >=1.0.0 <2.0.0 from [upper@1.0.0]
}

func ExampleUnsatisfiableError() {
	universe := resolve.NewIndex(
		&resolve.Candidate{
			Name: "core", Version: semver.MustParse("4.0.0"),
			Provides: []capability.Capability{{
				ID:      capability.ID{Name: "text.core"},
				Version: semver.MustParse("1.2.0"),
			}},
		},
		&resolve.Candidate{
			Name: "app", Version: semver.MustParse("2.0.0"),
			Requires: []capability.Requirement{mustRequire("text.core >=1.3")},
		},
	)
	_, err := resolve.Resolve(context.Background(), resolve.Problem{
		Universe: universe,
		Roots:    []capability.Requirement{mustRequire("module/app")},
	})
	fmt.Println(err)
	// Output:
	//  1. Because app 2.0.0 needs text.core >=1.3.0, but there is only 1.2.0 from core@4.0.0, and the root needs app, there is no solution.
	// What would help:
	//   - remove module/app
}

func ExampleNewIndex() {
	index := resolve.NewIndex(
		&resolve.Candidate{Name: "a", Version: semver.MustParse("1.0.0")},
		&resolve.Candidate{Name: "a", Version: semver.MustParse("2.0.0")},
		&resolve.Candidate{Name: "b", Version: semver.MustParse("1.0.0")},
	)
	for c := range index.Providers(capability.ID{Namespace: capability.ModuleNamespace, Name: "a"}) {
		fmt.Println(c)
	}
	// Output:
	// a@2.0.0
	// a@1.0.0
}

func ExampleSolution_Check() {
	a := &resolve.Candidate{Name: "a", Version: semver.MustParse("1.0.0")}
	locked := &resolve.Solution{
		Modules: []resolve.Chosen{{Candidate: a}},
		Roots:   []resolve.Binding{{Providers: []*resolve.Candidate{a}}},
	}
	for _, root := range []string{"module/a ^1", "module/a ^2"} {
		p := resolve.Problem{Roots: []capability.Requirement{mustRequire(root)}}
		fmt.Println(locked.Check(p))
	}
	// Output:
	// <nil>
	// "module/a >=2.0.0 <3.0.0" of the root cannot be provided by "a@1.0.0"
}
