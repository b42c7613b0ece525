package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/modreg/modreg/internal/corpus"
	"github.com/modreg/modreg/resolve"
)

// solved is what is installed, or all that the universe has under these names if nothing is.
func (a *app) solved(ctx context.Context) (*resolve.Solution, error) {
	if len(a.problem.Roots) == 0 {
		return nil, fmt.Errorf("%w: nothing is installed; name the file with -lock", errUsage)
	}
	return resolve.Resolve(ctx, a.problem)
}

// why prints the way that leads to a package.
func (a *app) why(ctx context.Context, args []string) error {
	sol, err := a.solved(ctx)
	if err != nil {
		return err
	}
	there := false
	for c, way := range sol.Why(a.problem, args[0]) {
		there = true
		a.printf("%s is there because\n", shown(c))
		for _, step := range way {
			a.printf("  %s\n", step)
		}
	}
	if !there {
		a.printf("%s is not installed\n", args[0])
	}
	return nil
}

// whyNot prints what keeps a package, or a version of it, out.
func (a *app) whyNot(ctx context.Context, args []string) error {
	r, err := corpus.DebianClause(args[0])
	if err != nil {
		return err
	}
	sol, err := a.solved(ctx)
	if err != nil {
		return err
	}
	answer, err := a.problem.WhyNot(ctx, sol, r)
	if err != nil {
		return err
	}
	if answer.Against != nil {
		a.printf("%s\n", a.explain(answer.Against))
		return nil
	}
	a.printf("%s\n", answer)
	return nil
}

// outdated lists what has newer versions.
func (a *app) outdated(ctx context.Context, _ []string) error {
	sol, err := a.solved(ctx)
	if err != nil {
		return err
	}
	all, err := a.problem.Outdated(ctx, sol)
	if err != nil {
		return err
	}
	for _, u := range all {
		a.printf("%s: the newest is %s", u.Module, u.Newest)
		switch {
		case u.Possible == nil:
			a.printf(", and nothing newer fits")
		case u.Possible != u.Newest:
			a.printf(", and %s would fit", u.Possible)
		}
		a.printf("\n")
	}
	a.printf("%d packages have newer versions\n", len(all))
	return nil
}

// graph draws who needs whom.
func (a *app) graph(ctx context.Context, names []string) error {
	sol, err := a.solved(ctx)
	if err != nil {
		return err
	}
	g := sol.Graph(a.problem)
	if len(names) > 0 {
		g = g.Only(names...)
	}
	switch a.format {
	case "dot":
		return g.WriteDOT(a.out)
	case "mermaid":
		return g.WriteMermaid(a.out)
	case "json":
		return json.NewEncoder(a.out).Encode(g)
	}
	return fmt.Errorf("%w: a graph is dot, mermaid or json, not %q", errUsage, a.format)
}
