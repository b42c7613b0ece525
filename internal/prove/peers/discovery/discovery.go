// Package discovery measures how long others take to find modules by their capabilities: a linear scan, a map of sets, and
// roaring bitmaps. All answer the same questions and have to agree.
package discovery

import (
	"fmt"
	"io"
	"slices"

	"github.com/modreg/modreg/internal/prove/peers/timing"
	"github.com/modreg/modreg/internal/prove/workload"
)

const (
	modules = 1_000_000
	seed    = 1
	// topK is how many modules an answer names, of the lowest rank.
	topK = 20
)

// How many questions are asked. A scan takes as long for each, and a map for some.
const (
	questions        = 1000
	questionsForMap  = 200
	questionsForScan = 50
)

// An answer is how many modules were found and, if that was asked for, the first of them.
type answer struct {
	count int
	top   []uint32
}

// Measure prints what each way takes for a million modules of 200 and of 2,000 capabilities.
func Measure(out, notes io.Writer) error {
	for _, caps := range []int{200, 2000} {
		all := workload.Modules(modules, caps, seed)
		if err := measure(all, caps, out, notes); err != nil {
			return fmt.Errorf("with %d capabilities: %w", caps, err)
		}
	}
	return nil
}

func measure(all []workload.Module, caps int, out, notes io.Writer) error {
	r, m := newRoaring(all, caps), newSets(all, caps)
	fmt.Fprintf(notes, "roaring: %d bytes a module, for %d modules of %d capabilities\n", r.size()/len(all), len(all), caps)
	queries := workload.Queries(questions, caps, seed)
	known := make([]*answer, len(queries))
	for _, way := range []struct {
		name string
		n    int // questions
		ask  func(q *workload.Query, a *answer)
	}{
		{"roaring top 20", questions, r.top},
		{"roaring count", questions, r.count},
		{"map of sets top 20", min(questionsForMap, questions), m.find},
		{"linear scan top 20", min(questionsForScan, questions), scan(all)},
	} {
		sorted, err := timing.Each(way.n, func(i int) error {
			a := answer{top: make([]uint32, 0, topK)}
			way.ask(&queries[i], &a)
			return agree(&known[i], &a)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		name := fmt.Sprintf("%s %d/%d", way.name, len(all), caps)
		if err := timing.Percentiles(out, name, sorted); err != nil {
			return err
		}
	}
	return nil
}

// agree compares an answer with the first one to the same question, if that was given.
func agree(first **answer, a *answer) error {
	known := *first
	switch {
	case known == nil:
		*first = a
	case known.count != a.count:
		return fmt.Errorf("found %d modules, another way %d", a.count, known.count)
	case a.top != nil && !slices.Equal(known.top, a.top):
		return fmt.Errorf("the first modules are %v, and another way %v", a.top, known.top)
	}
	return nil
}
