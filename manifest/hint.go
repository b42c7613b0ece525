package manifest

import "strings"

// nearest suggests which of the known names was meant by an unknown one.
func nearest(name string, known []string) string {
	best, distance := "", 3
	for _, k := range known {
		if strings.EqualFold(k, name) {
			return "write it as " + quoted(k) + ": names are case-sensitive"
		}
		if d := editDistance(name, k, distance); d < distance && d < len(k) {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + quoted(best) + "?"
}

// editDistance counts insertions, deletions, replacements and swaps of
// neighbours that turn a into b (the optimal string alignment form of the
// Damerau–Levenshtein distance, in bytes). It stops early and answers limit
// where the distance is at least that.
func editDistance(a, b string, limit int) int {
	if d := len(a) - len(b); d >= limit || -d >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit)
}
