package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/corpus"
	"github.com/modreg/modreg/resolve"
)

var errUsage = errors.New("wrong usage")

// An app is one call of the program.
type app struct {
	out        io.Writer
	files      patterns
	lockFile   string
	recommends bool
	format     string

	problem  resolve.Problem   // what is installed is wanted and preferred
	lock     *resolve.Lock     // what is installed
	versions map[string]string // Debian's, by name@version
}

// do runs a command.
func (a *app) do(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return a.tour(ctx)
	}
	commands := map[string]struct {
		run       func(ctx context.Context, args []string) error
		atLeast   int
		needsLock bool
	}{
		"install": {a.install, 1, false}, "remove": {a.remove, 1, true}, "upgrade": {a.upgrade, 1, true},
		"why": {a.why, 1, false}, "whynot": {a.whyNot, 1, false}, "outdated": {a.outdated, 0, true}, "graph": {a.graph, 0, false},
	}
	name, args := args[0], args[1:]
	c, ok := commands[name]
	switch {
	case !ok:
		return fmt.Errorf("%w: there is no command %q", errUsage, name)
	case len(args) < c.atLeast:
		return fmt.Errorf("%w: %s of what?", errUsage, name)
	case c.needsLock && a.lockFile == "":
		return fmt.Errorf("%w: %s needs -lock", errUsage, name)
	}
	var clauses []string
	if name == "whynot" {
		clauses = args[:1]
	}
	if err := a.load(clauses...); err != nil {
		return err
	}
	return c.run(ctx, args)
}

// load reads the packages and the lock. The clauses are what a root may ask for beside a package by its name.
func (a *app) load(clauses ...string) error {
	packages, err := a.files.read()
	if err != nil {
		return err
	}
	if a.lock, err = readLock(a.lockFile); err != nil {
		return err
	}
	return a.enter(packages, clauses...)
}

// enter makes the problem of having what is installed, out of these packages.
func (a *app) enter(packages []corpus.DebianPackage, clauses ...string) error {
	all, err := corpus.DebianUniverse(packages, corpus.DebianOptions{NoRecommends: !a.recommends, Clauses: clauses})
	if err != nil {
		return err
	}
	a.versions = debianVersions(all)
	a.problem = resolve.Problem{Universe: resolve.NewIndex(all...), Roots: a.lock.Roots, Lock: a.lock}
	return nil
}

func readLock(name string) (*resolve.Lock, error) {
	if name == "" {
		return &resolve.Lock{}, nil
	}
	data, err := os.ReadFile(name) //nolint:gosec // the file that the user names
	if errors.Is(err, os.ErrNotExist) {
		return &resolve.Lock{}, nil
	}
	if err != nil {
		return nil, err
	}
	l, err := resolve.ParseLock(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return l, nil
}

// keep writes what is now installed, if there is a file for it.
func (a *app) keep(l *resolve.Lock) error {
	a.lock = l
	if a.lockFile == "" {
		return nil
	}
	text, err := l.MarshalText()
	if err != nil {
		return err
	}
	return os.WriteFile(a.lockFile, text, 0o644) //nolint:gosec // it holds no secret
}

// wants is the requirement of a package by its name.
func wants(name string) (capability.Requirement, error) {
	r, err := capability.ParseRequirement(capability.ModuleNamespace + "/" + name)
	if err != nil {
		return r, fmt.Errorf("%q is not the name of a package that can be asked for: %w", name, err)
	}
	return r, nil
}

func (a *app) printf(format string, args ...any) {
	fmt.Fprint(a.out, a.debian(fmt.Sprintf(format, args...)))
}

// explain tells why a problem has no solution, and what to call to have one.
func (a *app) explain(err error) string {
	text, _, _ := strings.Cut(err.Error(), "What would help:")
	unsat, ok := errors.AsType[*resolve.UnsatisfiableError](err)
	if !ok {
		return a.debian(text)
	}
	var b strings.Builder
	b.WriteString(text)
	if help := unsat.Explain().Relaxations; len(help) > 0 && a.lockFile != "" {
		b.WriteString("What would help:\n")
		for _, r := range help {
			b.WriteString("  " + a.command(r) + "\n")
		}
	}
	return a.debian(strings.TrimRight(b.String(), "\n"))
}

// command writes a relaxation as calls of this program.
func (a *app) command(r resolve.Relaxation) string {
	var calls []string
	for _, s := range r.Steps {
		name := strings.TrimPrefix(s.From, capability.ModuleNamespace+"/")
		if s.Kind != resolve.RelaxRemove || strings.HasPrefix(s.From, corpus.DebianNamespace+"/") {
			calls = append(calls, "do without "+s.From+s.Module)
			continue
		}
		calls = append(calls, fmt.Sprintf("go run ./examples/resolve -lock %s remove %s", a.lockFile, name))
	}
	return strings.Join(calls, " && ")
}
