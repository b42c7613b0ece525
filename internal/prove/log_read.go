package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/internal/datadir"
	"github.com/modreg/modreg/internal/prove/measure"
)

func verifyBudgets() group {
	const records = 200_000
	return group{
		budgets: []budget{
			atLeast("log.verify", 300_000, perSecond),
			atMost("log.prove", 100, micros),
		},
		measure: func(note note) (figures, error) {
			got := figures{}
			err := withFolder(func(dir string) error {
				ctx := context.Background()
				s, err := filledStore(ctx, dir, records)
				if err != nil {
					return err
				}
				verify := func(int) error {
					report, err := s.trail.Verify(ctx, audit.VerifyOptions{})
					if err == nil && report.Registry.Size < records {
						err = fmt.Errorf("%d records were verified", report.Registry.Size)
					}
					return err
				}
				// The trail takes down each proof that it gives, durably; what is timed is the proof.
				l, err := datadir.OpenLog(ctx, dir, s.journal, audit.LogRegistry, "", nil, func(error) {})
				if err != nil {
					return errors.Join(err, s.close())
				}
				turn := uint64(0)
				prove := func(n int) error {
					for range n {
						turn = turn*6364136223846793005 + 1442695040888963407
						if _, err := l.Prove(ctx, turn>>33%records+1); err != nil {
							return err
						}
					}
					return nil
				}
				ns, err := measure.Minima(4, measure.Contestant{Run: verify, N: 1}, measure.Contestant{Run: prove, N: 2000})
				if err == nil {
					note("%d records of about 500 B are verified in %.2f s", records, ns[0]/1e9)
					got["log.verify"], got["log.prove"] = records/(ns[0]/1e9), ns[1]/1e3
				}
				return errors.Join(err, l.Close(), s.close())
			})
			return got, err
		},
	}
}

// filledStore returns an audited store whose registry has n modules.
func filledStore(ctx context.Context, dir string, n int) (*store, error) {
	s, err := openStore(ctx, dir, false)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(fill(ctx, s.journal, n), s.close()); err != nil {
		return nil, err
	}
	return openStore(ctx, dir, true)
}

func bootBudgets() group {
	return group{
		budgets: []budget{atMost("log.boot", 1, seconds)},
		measure: func(note note) (figures, error) {
			got := figures{}
			err := withFolder(func(dir string) error {
				ctx := context.Background()
				s, err := filledStore(ctx, dir, many)
				if err != nil {
					return err
				}
				folded, err := boot(ctx, s, true)
				if err != nil {
					return err
				}
				best := folded
				for range 3 {
					start := time.Now()
					if s, err = openStore(ctx, dir, true); err != nil {
						return err
					}
					stores := time.Since(start)
					registry, err := boot(ctx, s, false)
					if err != nil {
						return err
					}
					note("boot of %d modules: %.0f ms for journal and audit log, %.0f ms for the registry; without a kept snapshot that is %.0f ms",
						many, stores.Seconds()*1e3, registry.Seconds()*1e3, folded.Seconds()*1e3)
					best = min(best, stores+registry)
				}
				got["log.boot"] = best.Seconds()
				return nil
			})
			return got, err
		},
	}
}

// boot opens a registry on a store, looks whether it is whole, and closes both. It returns what the opening took.
func boot(ctx context.Context, s *store, keep bool) (took time.Duration, err error) {
	start := time.Now()
	reg, err := openOn(ctx, s.contract())
	if err != nil {
		return 0, errors.Join(err, s.close())
	}
	took = time.Since(start)
	if n := reg.Snapshot().Len(); n != many {
		err = fmt.Errorf("%d modules are there, want %d", n, many)
	}
	if keep && err == nil {
		_, err = reg.KeepSnapshot(ctx)
	}
	return took, errors.Join(err, reg.Close(ctx), s.close())
}
