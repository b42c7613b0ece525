package measure

import "slices"

// Median returns the middle of the values, the lower one of an even number. It sorts them. There must be one.
func Median(values []float64) float64 { return Percentile(values, 50) }

// Percentile returns the smallest of the values that at least p percent of them do not exceed, for p from 1 to 100.
// It sorts them. There must be one.
func Percentile(values []float64, p int) float64 {
	slices.Sort(values)
	return values[(len(values)*p+99)/100-1]
}
