package corpus_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/corpus"
	"github.com/modreg/modreg/resolve"
)

func ExampleDebianUniverse() {
	packages, err := corpus.ReadDebianControl(strings.NewReader(`
Package: mutt
Version: 2.2.9-1
Depends: exim4 | mail-transport-agent, libc6 (>= 2.34)

Package: postfix
Version: 3.7.6-0
Provides: mail-transport-agent

Package: libc6
Version: 2.36-9
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	candidates, err := corpus.DebianUniverse(packages, corpus.DebianOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	root, err := capability.ParseRequirement("module/mutt")
	if err != nil {
		fmt.Println(err)
		return
	}
	solution, err := resolve.Resolve(context.Background(), resolve.Problem{
		Universe: resolve.NewIndex(candidates...),
		Roots:    []capability.Requirement{root},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range solution.Modules {
		fmt.Println(m.Ref)
		for i, b := range m.Bindings {
			fmt.Println("  ", m.Requires[i], "→", b.Providers[0].Ref)
		}
	}
	// Output:
	// libc6 2.36-9
	// postfix 3.7.6-0
	// mutt 2.2.9-1
	//    deb/exim4 | mail-transport-agent → postfix 3.7.6-0
	//    deb/libc6 (>= 2.34) → libc6 2.36-9
}
