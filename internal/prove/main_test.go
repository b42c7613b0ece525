package main

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// measuring is a group with one budget, of at most 7x, and a figure.
func measuring(name string, figure float64) group {
	return group{
		budgets: []budget{atMost(name, 7, times)},
		measure: func(note note) (figures, error) {
			note("measured %s", name)
			return figures{name: figure}, nil
		},
	}
}

func failing(name string) group {
	return group{
		budgets: []budget{atMost(name, 7, times), atLeast(name+".peer", 10, times)},
		measure: func(note) (figures, error) { return nil, errors.New("no such peer") },
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	all := map[string][]group{
		"good":   {measuring("good.a", 5.81), measuring("good.b", 7)},
		"bad":    {measuring("bad.a", 7.5), measuring("bad.b", 1)},
		"broken": {failing("broken.a"), measuring("broken.b", 1)},
	}
	const (
		good   = "good.a\t5.81x\t<=7x\tok\ngood.b\t7x\t<=7x\tok\n"
		bad    = "bad.a\t7.5x\t<=7x\tshort\nbad.b\t1x\t<=7x\tok\n"
		broken = "broken.a\terror\t<=7x\tshort\nbroken.a.peer\terror\t>=10x\tshort\nbroken.b\t1x\t<=7x\tok\n"
	)
	for name, test := range map[string]struct {
		args     []string
		code     int
		out      string
		problems string // part of standard error; none at all if empty
	}{
		"all budgets hold":             {args: []string{"good"}, code: exitOK, out: good},
		"one is short":                 {args: []string{"bad"}, code: exitShort, out: bad, problems: "1 of 2 budgets are short"},
		"one cannot be measured":       {args: []string{"broken"}, code: exitShort, out: broken, problems: "measure broken.a: no such peer"},
		"areas in the order named":     {args: []string{"good", "bad"}, code: exitShort, out: good + bad, problems: "1 of 4"},
		"all areas by name":            {code: exitShort, out: bad + broken + good, problems: "3 of 7"},
		"notes with -v":                {args: []string{"-v", "good"}, code: exitOK, out: good, problems: "measured good.a\n"},
		"unknown area, nothing is run": {args: []string{"good", "bda"}, code: exitUsage, problems: `no area "bda", only: bad broken good`},
		"unknown flag":                 {args: []string{"-x"}, code: exitUsage, problems: "usage: "},
		"help":                         {args: []string{"-h"}, code: exitOK, problems: "areas: bad broken good"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, problems strings.Builder
			if code := run(test.args, all, &out, &problems); code != test.code {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if out.String() != test.out {
				t.Errorf("printed\n%swant\n%s", out.String(), test.out)
			}
			if got := problems.String(); !strings.Contains(got, test.problems) || test.problems == "" && got != "" {
				t.Errorf("standard error says %q, want %q in it", got, test.problems)
			}
		})
	}
}

func TestBudgets_areNamedOnceAndDescribed(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for area, groups := range areas() {
		for _, g := range groups {
			for _, b := range g.budgets {
				if seen[b.name] || !strings.HasPrefix(b.name, area+".") {
					t.Errorf("budget %q is there twice, or not named for area %q", b.name, area)
				}
				seen[b.name] = true
				if row := "| `" + b.name + "` | `" + b.limit() + "` |"; !strings.Contains(string(doc), row) {
					t.Errorf("docs/performance.md has no row that begins with %q", row)
				}
			}
		}
	}
}
