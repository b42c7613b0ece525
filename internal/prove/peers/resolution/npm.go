package resolution

import (
	"context"
	"fmt"
	"io"

	depsdev "deps.dev/util/resolve"
	"deps.dev/util/resolve/npm"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/prove/peers/timing"
	"github.com/modreg/modreg/resolve"
)

// npmPubGrub resolves the same roots as npm would: it takes the highest version for each requirement and, where those differ,
// installs several. So it never goes back, and answers another question than whether there is a solution with one of each.
func npmPubGrub(data string, out, notes io.Writer) error {
	candidates, _, err := pubGrub(data)
	if err != nil {
		return err
	}
	resolver, nodes := npm.NewResolver(npmClient(candidates)), 0
	sorted, err := timing.Each(len(candidates), func(i int) error {
		c := candidates[i]
		g, err := resolver.Resolve(context.Background(), npmKey(c.Name, depsdev.Concrete, c.Version.String()))
		if err != nil {
			return fmt.Errorf("%v: %w", c, err)
		}
		nodes += len(g.Nodes)
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(notes, "deps.dev npm: %d packages for each of %d roots, on average\n", nodes/timing.Rounds/len(candidates), len(candidates))
	return printTotal(out, "deps.dev npm pubgrub", sorted)
}

func npmClient(candidates []*resolve.Candidate) *depsdev.LocalClient {
	client := depsdev.NewLocalClient()
	for _, c := range candidates {
		var deps []depsdev.RequirementVersion
		for _, r := range c.Requires {
			if r.ID.Namespace == capability.ModuleNamespace {
				deps = append(deps, depsdev.RequirementVersion{VersionKey: npmKey(r.ID.Name, depsdev.Requirement, r.Range.String())})
			}
		}
		client.AddVersion(depsdev.Version{VersionKey: npmKey(c.Name, depsdev.Concrete, c.Version.String())}, deps)
	}
	return client
}

func npmKey(name string, kind depsdev.VersionType, version string) depsdev.VersionKey {
	return depsdev.VersionKey{
		PackageKey:  depsdev.PackageKey{System: depsdev.NPM, Name: name},
		VersionType: kind,
		Version:     version,
	}
}
