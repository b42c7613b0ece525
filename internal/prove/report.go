package main

import (
	"fmt"
	"io"
)

// A group is budgets that are measured together.
type group struct {
	budgets []budget
	measure func(note) (figures, error)
}

// figures are what was measured, by the name of the budget: one for each of the group, and no others.
type figures map[string]float64

// A note is told what is worth knowing beside the budgets, in the manner of fmt.Printf.
type note func(format string, args ...any)

// A report prints what holds and counts what does not.
type report struct {
	out      io.Writer // a line for each budget
	problems io.Writer // why something could not be measured
	notes    io.Writer // what else was learnt
	all      int
	short    int
}

func (r *report) note(format string, args ...any) { fmt.Fprintf(r.notes, format+"\n", args...) }

// prove measures the budgets of a group and prints them.
func (r *report) prove(g group) {
	got, err := g.measure(r.note)
	if err == nil {
		err = g.complete(got)
	}
	if err != nil {
		r.failed(g, err)
		return
	}
	for _, b := range g.budgets {
		r.line(b, text(got[b.name], b.unit), b.holds(got[b.name]))
	}
}

// failed prints the budgets of a group that could not be measured.
func (r *report) failed(g group, err error) {
	for _, b := range g.budgets {
		r.line(b, "error", false)
	}
	fmt.Fprintf(r.problems, "prove: measure %s: %v\n", g.budgets[0].name, err)
}

func (r *report) line(b budget, value string, holds bool) {
	verdict := "ok"
	r.all++
	if !holds {
		r.short++
		verdict = "short"
	}
	fmt.Fprintf(r.out, "%s\t%s\t%s\t%s\n", b.name, value, b.limit(), verdict)
}

// complete reports budgets without a figure and figures without a budget.
func (g group) complete(got figures) error {
	for _, b := range g.budgets {
		if _, ok := got[b.name]; !ok {
			return fmt.Errorf("there is no figure for %s", b.name)
		}
	}
	if len(got) > len(g.budgets) {
		return fmt.Errorf("there are %d figures for %d budgets", len(got), len(g.budgets))
	}
	return nil
}
