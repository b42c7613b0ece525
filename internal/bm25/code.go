package bm25

import "math/bits"

// Weighted counts are kept in units, sixteenths of an occurrence with weight 1.
const unit = 16

// maxWeight bounds the weight of a field, so that no sum of weights overflows.
const maxWeight = 256

// quantise gives the code of a count in units. Codes are ordered as what they stand for: up to 32 they are the count
// itself, above they have four bits of mantissa after the leading one, to the nearest.
func quantise(units uint64) uint8 {
	if units < 32 {
		return uint8(units)
	}
	e := bits.Len64(units) - 5
	m := (units + 1<<(e-1)) >> e // 16 to 32; 32 is the first step of the next doubling
	return uint8(min(uint64(e)*16+m, 255))
}

// unitsOf is the count in units that a code stands for.
func unitsOf(code uint8) uint64 {
	if code < 32 {
		return uint64(code)
	}
	return uint64(16+code%16) << (code/16 - 1)
}

// valueOf is the count that a code stands for.
func valueOf(code uint8) float64 { return float64(unitsOf(code)) / unit }

// weightUnits gives the weight of one occurrence in units, at least one.
func weightUnits(weight float32) uint64 {
	switch {
	case !(weight > 0): // not a number, too
		return unit
	case weight >= maxWeight:
		return maxWeight * unit
	}
	return max(1, uint64(weight*unit+0.5))
}
