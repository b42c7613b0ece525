package main

import (
	"math"
	"strconv"
	"strings"
)

// A unit is what stands behind a figure.
type unit string

// The units of budgets.
const (
	times     unit = "x"
	count     unit = ""
	nanos     unit = "ns"
	micros    unit = "us"
	millis    unit = "ms"
	seconds   unit = "s"
	percent   unit = "%"
	bytesEach unit = "B"
	kilobytes unit = "KB" // 1,000 bytes
)

// A budget is a bound that a figure keeps to.
type budget struct {
	name  string // area, part and what is measured, separated by dots
	bound float64
	unit  unit
	floor bool // the bound is the least that will do, not the most
}

// atMost is a budget that holds while the figure does not exceed bound.
func atMost(name string, bound float64, u unit) budget {
	return budget{name: name, bound: bound, unit: u}
}

// atLeast is a budget that holds once the figure reaches bound.
func atLeast(name string, bound float64, u unit) budget {
	return budget{name: name, bound: bound, unit: u, floor: true}
}

// holds reports whether a figure keeps to the budget. What is not a number does not.
func (b budget) holds(figure float64) bool {
	if b.floor {
		return figure >= b.bound
	}
	return figure <= b.bound
}

// limit returns the bound as text: "<=7x", ">=10x".
func (b budget) limit() string {
	if b.floor {
		return ">=" + text(b.bound, b.unit)
	}
	return "<=" + text(b.bound, b.unit)
}

// text writes a figure with three digits that count, or all before the point.
func text(figure float64, u unit) string {
	decimals := 2
	switch size := math.Abs(figure); {
	case size >= 100:
		decimals = 0
	case size >= 10:
		decimals = 1
	}
	s := strconv.FormatFloat(figure, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s + string(u)
}
