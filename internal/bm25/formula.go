package bm25

import "math"

// The parameters of BM25, as most systems have them.
const (
	k1 = 1.2
	b  = 0.75
)

// Scores are whole numbers of 1/scoreScale. A contribution is at most 2.2·ln(2^33+1), and 32 of them stay below 2^24,
// up to which a float32 has every whole number.
const (
	scoreBits  = 13
	scoreScale = 1 << scoreBits
	satBits    = 14 // the saturation, below 2.2, as a uint16
	idfBits    = 16
	shift      = satBits + idfBits - scoreBits
)

// idf is the weight of a word that df of n documents have, in 1/2^idfBits.
func idf(n, df uint64) uint64 {
	n = min(n, 1<<32) // the bound of scoreScale
	d := float64(min(df, n))
	return uint64(math.Round(math.Log(1+(float64(n)-d+0.5)/(d+0.5)) * (1 << idfBits)))
}

// norm is what the frequency of a word is weighed against in a document of the length of this code. The conversion keeps
// the result the same on machines that would fuse the operations.
func norm(length uint8, average float64) float64 {
	return k1 * (1 - b + float64(b*(valueOf(length)/average)))
}

// saturation is the part of the formula that is not idf, in 1/2^satBits. It is computed so that rounding keeps it from
// rising with norm or falling with tf: bounds rely on that.
func saturation(tf uint8, norm float64) uint16 {
	return uint16(math.Round((k1 + 1) / (1 + norm/valueOf(tf)) * (1 << satBits)))
}

// impact is what a word contributes to a score, in 1/scoreScale. It is never 0: who matches has a score.
func impact(idf uint64, sat uint16) uint32 {
	return uint32(max(1, idf*uint64(sat)>>shift))
}

// scoreOf turns a sum of impacts into a score, exactly.
func scoreOf(sum uint32) float32 { return float32(sum) / scoreScale }

// saturations is the table of saturation for one average length, filled row by row as needed. It stays in scratch
// memory from one search to the next, since the average seldom changes.
type saturations struct {
	average float64
	norms   [256]float64
	known   [256]bool
	rows    [256][256]uint16 // by frequency, then length
}

// reset makes t a table for this average.
func (t *saturations) reset(average float64) {
	if t.average == average {
		return
	}
	t.average, t.known = average, [256]bool{}
	for i := range t.norms {
		t.norms[i] = norm(uint8(i), average)
	}
}

// row returns the saturations of a frequency by length.
func (t *saturations) row(tf uint8) *[256]uint16 {
	row := &t.rows[tf]
	if !t.known[tf] {
		t.known[tf] = true
		for i, n := range t.norms {
			row[i] = saturation(tf, n)
		}
	}
	return row
}
