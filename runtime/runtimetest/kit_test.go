package runtimetest_test

import (
	"context"
	"sync"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/runtime/runtimetest"
)

// A tally counts the instances of each version. Its zero value is ready for use.
type tally struct {
	mu          sync.Mutex
	begun, gone map[string]int // guarded by mu
}

func (t *tally) began(ref string) { t.add(&t.begun, ref) }

func (t *tally) left(ref string) { t.add(&t.gone, ref) }

func (t *tally) add(to *map[string]int, ref string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if *to == nil {
		*to = map[string]int{}
	}
	(*to)[ref]++
}

func (t *tally) of(ref string) (begun, gone int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.begun[ref], t.gone[ref]
}

// capabilityOf returns the key of the one capability that a module of the suite provides.
func capabilityOf(m modreg.Manifest) modreg.Capability[modreg.Processor] {
	if m.Provides[0].Capability == runtimetest.Dependency.Name() {
		return runtimetest.Dependency
	}
	return runtimetest.Process
}

// dependencyOf returns what a module relays to, nil if it requires nothing.
func dependencyOf(m modreg.Manifest, d modreg.Deps) (modreg.Processor, error) {
	if len(m.Requires) == 0 {
		return nil, nil //nolint:nilnil // a module that requires nothing has no dependency
	}
	h, err := modreg.Need(d, runtimetest.Dependency)
	if err != nil {
		return nil, err
	}
	return modreg.ProcessorFunc(func(ctx context.Context, in []byte) ([]byte, error) {
		return modreg.Do(ctx, h, func(ctx context.Context, p modreg.Processor) ([]byte, error) { return p.Process(ctx, in) })
	}), nil
}
