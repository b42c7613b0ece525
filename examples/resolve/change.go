package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/corpus"
	"github.com/modreg/modreg/resolve"
)

// install adds packages to what is installed.
func (a *app) install(ctx context.Context, names []string) error {
	p := a.problem
	for _, name := range names {
		r, err := wants(name)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(p.Roots, func(have capability.Requirement) bool { return have.ID == r.ID }) {
			p.Roots = append(slices.Clip(p.Roots), r)
		}
	}
	return a.move(ctx, p, true)
}

// remove takes packages away that were asked for.
func (a *app) remove(ctx context.Context, names []string) error {
	p := a.problem
	for _, name := range names {
		before := len(p.Roots)
		p.Roots = slices.DeleteFunc(slices.Clone(p.Roots), func(r capability.Requirement) bool { return r.ID.Name == name })
		if len(p.Roots) == before {
			return fmt.Errorf("%s was not asked for: it is there because something else needs it, or not at all", name)
		}
	}
	return a.move(ctx, p, false)
}

// upgrade moves packages to their newest versions, and changes as little else as can be.
func (a *app) upgrade(ctx context.Context, names []string) error {
	clauses := make([]string, len(names))
	for i, name := range names {
		newest := ""
		packages, err := a.files.read()
		if err != nil {
			return err
		}
		for _, p := range packages {
			if p.Name == name && (newest == "" || corpus.DebianVersionCompare(p.Version, newest) > 0) {
				newest = p.Version
			}
		}
		if newest == "" {
			return fmt.Errorf("there is no package %q", name)
		}
		clauses[i] = fmt.Sprintf("%s (= %s)", name, newest)
	}
	if err := a.load(clauses...); err != nil {
		return err
	}
	p := a.problem
	p.Lock = a.lock.Without(names...)
	p.Change = resolve.ChangeFewest
	for _, clause := range clauses {
		r, err := corpus.DebianClause(clause)
		if err != nil {
			return err
		}
		p.Roots = append(slices.Clip(p.Roots), r)
	}
	sol, err := resolve.Resolve(ctx, p)
	if err != nil {
		return err
	}
	return a.moved(sol, a.problem.Roots, false)
}

// move resolves a problem and makes its solution what is installed.
func (a *app) move(ctx context.Context, p resolve.Problem, verbose bool) error {
	sol, err := resolve.Resolve(ctx, p)
	if err != nil {
		return err
	}
	return a.moved(sol, p.Roots, verbose)
}

// moved says what changes, with all packages in the order in which they are set up if that is asked for.
func (a *app) moved(sol *resolve.Solution, roots []capability.Requirement, verbose bool) error {
	now := sol.Lock(resolve.Problem{Roots: roots})
	changes := a.lock.Changes(now)
	if verbose {
		var order []string
		for _, m := range sol.Modules {
			order = append(order, m.Name)
		}
		a.printf("in this order: %s\n", strings.Join(order, " "))
		for _, cycle := range sol.Cycles {
			a.printf("together, as they need each other: %v\n", cycle)
		}
		for by, d := range sol.Dropped() {
			a.printf("without %s, which %s recommends: %s\n", d.Need.Requirement, shown(by), d)
		}
	}
	for _, c := range changes {
		a.printf("%s\n", a.change(c))
	}
	a.printf("%d packages, %d changes; solved in %d steps with %d conflicts", len(sol.Modules), len(changes), sol.Steps, sol.Conflicts)
	if sol.Proven {
		a.printf("; nothing less would do")
	}
	a.printf("\n")
	return a.keep(now)
}

// change writes a change with each version behind the name, where it can be put into Debian's words.
func (a *app) change(c resolve.LockChange) string {
	if len(c.From) == 1 && len(c.To) == 1 {
		return fmt.Sprintf("%s %s -> %s %s", c.Name, c.From[0], c.Name, c.To[0])
	}
	return c.String()
}
