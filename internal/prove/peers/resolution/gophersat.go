package resolution

import (
	"compress/gzip"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/crillab/gophersat/solver"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/corpus"
	"github.com/modreg/modreg/internal/prove/peers/timing"
	"github.com/modreg/modreg/internal/prove/workload"
	"github.com/modreg/modreg/resolve"
)

// gnome is what is to be installed.
const gnome = "gnome"

// gophersatDebian looks for any set of packages that gnome can be used with, without recommended ones: the solver knows
// no preferences.
func gophersatDebian(data string, out, notes io.Writer) error {
	index, err := debianIndex(data)
	if err != nil {
		return err
	}
	root := capability.Requirement{ID: capability.ID{Namespace: capability.ModuleNamespace, Name: gnome}}
	a := solve(index, root)
	if !a.found {
		return fmt.Errorf("%s cannot be installed", gnome)
	}
	fmt.Fprintf(notes, "gophersat: %d clauses about %d packages, of which it installs %d\n", a.clauses, a.met, a.installed)
	if err := timing.Print(out, "gophersat Debian gnome encode", a.encoding); err != nil {
		return err
	}
	return timing.Print(out, "gophersat Debian gnome solve", a.solving)
}

func debianIndex(data string) (index *resolve.Index, err error) {
	err = withFile(workload.DebianFile(data), func(r io.Reader) error {
		z, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		packages, err := corpus.ReadDebianJSON(z)
		if err != nil {
			return err
		}
		candidates, err := corpus.DebianUniverse(packages, corpus.DebianOptions{NoRecommends: true})
		index = resolve.NewIndex(candidates...)
		return err
	})
	return index, err
}

// gophersatPubGrub asks for every version of every package, each from scratch, and compares the verdicts: the solver keeps
// nothing from one to the next.
func gophersatPubGrub(data string, out, notes io.Writer) error {
	candidates, verdicts, err := pubGrub(data)
	if err != nil {
		return err
	}
	index := resolve.NewIndex(candidates...)
	encoding, solving := make([]time.Duration, len(verdicts)), make([]time.Duration, len(verdicts))
	for i, v := range verdicts {
		a := solve(index, v.Root)
		if a.found != v.Satisfiable {
			return fmt.Errorf("the verdict on %v is %v, want %v", v.Root, a.found, v.Satisfiable)
		}
		encoding[i], solving[i] = a.encoding, a.solving
	}
	fmt.Fprintf(notes, "gophersat: all %d verdicts on pubgrub's large case are right\n", len(verdicts))
	if err := printTotal(out, "gophersat pubgrub encode", encoding); err != nil {
		return err
	}
	return printTotal(out, "gophersat pubgrub solve", solving)
}

func pubGrub(data string) (candidates []*resolve.Candidate, verdicts []corpus.PubGrubVerdict, err error) {
	err = withFile(pubGrubFile(data, "json"), func(r io.Reader) error {
		candidates, err = corpus.ReadPubGrub(r)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	err = withFile(pubGrubFile(data, "verdicts.tsv"), func(r io.Reader) error {
		verdicts, err = corpus.ReadPubGrubVerdicts(r)
		return err
	})
	return candidates, verdicts, err
}

// printTotal prints what all of something took, and the longest.
func printTotal(out io.Writer, name string, all []time.Duration) error {
	var total time.Duration
	for _, d := range all {
		total += d
	}
	if err := timing.Print(out, name+" total", total); err != nil {
		return err
	}
	return timing.Print(out, name+" worst", slices.Max(all))
}

type outcome struct {
	found                   bool
	met, clauses, installed int
	encoding, solving       time.Duration
}

// solve solves once and again and returns the outcome with the shortest times.
func solve(index *resolve.Index, root capability.Requirement) outcome {
	best := solveOnce(index, root)
	for range timing.Rounds - 1 {
		a := solveOnce(index, root)
		best.encoding, best.solving = min(best.encoding, a.encoding), min(best.solving, a.solving)
	}
	return best
}

// solveOnce makes clauses of what the root could need, and a model of them. To read the clauses counts as encoding them.
func solveOnce(index *resolve.Index, root capability.Requirement) outcome {
	start := time.Now()
	e := encode(index, root)
	problem := solver.ParseSliceNb(e.clauses, len(e.met))
	encoded := time.Now()
	s := solver.New(problem)
	status := s.Solve()
	a := outcome{
		found: status == solver.Sat, met: len(e.met), clauses: len(e.clauses),
		encoding: encoded.Sub(start), solving: time.Since(encoded),
	}
	if a.found {
		for _, is := range s.Model() {
			if is {
				a.installed++
			}
		}
	}
	return a
}
