package resolve

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// meter counts steps and stops the work of one call when the budget is spent or
// the context is done.
type meter struct {
	done      func() error // the context's Err
	budget    int
	steps     int
	nextCheck int
	goal      *goal // what is being worked on, for the error
}

// checkEvery is how many steps pass between two looks at the context.
const checkEvery = 256

// spend takes n steps. The error is a *BudgetError, from then on always, or
// wraps that of the context.
func (m *meter) spend(n int) error {
	if m.steps += n; m.steps > m.budget {
		err := &BudgetError{Budget: m.budget}
		if m.goal != nil {
			err.Need = m.goal.need()
		}
		return err
	}
	if m.steps >= m.nextCheck {
		m.nextCheck = m.steps + checkEvery
		return m.check()
	}
	return nil
}

// glancesPerStep is how many modules may be looked at in passing for one step.
const glancesPerStep = 16

// glance takes the steps for looking at n modules in passing: whether they are
// chosen, forbidden, or to be moved in the start order.
func (m *meter) glance(n int) error { return m.spend(n / glancesPerStep) }

func (m *meter) check() error {
	if err := m.done(); err != nil {
		return fmt.Errorf("resolve: %w", err)
	}
	return nil
}

// module is a candidate that the call has met, one for each name and version.
type module struct {
	cand    *Candidate
	options [][]option // by requirement, nil until asked for
	at      *placement // where it stands in the solution, nil if it does not
}

// option is a provider of a requirement, with the highest version at which it
// offers what is required.
type option struct {
	mod   *module
	offer semver.Version
}

type moduleKey struct {
	name    string
	version semver.Version
}

// pool asks the universe, once for each ID.
type pool struct {
	universe Universe
	meter    *meter
	modules  map[moduleKey]*module
	byID     map[capability.ID][]*module
	pinned   []*module
}

func newPool(p Problem, m *meter) *pool {
	pl := &pool{
		universe: p.Universe,
		meter:    m,
		modules:  make(map[moduleKey]*module),
		byID:     make(map[capability.ID][]*module),
	}
	for _, c := range p.Pinned {
		if c != nil {
			pl.pinned = append(pl.pinned, pl.intern(c))
		}
	}
	slices.SortFunc(pl.pinned, func(a, b *module) int { return compareNames(a.cand, b.cand) })
	pl.pinned = slices.Compact(pl.pinned)
	return pl
}

func (p *pool) intern(c *Candidate) *module {
	key := moduleKey{c.Name, c.Version}
	m := p.modules[key]
	if m == nil {
		m = &module{cand: c, options: make([][]option, len(c.Requires))}
		p.modules[key] = m
	}
	return m
}

// providers returns every module that offers the ID, ordered by name and
// version.
func (p *pool) providers(id capability.ID) ([]*module, error) {
	if known, ok := p.byID[id]; ok {
		return known, nil
	}
	// A pinned module counts although the universe may not know it.
	found := slices.Clone(p.pinned)
	if p.universe != nil {
		for c := range p.universe.Providers(id) {
			if err := p.meter.spend(1); err != nil {
				return nil, err
			}
			if c != nil {
				found = append(found, p.intern(c))
			}
		}
	}
	found = slices.DeleteFunc(found, func(m *module) bool {
		for range m.cand.offers(id) {
			return false
		}
		return true
	})
	slices.SortFunc(found, func(a, b *module) int { return compareNames(a.cand, b.cand) })
	found = slices.Compact(found)
	p.byID[id] = found
	return found, nil
}

// optionsOf returns the providers of requirement i of m in order of
// preference, as far as that does not depend on what is chosen. m itself is
// none of them.
func (p *pool) optionsOf(m *module, i int) ([]option, error) {
	if m.options[i] != nil {
		return m.options[i], nil
	}
	req := &m.cand.Requires[i]
	mods, err := p.providers(req.ID)
	if err != nil {
		return nil, err
	}
	found := make([]option, 0, len(mods))
	for _, mod := range mods {
		if v, ok := mod.cand.offer(req); ok && mod != m {
			found = append(found, option{mod, v})
		}
	}
	slices.SortFunc(found, compareOptions)
	m.options[i] = found
	return found, nil
}

func compareOptions(a, b option) int {
	return cmp.Or(
		-cmpBool(a.mod.cand.Preferred, b.mod.cand.Preferred),
		b.offer.Compare(a.offer),
		b.mod.cand.Version.Compare(a.mod.cand.Version),
		cmp.Compare(b.mod.cand.Rank, a.mod.cand.Rank),
		compareNames(a.mod.cand, b.mod.cand),
	)
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
