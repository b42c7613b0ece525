package main

import (
	"math"
	"testing"
)

func TestBudget_holds(t *testing.T) {
	t.Parallel()
	most, least := atMost("a", 7, times), atLeast("a", 7, times)
	for _, test := range []struct {
		figure      float64
		most, least bool
	}{
		{6.99, true, false},
		{7, true, true},
		{7.01, false, true},
		{math.Inf(1), false, true},
		{math.NaN(), false, false},
	} {
		if got := most.holds(test.figure); got != test.most {
			t.Errorf("at most 7 holds with %v: %v, want %v", test.figure, got, test.most)
		}
		if got := least.holds(test.figure); got != test.least {
			t.Errorf("at least 7 holds with %v: %v, want %v", test.figure, got, test.least)
		}
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		figure float64
		unit   unit
		want   string
	}{
		{0, count, "0"},
		{7, times, "7x"},
		{5.806, times, "5.81x"},
		{1.5, times, "1.5x"},
		{43.26, nanos, "43.3ns"},
		{100, micros, "100us"},
		{163.7, kilobytes, "164KB"},
		{123456.7, nanos, "123457ns"},
		{0.034, percent, "0.03%"},
	} {
		if got := text(test.figure, test.unit); got != test.want {
			t.Errorf("text(%v, %q) = %q, want %q", test.figure, test.unit, got, test.want)
		}
	}
}

func TestGroup_complete(t *testing.T) {
	t.Parallel()
	g := group{budgets: []budget{atMost("a", 1, times), atMost("b", 1, times)}}
	for _, test := range []struct {
		got  figures
		want string
	}{
		{figures{"a": 1, "b": 2}, ""},
		{figures{"a": 1}, "there is no figure for b"},
		{nil, "there is no figure for a"},
		{figures{"a": 1, "b": 1, "c": 1}, "there are 3 figures for 2 budgets"},
	} {
		said := ""
		if err := g.complete(test.got); err != nil {
			said = err.Error()
		}
		if said != test.want {
			t.Errorf("complete(%v) says %q, want %q", test.got, said, test.want)
		}
	}
}
