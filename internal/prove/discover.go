package main

import (
	"fmt"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/discover"
	"github.com/modreg/modreg/internal/prove/workload"
	"github.com/modreg/modreg/semver"
)

// A million modules, and as many capabilities as in one workload or the other.
const million = 1_000_000

// discovery are the budgets of the index.
func discovery() []group {
	return []group{searchBudgets(), storeBudgets(), textBudgets(), discoverPeerBudgets()}
}

// A catalogue is a workload as an index sees it.
type catalogue struct {
	modules []workload.Module
	asked   []workload.Query
	docs    []*discover.Doc
	queries []*discover.Compiled
}

func newCatalogue(n, caps int) (*catalogue, error) {
	c := &catalogue{modules: workload.Modules(n, caps, 1), asked: workload.Queries(1000, caps, 1)}
	ids := make([]capability.ID, caps)
	for i := range ids {
		ids[i] = capability.ID{Name: workload.CapName(int32(i))}
	}
	versions := map[int32]semver.Version{}
	version := func(v int32) semver.Version {
		if _, ok := versions[v]; !ok {
			versions[v] = semver.MustParse(workload.VersionText(v))
		}
		return versions[v]
	}
	c.docs = make([]*discover.Doc, n)
	for i := range c.modules {
		m := &c.modules[i]
		d := &discover.Doc{Name: m.Name, Version: version(workload.Version(1, 0)), Active: true, Rank: int32(-i), Kind: workload.KindName(m.Kind)}
		d.Provides = make([]capability.Capability, len(m.Caps))
		for j, have := range m.Caps {
			d.Provides[j] = capability.Capability{ID: ids[have.ID], Version: version(have.Version)}
		}
		c.docs[i] = d
	}
	for i := range c.asked {
		q, err := asked(&c.asked[i], ids)
		if err != nil {
			return nil, err
		}
		c.queries = append(c.queries, q)
	}
	return c, nil
}

func asked(q *workload.Query, ids []capability.ID) (*discover.Compiled, error) {
	d := discover.Query{Limit: 20}
	for i, id := range q.Require {
		r := capability.Requirement{ID: ids[id]}
		if i == 0 && q.Min > 0 {
			var err error
			if r.Range, err = semver.ParseRange(">=" + workload.VersionText(q.Min)); err != nil {
				return nil, fmt.Errorf("query: %w", err)
			}
		}
		d.Require = append(d.Require, r)
	}
	if q.Forbid != workload.None {
		d.Forbid = []capability.Requirement{{ID: ids[q.Forbid]}}
	}
	if q.Kind != workload.None {
		d.Kind = workload.KindName(q.Kind)
	}
	return discover.Compile(d)
}
