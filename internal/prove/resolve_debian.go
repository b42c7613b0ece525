package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/modreg/modreg/internal/prove/measure"
	"github.com/modreg/modreg/resolve"
)

func gnomeBudgets() group {
	return group{
		budgets: []budget{
			atMost("resolve.gnome.hard", 1, millis),
			atMost("resolve.gnome.hard.beyond-apt", 0, count),
			atMost("resolve.gnome.recommends", 3, millis),
			atMost("resolve.gnome.recommends.unlike-apt", 0, count),
		},
		measure: func(note note) (figures, error) {
			var contestants []measure.Contestant
			var beyond, missing [2]int
			for i, recommends := range []bool{false, true} {
				all, err := readArchive(recommends)
				if err != nil {
					return nil, err
				}
				p := wanting(resolve.NewIndex(all...), "gnome")
				sol, err := verified(p)
				if err != nil {
					return nil, err
				}
				if beyond[i], missing[i], err = compareWithApt(sol, recommends); err != nil {
					return nil, err
				}
				note("gnome, recommended packages %t: %d packages in %d steps, %d of apt's are not among them", recommends, len(sol.Modules), sol.Steps, missing[i])
				c, err := measure.Sized(20*time.Millisecond, solving(p))
				if err != nil {
					return nil, err
				}
				contestants = append(contestants, c)
			}
			ns, err := measure.Minima(20, contestants...)
			if err != nil {
				return nil, err
			}
			return figures{
				"resolve.gnome.hard": ns[0] / 1e6, "resolve.gnome.recommends": ns[1] / 1e6,
				"resolve.gnome.hard.beyond-apt":       float64(beyond[0]),
				"resolve.gnome.recommends.unlike-apt": float64(beyond[1] + missing[1]),
			}, nil
		},
	}
}

// compareWithApt counts the packages that apt would not install, and those that only apt would.
func compareWithApt(sol *resolve.Solution, recommends bool) (beyond, missing int, err error) {
	name := "apt-norecommends-gnome.txt"
	if recommends {
		name = "apt-recommends-gnome.txt"
	}
	f, err := sharedFile("debian", "expected", name)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text, err := io.ReadAll(f)
	if err != nil {
		return 0, 0, err
	}
	apt := map[string]bool{}
	for name := range strings.FieldsSeq(string(text)) {
		apt[name] = true
	}
	for _, m := range sol.Modules {
		if !apt[m.Name] {
			beyond++
		}
		delete(apt, m.Name)
	}
	return beyond, len(apt), nil
}

func archiveBudgets() group {
	return group{
		budgets: []budget{
			atMost("resolve.archive.cpu", 2.5, seconds),
			atMost("resolve.archive.unlike-dose", 0, count),
		},
		measure: func(note note) (figures, error) {
			all, err := readArchive(false)
			if err != nil {
				return nil, err
			}
			x := resolve.NewIndex(all...)
			var cpu [3]float64
			broken := map[string]bool{}
			for round := range cpu {
				clear(broken)
				before, err := measure.CPUTime()
				if err != nil {
					return nil, err
				}
				for _, c := range all {
					_, err := resolve.Resolve(context.Background(), wanting(x, c.Name))
					if errors.As(err, new(*resolve.UnsatisfiableError)) {
						broken[c.Name] = true
					} else if err != nil {
						return nil, err
					}
				}
				after, err := measure.CPUTime()
				if err != nil {
					return nil, err
				}
				cpu[round] = (after - before).Seconds()
			}
			unlike, err := compareWithDose(broken)
			note("%d packages one by one: %d are broken, %.2f CPU-s in the best of %d rounds", len(all), len(broken), slices.Min(cpu[:]), len(cpu))
			return figures{"resolve.archive.cpu": slices.Min(cpu[:]), "resolve.archive.unlike-dose": float64(unlike)}, err
		},
	}
}

// compareWithDose counts the packages that only one of the two finds broken.
func compareWithDose(broken map[string]bool) (unlike int, err error) {
	f, err := sharedFile("debian", "dose-debcheck-failures.yaml")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	text, err := io.ReadAll(f)
	if err != nil {
		return 0, err
	}
	left := maps.Clone(broken)
	for report := range strings.SplitSeq(string(text), "\n -\n  package: ") {
		name, _, _ := strings.Cut(report, "\n")
		switch {
		case strings.HasPrefix(report, "output-version"):
		case left[name]:
			delete(left, name)
		default:
			unlike++
		}
	}
	return unlike + len(left), nil
}

func upgradeBudgets() group {
	return group{
		budgets: []budget{
			atMost("resolve.upgrade", 1, millis),
			atLeast("resolve.upgrade.proven", 95, percent),
		},
		measure: func(note note) (figures, error) {
			problems, err := upgrades(200)
			if err != nil {
				return nil, err
			}
			var quick []float64
			within := 0
			for _, p := range problems {
				best, err := measure.Minima(5, measure.Contestant{Run: solving(p), N: 1})
				if err != nil {
					return nil, err
				}
				quick = append(quick, best[0]/1e6)
				p.Change = resolve.ChangeFewest
				start := time.Now()
				sol, err := verified(p)
				if err != nil {
					return nil, err
				}
				if sol.Proven && time.Since(start) <= 50*time.Millisecond {
					within++
				}
			}
			note("%d random upgrades: p50 %.2f ms, p99 %.2f ms", len(quick), measure.Percentile(quick, 50), measure.Percentile(quick, 99))
			return figures{
				"resolve.upgrade":        measure.Percentile(quick, 50),
				"resolve.upgrade.proven": 100 * float64(within) / float64(len(problems)),
			}, nil
		},
	}
}

// upgrades returns problems of having gnome, locked but for one package of which there is a newer version that needs the
// same.
func upgrades(n int) ([]resolve.Problem, error) {
	all, err := readArchive(false)
	if err != nil {
		return nil, err
	}
	installed := wanting(resolve.NewIndex(all...), "gnome")
	sol, err := verified(installed)
	if err != nil {
		return nil, err
	}
	lock := sol.Lock(installed)
	var problems []resolve.Problem
	var names []string
	for i := range n {
		m := sol.Modules[i*len(sol.Modules)/n]
		newer := *m.Candidate
		newer.Version = newest
		all, names = append(all, &newer), append(names, m.Name)
	}
	x := resolve.NewIndex(all...)
	for _, name := range names {
		p := wanting(x, "gnome")
		p.Lock = lock.Without(name)
		sol, err := verified(p)
		if err != nil {
			return nil, err
		}
		if changes := lock.Changes(sol.Lock(p)); len(changes) != 1 || changes[0].Name != name {
			return nil, fmt.Errorf("the upgrade of %s changes %v", name, changes)
		}
		problems = append(problems, p)
	}
	return problems, nil
}
