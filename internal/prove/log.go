package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/journal/boltjournal"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/record"
)

// logging are the budgets of the durable journal and the audit log.
func logging() []group {
	return []group{appendBudgets(), verifyBudgets(), bootBudgets()}
}

// A store is a journal in a folder of its own, and the audit trail that stands on it.
type store struct {
	dir     string
	journal *boltjournal.Journal
	trail   *audit.Trail // nil without one
}

// openStore opens the journal in a folder, and the trail if that is wanted.
func openStore(ctx context.Context, dir string, audited bool) (*store, error) {
	journal, err := boltjournal.Open(filepath.Join(dir, "journal.db"))
	if err != nil {
		return nil, err
	}
	s := &store{dir: dir, journal: journal}
	if audited {
		if s.trail, err = audit.Open(ctx, filepath.Join(dir, "audit"), audit.Options{Node: "prove", Registry: journal}); err != nil {
			return nil, errors.Join(err, journal.Close())
		}
	}
	return s, nil
}

func (s *store) close() error {
	if s.trail != nil {
		if err := s.trail.Close(); err != nil {
			return errors.Join(err, s.journal.Close())
		}
	}
	return s.journal.Close()
}

// contract returns the journal as a registry sees it.
func (s *store) contract() modreg.Journal {
	if s.trail != nil {
		return s.trail.Journal()
	}
	return s.journal
}

// withFolder passes on an empty folder beside the sources, not in a temporary one: that may be in memory, where
// nothing is durable.
func withFolder(use func(dir string) error) error {
	dir, err := os.MkdirTemp(".", ".prove-")
	if err != nil {
		return err
	}
	err = use(dir)
	return errors.Join(err, os.RemoveAll(dir))
}

// withStore passes on an empty store.
func withStore(audited bool, use func(ctx context.Context, s *store) error) error {
	return withFolder(func(dir string) error {
		ctx := context.Background()
		s, err := openStore(ctx, dir, audited)
		if err != nil {
			return err
		}
		return errors.Join(use(ctx, s), s.close())
	})
}

// rate returns how often n callers, each one after the other, do something in a second.
func rate(n int, long time.Duration, do func(caller, turn int) error) (float64, error) {
	var wg sync.WaitGroup
	var done atomic.Int64
	errs := make([]error, n)
	start := time.Now()
	for caller := range n {
		wg.Go(func() {
			for turn := 0; time.Since(start) < long; turn++ {
				if errs[caller] = do(caller, turn); errs[caller] != nil {
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(start).Seconds(), errors.Join(errs...)
}

// described is a manifest of about 400 bytes, as most are.
func described(name string) modreg.Manifest {
	return modreg.Manifest{
		Name: name, Version: "1.4.2", Kind: "data-processor", Runtime: "process", Licence: "Apache-2.0",
		Description: "Turns text of one kind into text of another and keeps what it does not understand.",
		Provides: []manifest.Provision{
			{Capability: "text.process", Version: "1.2.0"},
			{Capability: "text.render", Version: "2.0.0"},
		},
		Requires: []manifest.Requirement{{Capability: "log.sink", Range: ">=1", Optional: true}},
	}
}

// elsewhere is a runtime for modules that are registered here and never run.
type elsewhere struct{}

func (elsewhere) Name() string                { return "process" }
func (elsewhere) Admit(modreg.Manifest) error { return nil }
func (elsewhere) Start(context.Context, modreg.Launch) (modreg.Instance, error) {
	return nil, errors.New("it is not run here")
}

func openOn(ctx context.Context, j modreg.Journal) (*modreg.Registry, error) {
	return modreg.Open(ctx, modreg.WithJournal(j), modreg.WithRuntime(elsewhere{}))
}

// fill appends the registrations of n modules to an empty journal, in large batches.
func fill(ctx context.Context, j modreg.Journal, n int) error {
	const batchSize = 1000
	var prev [sha256.Size]byte
	at := time.Now().UTC().Round(0)
	batch := make([][]byte, 0, batchSize)
	for i, name := range moduleNames(n) {
		checked, err := manifest.Check(described(name))
		if err != nil {
			return err
		}
		t := record.Transaction{
			Prev: prev, Time: at, Node: "prove",
			Origin: record.Origin{Actor: record.Actor{Kind: record.KindUser, ID: "u-1"}},
			Ops:    []record.Op{{Do: record.Register, Manifest: checked}},
		}
		data := t.Append(nil)
		prev = sha256.Sum256(data)
		if batch = append(batch, data); len(batch) == batchSize || i == n-1 {
			if _, err := j.Append(ctx, "registry", uint64(i+1-len(batch)), batch); err != nil {
				return fmt.Errorf("fill the journal: %w", err)
			}
			batch = batch[:0]
		}
	}
	return nil
}
