package resolve_test

import (
	"context"
	"fmt"
	"os"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
	"github.com/modreg/modreg/semver"
)

func ExampleGraph_WriteMermaid() {
	one := semver.MustParse("1.0.0")
	problem := resolve.Problem{
		Universe: resolve.NewIndex(
			&resolve.Candidate{Name: "app", Version: one, Requires: []capability.Requirement{
				mustRequire("module/core ^1"), mustRequire("module/web"),
			}},
			&resolve.Candidate{Name: "web", Version: one, Requires: []capability.Requirement{mustRequire("module/core")}},
			&resolve.Candidate{Name: "core", Version: one},
		),
		Roots: []capability.Requirement{mustRequire("module/app")},
	}
	sol, err := resolve.Resolve(context.Background(), problem)
	if err == nil {
		err = sol.Graph(problem).Shortest("core").WriteMermaid(os.Stdout)
	}
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// flowchart LR
	//   n0(["the root"])
	//   n1["core 1.0.0"]
	//   n2["app 1.0.0"]
	//   n0 --> n2
	//   n2 -->|"core #62;=1.0.0 #60;2.0.0"| n1
}
