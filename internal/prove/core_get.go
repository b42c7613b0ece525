package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/internal/prove/measure"
)

const (
	// many is how many modules the budgets of a large registry are about.
	many = 100_000
	// hotNames is how many of them are asked for again and again.
	hotNames = 100
)

func getBudgets() group {
	return group{
		budgets: []budget{
			atMost("core.get.hot", 60, nanos),
			atMost("core.get.random", 1.5, times),
			atMost("core.get.allocs", 0, count),
		},
		measure: func(note note) (got figures, err error) {
			err = withMany(func(reg *modreg.Registry, names []string) error {
				got, err = measureGets(reg, names, note)
				return err
			})
			return got, err
		},
	}
}

func parallelGetBudgets() group {
	return group{
		budgets: []budget{atMost("core.get.parallel", 1.15, times)},
		measure: func(note) (got figures, err error) {
			err = withMany(func(reg *modreg.Registry, names []string) error {
				ratio, err := measure.Crowding(crowdingRounds, getByName(reg, questions(names)[:hotNames]))
				got = figures{"core.get.parallel": ratio}
				return err
			})
			return got, err
		},
	}
}

// withMany is withRegistry with many modules, whose names it passes on.
func withMany(use func(reg *modreg.Registry, names []string) error) error {
	return withRegistry(func(ctx context.Context, reg *modreg.Registry) error {
		names := moduleNames(many)
		if _, err := register(ctx, reg, names); err != nil {
			return err
		}
		return use(reg, names)
	})
}

func measureGets(reg *modreg.Registry, names []string, note note) (figures, error) {
	asked := questions(names)
	hot, err := measureHot(reg, asked[:hotNames], note)
	if err != nil {
		return nil, err
	}
	plain, table := tables(names)
	random, err := measureRandom(reg, plain, table, asked, note)
	if err != nil {
		return nil, err
	}
	one := getByName(reg, asked[:1])
	allocs := testing.AllocsPerRun(1000, func() { err = one(1) })
	return figures{"core.get.hot": hot, "core.get.random": random, "core.get.allocs": allocs}, err
}

// measureHot returns the nanoseconds for a name of a few.
func measureHot(reg *modreg.Registry, asked []string, note note) (float64, error) {
	byName, err := measure.Sized(time.Millisecond, getByName(reg, asked))
	if err != nil {
		return 0, err
	}
	ns, err := measure.Minima(60, byName)
	if err != nil {
		return 0, err
	}
	note("one of %d names among %d: %.1f ns", len(asked), many, ns[0])
	return ns[0], nil
}

// measureRandom compares a lookup with one in a plain map. Each name depends on what was found before, as it mostly
// does in programs, so that one lookup is over before the next begins. The processor can also run several at once when
// nothing depends on them; what that makes of them stands beside it, and so does sync.Map.
func measureRandom(reg *modreg.Registry, plain map[string]*entry, table *sync.Map, asked []string, note note) (float64, error) {
	var contestants []measure.Contestant
	for _, find := range []func(string) uint64{inRegistry(reg), inPlainMap(plain), inSyncMap(table)} {
		contestants = append(contestants,
			measure.Contestant{Run: oneByOne(asked, find), N: len(asked)},
			measure.Contestant{Run: atOnce(asked, find), N: len(asked)})
	}
	ns, err := measure.Minima(15, contestants...)
	if err != nil {
		return 0, err
	}
	note("random names one by one: %.0f ns, plain map %.0f ns, sync.Map %.0f ns", ns[0], ns[2], ns[4])
	note("random names overlapping: %.0f ns, plain map %.0f ns, sync.Map %.0f ns", ns[1], ns[3], ns[5])
	return ns[0] / ns[2], nil
}

// The finders below look a name up, and look at what they find: when it was registered. That is 0 if it was not.

func inRegistry(reg *modreg.Registry) func(name string) uint64 {
	return func(name string) uint64 {
		m, ok := reg.Get(name)
		if !ok {
			return 0
		}
		return m.Registered()
	}
}

func inPlainMap(plain map[string]*entry) func(name string) uint64 {
	return func(name string) uint64 {
		e, ok := plain[name]
		if !ok {
			return 0
		}
		return e.registered
	}
}

func inSyncMap(table *sync.Map) func(name string) uint64 {
	return func(name string) uint64 {
		v, _ := table.Load(name)
		e, ok := v.(*entry)
		if !ok {
			return 0
		}
		return e.registered
	}
}

// oneByOne looks up names, the next after the one before was found and looked at.
func oneByOne(asked []string, find func(string) uint64) func(n int) error {
	return func(n int) error {
		next := 0
		for i := range n {
			registered := find(asked[i+next])
			if registered == 0 {
				return fmt.Errorf("module %q is not found", asked[i])
			}
			next = int(registered >> 63) // 0, but the processor cannot know
		}
		return nil
	}
}

// atOnce looks up names that do not depend on each other, and looks at what is found.
func atOnce(asked []string, find func(string) uint64) func(n int) error {
	return func(n int) error {
		for _, name := range asked[:n] {
			if find(name) == 0 {
				return fmt.Errorf("module %q is not found", name)
			}
		}
		return nil
	}
}

// getByName asks the registry for the names in turn.
func getByName(reg *modreg.Registry, asked []string) func(n int) error {
	return func(n int) error {
		at := 0
		for range n {
			if _, ok := reg.Get(asked[at]); !ok {
				return fmt.Errorf("module %q is not found", asked[at])
			}
			if at++; at == len(asked) {
				at = 0
			}
		}
		return nil
	}
}

// moduleNames returns n names as teams give them, in an order that is not that of the alphabet.
func moduleNames(n int) []string {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("team-%d.module-%d-%x", i%97, i, r.Uint32())
	}
	return all
}

// questions returns as many of the names, drawn at random. They are copies, as a caller's are, so that a lookup has to
// compare their letters.
func questions(names []string) []string {
	r := rand.New(rand.NewPCG(3, 4))
	asked := make([]string, len(names))
	for i := range asked {
		asked[i] = strings.Clone(names[r.IntN(len(names))])
	}
	return asked
}

// An entry is what the peers of the registry hold of a module: about as much memory, and when it was registered.
type entry struct {
	registered uint64
	_          [24]uint64
}

// tables returns a plain map and a sync.Map with all the names.
func tables(names []string) (map[string]*entry, *sync.Map) {
	plain, table := map[string]*entry{}, &sync.Map{}
	for i, name := range names {
		name = strings.Clone(name)
		e := &entry{registered: uint64(i) + 1}
		plain[name] = e
		table.Store(name, e)
	}
	return plain, table
}
