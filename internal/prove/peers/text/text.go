// Package text measures how long full-text engines take to find the 20 best of many short texts.
package text

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/modreg/modreg/internal/prove/peers/timing"
	"github.com/modreg/modreg/internal/prove/workload"
)

const (
	seed = 1
	// topK is how many texts an answer has.
	topK = 20
	// few is how many packages Debian has; many are more than that by repetition.
	few  = 63_440
	many = 1_000_000
)

// An engine finds texts by their numbers, the best first.
type engine interface {
	// find returns the topK best of those that have all of the words, or any of them.
	find(ctx context.Context, words []string, all bool) ([]int, error)
	close() error
}

// A contest is an engine, how many texts it has to search, and how many questions of either kind it is asked: those that
// the slowest answers in seconds. The 99th percentile of fewer than a hundred is the slowest.
type contest struct {
	name     string
	open     func(ctx context.Context, texts []string) (engine, error)
	texts    int
	all, any int
}

func contests() []contest {
	return []contest{
		{name: "bleve", open: openBleve, texts: few, all: 300, any: 300},
		{name: "bleve", open: openBleve, texts: many, all: 200, any: 200},
		{name: "SQLite FTS5", open: openSQLite, texts: few, all: 200, any: 200},
		{name: "SQLite FTS5", open: openSQLite, texts: many, all: 30, any: 15},
	}
}

// Measure prints what a query takes that wants all of its one to three words, and one that wants any of them, and what it
// takes to build the index.
func Measure(out, notes io.Writer) error {
	data := workload.Data()
	texts, err := workload.Texts(data, many, seed)
	if errors.Is(err, fs.ErrNotExist) {
		data = ""
		texts, err = workload.Texts(data, many, seed)
	}
	if data == "" {
		fmt.Fprintln(notes, "text: the summaries of Debian are absent: words are invented")
	}
	if err != nil {
		return err
	}
	for _, c := range contests() {
		name := fmt.Sprintf("%s %d", c.name, c.texts)
		if err := measure(c, name, texts[:c.texts], out); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func measure(c contest, name string, texts []string, out io.Writer) (err error) {
	ctx := context.Background()
	var e engine
	took, err := timing.Once(func() error {
		e, err = c.open(ctx, texts)
		return err
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if err := timing.Print(out, name+" build", took); err != nil {
		return err
	}
	queries := workload.TextQueries(texts, max(c.all, c.any), seed)
	for _, kind := range []struct {
		name string
		all  bool
		n    int
	}{{" and", true, c.all}, {" or", false, c.any}} {
		sorted, err := ask(ctx, e, texts, queries[:kind.n], kind.all)
		if err != nil {
			return fmt.Errorf("%s: %w", kind.name, err)
		}
		if err := timing.Percentiles(out, name+kind.name, sorted); err != nil {
			return err
		}
	}
	return nil
}

// ask times the answers and then checks them.
func ask(ctx context.Context, e engine, texts, queries []string, all bool) ([]time.Duration, error) {
	answers := make([][]int, len(queries))
	sorted, err := timing.Each(len(queries), func(i int) (err error) {
		answers[i], err = e.find(ctx, strings.Fields(queries[i]), all)
		return err
	})
	if err != nil {
		return nil, err
	}
	for i, a := range answers {
		if err := check(a, texts, queries[i], all); err != nil {
			return nil, err
		}
	}
	return sorted, nil
}

// check reports whether what was found has what was asked for. Something always has.
func check(found []int, texts []string, query string, all bool) error {
	if len(found) == 0 || len(found) > topK {
		return fmt.Errorf("found %d texts for %q", len(found), query)
	}
	words := strings.Fields(query)
	for _, i := range found {
		has := 0
		for _, w := range words {
			if slices.Contains(workload.Words(texts[i]), w) {
				has++
			}
		}
		if has == 0 || all && has < len(words) {
			return fmt.Errorf("found %q for %q", texts[i], query)
		}
	}
	return nil
}
