// Package workload makes the registries and questions that modreg and its peers are measured with.
//
// Both sides get theirs from here, so that they answer the same questions about the same modules and texts. What is made
// depends on the arguments alone, is made again in each process, and is plain numbers and strings: each side builds of it
// what it needs, outside of what is timed. [Query.Matches] says what a query means; an index is right if it agrees with it.
package workload

import (
	"math/rand/v2"
	"strconv"
	"sync"
)

const (
	// Kinds is how many kinds of modules there are, 0 to Kinds-1.
	Kinds = 8
	// Majors is the highest major version of a capability; the lowest is 1.
	Majors = 5
	// Minors is how many minor versions each major version has, from 0.
	Minors = 10
)

const (
	fewestCaps = 3
	mostCaps   = 8
)

// A Module is what discovery knows of a module. Its place among the modules is its rank: the first is the best.
type Module struct {
	Name string // a module name by the grammar of package capability, unique
	Caps []Cap  // 3 to 8 with different IDs, in no order; as many as there are if there are fewer
	Kind int    // 0 to Kinds-1
}

// A Cap is a capability of a module.
type Cap struct {
	ID      int32 // from 0, the most popular
	Version int32 // see [Version]
}

// Version returns the number for the version major.minor.0. Numbers are ordered as versions are.
func Version(major, minor int) int32 { return int32(major*Minors + minor) }

// VersionText returns the semantic version for a number of [Version].
func VersionText(v int32) string {
	return strconv.Itoa(int(v/Minors)) + "." + strconv.Itoa(int(v%Minors)) + ".0"
}

// CapName returns the name of the capability with the ID, by the grammar of package capability.
func CapName(id int32) string { return "cap." + strconv.Itoa(int(id)) }

// KindName returns the name of a kind.
func KindName(kind int) string { return "kind-" + strconv.Itoa(kind) }

// Modules returns n modules with capabilities out of as many as caps says, at least one. The popularity of capabilities
// follows Zipf's law with exponent 1.1; versions and kinds are equally likely.
//
// Modules are made in blocks that do not depend on each other, by two goroutines.
func Modules(n, caps int, seed uint64) []Module {
	all := make([]Module, n)
	z := newZipf(caps)
	var wg sync.WaitGroup
	for half := range 2 {
		wg.Go(func() {
			for first := half * block; first < n; first += 2 * block {
				rng := rand.New(rand.NewPCG(seed, uint64(first)))
				fill(all[first:min(first+block, n)], first, z, rng)
			}
		})
	}
	wg.Wait()
	return all
}

// block is how many modules share two allocations: one for their names and one for their capabilities.
const block = 4096

func fill(modules []Module, first int, z *zipf, rng *rand.Rand) {
	const typicalName = len("module-1000000")
	names := make([]byte, 0, len(modules)*typicalName)
	caps := make([]Cap, 0, len(modules)*(fewestCaps+mostCaps)/2*11/10)
	ends := make([]int, 0, len(modules))
	for i := range modules {
		names = strconv.AppendInt(append(names, "module-"...), int64(first+i), 10)
		ends = append(ends, len(names))
		if caps == nil || cap(caps)-len(caps) < mostCaps {
			caps = make([]Cap, 0, mostCaps*64)
		}
		begin := len(caps)
		for range min(fewestCaps+rng.IntN(mostCaps-fewestCaps+1), z.n()) {
			caps = append(caps, Cap{ID: another(caps[begin:], z, rng), Version: anyVersion(rng)})
		}
		modules[i].Caps = caps[begin:len(caps):len(caps)]
		modules[i].Kind = rng.IntN(Kinds)
	}
	text, begin := string(names), 0
	for i, end := range ends {
		modules[i].Name = text[begin:end]
		begin = end
	}
}

// another draws a capability that is not among those there are.
func another(there []Cap, z *zipf, rng *rand.Rand) int32 {
	for {
		id := z.draw(rng)
		if !holds(there, id) {
			return id
		}
	}
}

func holds(caps []Cap, id int32) bool {
	for _, c := range caps {
		if c.ID == id {
			return true
		}
	}
	return false
}

func anyVersion(rng *rand.Rand) int32 { return Version(1+rng.IntN(Majors), rng.IntN(Minors)) }
