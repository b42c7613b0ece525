package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/corpus"
	"github.com/modreg/modreg/internal/prove/measure"
	"github.com/modreg/modreg/resolve"
	"github.com/modreg/modreg/semver"
)

// newest is a version above all that Debian's are translated to.
var newest = semver.MustParse("1000.0.0")

func pubgrubBudgets() group {
	return group{
		budgets: []budget{
			atMost("resolve.pubgrub.wrong", 0, count),
			atMost("resolve.pubgrub.total", 70, millis),
			atMost("resolve.pubgrub.worst", 10, millis),
		},
		measure: func(note note) (figures, error) {
			x, verdicts, err := readPubGrub()
			if err != nil {
				return nil, err
			}
			const rounds = 10
			best := make([]float64, len(verdicts))
			wrong := 0
			for round := range rounds {
				for i, v := range verdicts {
					p := resolve.Problem{Universe: x, Roots: []capability.Requirement{v.Root}}
					start := time.Now()
					_, err := resolve.Resolve(context.Background(), p)
					ms := time.Since(start).Seconds() * 1000
					if round == 0 || ms < best[i] {
						best[i] = ms
					}
					if (err == nil) != v.Satisfiable || err != nil && !errors.As(err, new(*resolve.UnsatisfiableError)) {
						wrong++
					}
				}
			}
			total := mean(best) * float64(len(best))
			note("%d roots: %.1f ms together, %.3f ms for half of them", len(best), total, measure.Percentile(best, 50))
			return figures{
				"resolve.pubgrub.wrong": float64(wrong), "resolve.pubgrub.total": total, "resolve.pubgrub.worst": slices.Max(best),
			}, nil
		},
	}
}

func readPubGrub() (x *resolve.Index, verdicts []corpus.PubGrubVerdict, err error) {
	const base = "large_case_1_u16_NumberVersion"
	f, err := sharedFile("pubgrub", base+".json")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	all, err := corpus.ReadPubGrub(f)
	if err != nil {
		return nil, nil, err
	}
	v, err := sharedFile("pubgrub", base+".verdicts.tsv")
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	verdicts, err = corpus.ReadPubGrubVerdicts(v)
	return resolve.NewIndex(all...), verdicts, err
}
