package main

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/corpus"
	"github.com/modreg/modreg/resolve"
)

// resolution are the budgets of the solver. They need the data that others made.
func resolution() []group {
	return []group{gnomeBudgets(), archiveBudgets(), pubgrubBudgets(), upgradeBudgets(), solverPeerBudgets()}
}

var errNoData = errors.New("the folder ../shared/data beside the module is absent")

// sharedFile opens a file of the shared data, unpacked.
func sharedFile(name ...string) (*os.File, error) {
	dir, ok := corpus.Locate()
	if !ok {
		return nil, errNoData
	}
	return os.Open(filepath.Join(append([]string{dir}, name...)...))
}

// readArchive reads Debian's archive, with or without recommendations.
func readArchive(recommends bool) (all []*resolve.Candidate, err error) {
	f, err := sharedFile("debian", "bookworm-main-amd64.jsonl.gz")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	unpacked, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	packages, err := corpus.ReadDebianJSON(unpacked)
	if err != nil {
		return nil, err
	}
	return corpus.DebianUniverse(packages, corpus.DebianOptions{NoRecommends: !recommends})
}

// moduleNamed is a requirement on any release of a module.
func moduleNamed(name string) capability.Requirement {
	return capability.Requirement{ID: capability.ID{Namespace: capability.ModuleNamespace, Name: name}}
}

// wanting is the problem of having modules by name.
func wanting(u resolve.Universe, names ...string) resolve.Problem {
	p := resolve.Problem{Universe: u}
	for _, name := range names {
		p.Roots = append(p.Roots, moduleNamed(name))
	}
	return p
}

// solving resolves a problem n times.
func solving(p resolve.Problem) func(n int) error {
	return func(n int) error {
		for range n {
			if _, err := resolve.Resolve(context.Background(), p); err != nil {
				return err
			}
		}
		return nil
	}
}

// verified resolves a problem, and checks the solution without the solver.
func verified(p resolve.Problem) (*resolve.Solution, error) {
	sol, err := resolve.Resolve(context.Background(), p)
	if err != nil {
		return nil, err
	}
	if err := sol.Check(p); err != nil {
		return nil, fmt.Errorf("the solver is wrong: %w", err)
	}
	return sol, nil
}
