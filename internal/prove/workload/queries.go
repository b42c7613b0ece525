package workload

import (
	"math/rand/v2"
	"slices"
)

// None says that a query asks for no kind, or forbids no capability.
const None = -1

// A Query asks for modules.
type Query struct {
	Require []int32 // the IDs of 1 to 3 capabilities, all different
	Min     int32   // the lowest version of the first of them; 0 admits all
	Forbid  int32   // the ID of a capability, none of those required, or None
	Kind    int     // a kind or None
}

// Queries returns n queries for modules with capabilities out of as many as caps says, which are asked for as often as
// they are provided. Of the queries, one half forbid a capability, one half ask for a kind, and a third for a version.
func Queries(n, caps int, seed uint64) []Query {
	const stream = 1 << 40 // a place in no block of modules
	z, rng := newZipf(caps), rand.New(rand.NewPCG(seed, stream))
	all := make([]Query, n)
	for i := range all {
		all[i] = query(z, rng)
	}
	return all
}

func query(z *zipf, rng *rand.Rand) Query {
	q := Query{Forbid: None, Kind: None}
	var there []Cap
	next := func() int32 {
		there = append(there, Cap{ID: another(there, z, rng)})
		return there[len(there)-1].ID
	}
	for range min(1+rng.IntN(3), z.n()) {
		q.Require = append(q.Require, next())
	}
	if rng.IntN(2) == 0 && len(there) < z.n() {
		q.Forbid = next()
	}
	if rng.IntN(2) == 0 {
		q.Kind = rng.IntN(Kinds)
	}
	if rng.IntN(3) == 0 {
		q.Min = anyVersion(rng)
	}
	return q
}

// Matches reports whether the module is among those that the query asks for.
func (q *Query) Matches(m *Module) bool {
	if q.Kind != None && q.Kind != m.Kind {
		return false
	}
	found := 0
	for _, c := range m.Caps {
		if c.ID == q.Forbid {
			return false
		}
		switch i := slices.Index(q.Require, c.ID); {
		case i > 0, i == 0 && c.Version >= q.Min:
			found++
		}
	}
	return found == len(q.Require)
}
