// Package nearest finds the name that a misspelt one was meant to be, for error messages.
package nearest

import (
	"iter"
	"strings"
)

// limit is the distance at which a name no longer counts as near: one or two slips are forgiven.
const limit = 3

// Of returns the known name that is nearest to name by [Distance], the first of several; "" if none is within
// two slips, or if only a name that has next to nothing in common is. A name that differs in case alone is
// nearest of all. Of compares with every known name: bound them if there are many.
func Of(name string, known iter.Seq[string]) string {
	best, distance := "", limit
	for k := range known {
		if strings.EqualFold(k, name) {
			return k
		}
		if d := Distance(name, k, distance); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	return best
}

// Distance counts the insertions, deletions, replacements and swaps of neighbouring bytes that turn a into b
// (the optimal string alignment form of the Damerau–Levenshtein distance). It stops early and returns max
// where the distance is at least that.
func Distance(a, b string, max int) int {
	if d := len(a) - len(b); d >= max || -d >= max {
		return max
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		smallest := row[0]
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			d := min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, before[j-1]+1)
			}
			row[j+1] = d
			smallest = min(smallest, d)
		}
		if smallest >= max {
			return max
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], max)
}
