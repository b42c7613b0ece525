package journaltest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/modreg/modreg"
)

func registryChecks() []check {
	return append([]check{
		{"several on one journal agree", registriesAgree},
		{"one that is opened again is what it was", registryAgain},
	}, requestChecks()...)
}

// A worker is what the modules of these checks provide.
type worker interface{ Work() }

type idler struct{}

func (idler) Work() {}

// A site is a registry on a journal, and what it does there.
type site struct {
	*modreg.Registry
	work modreg.Capability[worker]
}

// openRegistry opens a registry on a journal. It is closed with the check, if not before.
func (t *trial) openRegistry(ctx context.Context, j modreg.Journal) site {
	t.Helper()
	reg, err := modreg.Open(ctx, modreg.WithJournal(j))
	if err != nil {
		t.Fatalf("open a registry: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), t.patience)
		defer cancel()
		t.within(ctx, "closing a registry", func() error { return reg.Close(ctx) })
	})
	return site{Registry: reg, work: modreg.NewCapability[worker]("test.work")}
}

func (s site) register(ctx context.Context, name, version string) error {
	return s.Register(ctx, modreg.Manifest{Name: name, Version: version},
		modreg.Provide(s.work, func(context.Context, modreg.Deps) (worker, error) { return idler{}, nil }))
}

// versions is how many versions of a module a busy registry registers.
const versions = 6

// busy registers and activates versions of modules, and unregisters every other one of the first module, which is
// the site's own.
func (s site) busy(ctx context.Context, own string, others ...string) error {
	for n := range versions {
		version := fmt.Sprintf("1.%d.0", n)
		for _, name := range append(others, own) {
			if err := s.register(ctx, name, version); err != nil {
				return err
			}
			if err := s.Activate(ctx, name+"@"+version); err != nil {
				return err
			}
		}
		if n%2 == 1 {
			if err := s.Unregister(ctx, fmt.Sprintf("%s@1.%d.0", own, n-1)); err != nil {
				return err
			}
		}
	}
	return nil
}

// swap changes the active version of a module there and back, which is two records.
func (s site) swap(ctx context.Context) error {
	for n := range 2 {
		if err := s.Activate(ctx, fmt.Sprintf("shared@1.%d.0", n)); err != nil {
			return err
		}
	}
	return nil
}

// describeState lists what a registry holds.
func describeState(s *modreg.Snapshot) string {
	var all strings.Builder
	for m := range s.All() {
		fmt.Fprintf(&all, " %s", m.Ref())
		if m.Active() {
			all.WriteByte('*')
		}
	}
	return fmt.Sprintf("record %d, hash %x,%s", s.Seq(), s.Hash(), all.String())
}

func wantState(t *trial, what string, got, want *modreg.Snapshot) {
	t.Helper()
	if g, w := describeState(got), describeState(want); g != w {
		t.Fatalf("%s: %s; want %s", what, g, w)
	}
}

// A meeting is a journal that holds an append up until the registry beside it appends too, so that both
// expect the same head and one is refused. It ends when one of them has nothing left to do.
type meeting struct {
	modreg.Journal
	both chan struct{}
	over context.Context //nolint:containedctx // it is a condition, and belongs to no call
}

func (m meeting) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	select {
	case m.both <- struct{}{}:
	case <-m.both:
	case <-m.over.Done():
	case <-ctx.Done():
	}
	return m.Journal.Append(ctx, stream, head, batch)
}

func registriesAgree(ctx context.Context, t *trial) {
	over, end := context.WithCancel(ctx)
	defer end()
	meeting := meeting{Journal: t.journal, both: make(chan struct{}), over: over}
	sites := []site{t.openRegistry(ctx, meeting), t.openRegistry(ctx, meeting)}
	errs := make([]error, len(sites))
	var wg sync.WaitGroup
	for i, s := range sites {
		wg.Go(func() {
			defer end()
			errs[i] = s.busy(ctx, fmt.Sprintf("own%d", i), "shared")
		})
	}
	sites = append(sites, t.openRegistry(ctx, t.journal)) // while the others are at work
	t.within(ctx, "the work of two registries", func() error { wg.Wait(); return errors.Join(errs...) })
	var last uint64
	for _, s := range sites {
		last = max(last, s.Snapshot().Seq())
	}
	var first *modreg.Snapshot
	for i, s := range sites {
		now, err := s.Wait(ctx, last)
		if err != nil {
			t.Fatalf("registry %d does not get from record %d to %d: %v", i, s.Snapshot().Seq(), last, err)
		}
		if i == 0 {
			first = now
		}
		wantState(t, fmt.Sprintf("registry %d, beside another", i), now, first)
	}
	if want := 2*versions/2 + versions; first.Len() != want {
		t.Errorf("%d versions are registered, want %d: %s", first.Len(), want, describeState(first))
	}
}

func registryAgain(ctx context.Context, t *trial) {
	s := t.openRegistry(ctx, t.journal)
	t.within(ctx, "the work of a registry", func() error { return s.busy(ctx, "own", "shared") })
	before := s.Snapshot()
	for range 2 {
		if err := s.Close(ctx); err != nil {
			t.Fatalf("close the registry: %v", err)
		}
		s = t.openRegistry(ctx, t.journal)
		wantState(t, "the registry opened again", s.Snapshot(), before)
		t.within(ctx, "the work of a registry opened again", func() error { return s.swap(ctx) })
		before = s.Snapshot()
	}
}
