package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/record"
)

const perSecond unit = "/s"

func appendBudgets() group {
	return group{
		budgets: []budget{
			atLeast("log.register.16", 4000, perSecond),
			atLeast("log.register.64", 12_000, perSecond),
			atLeast("log.audit.16", 6000, perSecond),
			atLeast("log.audit.64", 15_000, perSecond),
			atLeast("log.peer.bbolt.64", 0.2, times),
			atLeast("log.peer.etcd.64", 1, times),
			atLeast("log.peer.tessera.16", 2, times),
			atLeast("log.peer.fsync.1", 3, times),
		},
		measure: func(note note) (figures, error) {
			got := figures{}
			for _, callers := range []int{1, 16, 64} {
				if err := appendRates(callers, got, note); err != nil {
					return nil, err
				}
			}
			theirs, err := runPeers("log")
			if err != nil {
				return nil, err
			}
			for _, name := range slices.Sorted(maps.Keys(theirs)) {
				note("%s: %.0f/s", name, 1e9/theirs[name])
			}
			for budget, ratio := range map[string][2]string{
				"log.peer.bbolt.64":   {"log.audit.64", "bbolt 64"},
				"log.peer.etcd.64":    {"log.audit.64", "etcd 64"},
				"log.peer.tessera.16": {"log.audit.16", "tessera 16"},
				"log.peer.fsync.1":    {"log.audit.64", "fsync 1"},
			} {
				ns := theirs[ratio[1]]
				if ns <= 0 {
					return nil, fmt.Errorf("the peers did not say what %q takes", ratio[1])
				}
				got[budget] = got[ratio[0]] * ns / 1e9
			}
			return got, nil
		},
	}
}

// appendRates measures what so many callers register and take down in a second: the best of three rounds, in which
// the ways take turns.
func appendRates(callers int, got figures, note note) error {
	const rounds, long = 3, 1500 * time.Millisecond
	var registered, recorded, audited float64
	for range rounds {
		for _, turn := range []struct {
			best *float64
			rate func(int, time.Duration) (float64, error)
		}{
			{&registered, registrations(false)}, {&recorded, recordings}, {&audited, registrations(true)},
		} {
			r, err := turn.rate(callers, long)
			if err != nil {
				return err
			}
			*turn.best = max(*turn.best, r)
		}
	}
	note("%d callers: %.0f registrations/s, %.0f/s audited, %.0f audit events/s", callers, registered, audited, recorded)
	if callers > 1 {
		got[fmt.Sprintf("log.register.%d", callers)] = registered
		got[fmt.Sprintf("log.audit.%d", callers)] = recorded
	}
	return nil
}

func registrations(audited bool) func(callers int, long time.Duration) (float64, error) {
	return func(callers int, long time.Duration) (r float64, err error) {
		err = withStore(audited, func(ctx context.Context, s *store) error {
			reg, err := openOn(ctx, s.contract())
			if err != nil {
				return err
			}
			if r, err = rate(callers, long, func(caller, turn int) error {
				return reg.Register(ctx, described(fmt.Sprintf("module-%d-%d", caller, turn)))
			}); err != nil {
				return err
			}
			return reg.Close(ctx)
		})
		return r, err
	}
}

func recordings(callers int, long time.Duration) (r float64, err error) {
	err = withStore(true, func(ctx context.Context, s *store) error {
		ctx = record.WithOrigin(ctx, record.Origin{
			Actor:   record.Actor{Kind: record.KindUser, ID: "u-81f2", Authn: "oidc", Session: "s-9d1c", Address: "h:5e0c"},
			Request: "01JDEXAMPLE0000000000000", Trace: "4bf92f3577b34da6a3ce929d0e0e4736",
		})
		r, err = rate(callers, long, func(caller, turn int) error {
			return s.trail.Record(ctx, audit.Event{
				Class: audit.ClassAuthorization, Action: "module:activate", Outcome: audit.OutcomeDeny, Reason: "no role allows it",
				Resource: audit.Resource{Kind: "module", ID: fmt.Sprintf("module-%d@1.4.%d", caller, turn)}, PolicyRev: "r-17",
			})
		})
		return err
	})
	return r, err
}
