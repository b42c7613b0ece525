package main

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/modreg/modreg/discover"
	"github.com/modreg/modreg/internal/prove/measure"
	"github.com/modreg/modreg/internal/prove/workload"
	"github.com/modreg/modreg/semver"
)

func storeBudgets() group {
	return group{
		budgets: []budget{
			atMost("discover.save", 1, seconds),
			atMost("discover.load", 1, seconds),
		},
		measure: func(note note) (figures, error) {
			c, err := newCatalogue(million, 2000)
			if err != nil {
				return nil, err
			}
			view := discover.NewView().With(c.docs, nil)
			byName := make(map[string]*discover.Doc, len(c.docs))
			for _, d := range c.docs {
				byName[d.Name] = d
			}
			var out bytes.Buffer
			save := func(int) error { out.Reset(); return view.Save(&out) }
			load := func(int) error {
				loaded, err := discover.Load(bytes.NewReader(out.Bytes()), func(k discover.Key) *discover.Doc { return byName[k.Name] })
				if err == nil && loaded.Len() != view.Len() {
					err = errors.New("what was loaded is not what was saved")
				}
				return err
			}
			ns, err := measure.Minima(4, measure.Contestant{Run: save, N: 1}, measure.Contestant{Run: load, N: 1})
			if err != nil {
				return nil, err
			}
			note("%.1f B a module are stored", float64(out.Len())/million)
			return figures{"discover.save": ns[0] / 1e9, "discover.load": ns[1] / 1e9}, nil
		},
	}
}

func textBudgets() group {
	return group{
		budgets: []budget{
			atMost("discover.text.p99", 2, millis),
			atMost("discover.text.empty", 0, count),
		},
		measure: func(note note) (figures, error) {
			texts, err := workload.Texts(workload.Data(), million, 1)
			if err != nil {
				return nil, err
			}
			docs := make([]*discover.Doc, len(texts))
			names := workload.Modules(million, 200, 1)
			for i, text := range texts {
				docs[i] = &discover.Doc{Name: names[i].Name, Version: semver.Version{}, Active: true, Description: text}
			}
			start := time.Now()
			view := discover.NewView(discover.WithText()).With(docs, nil)
			built := time.Since(start)
			var queries []*discover.Compiled
			for _, words := range workload.TextQueries(texts, 1000, 1) {
				q, err := discover.Compile(discover.Query{Text: words, Limit: 20})
				if err != nil {
					return nil, err
				}
				queries = append(queries, q)
			}
			hits := make([]discover.Hit, 0, 32)
			empty := 0
			took, _ := bestOfEach(queries, func(q *discover.Compiled) {
				if hits = view.Search(q, hits[:0]); len(hits) == 0 {
					empty++
				}
			})
			note("text: p50 %.0f us, p99 %.2f ms, slowest %.2f ms; built in %.1f s", measure.Median(took)/1e3, measure.Percentile(took, 99)/1e6, slices.Max(took)/1e6, built.Seconds())
			return figures{"discover.text.p99": measure.Percentile(took, 99) / 1e6, "discover.text.empty": float64(empty)}, nil
		},
	}
}
