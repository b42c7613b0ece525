package workload

import (
	"math"
	"math/rand/v2"
)

// exponent is that of Zipf's law here: the kth most popular thing has the weight k to the power of -exponent.
const exponent = 1.1

// A zipf draws numbers from 0 by Zipf's law, each in constant time: M. D. Vose, "A linear algorithm for generating random
// numbers with a given distribution" (1991). It is safe for concurrent use.
type zipf struct {
	// accept[i] of 1<<32 draws of slot i are i, the others are alias[i].
	accept []uint64
	alias  []int32
}

func newZipf(n int) *zipf {
	n = max(n, 1)
	total := 0.0
	share := make([]float64, n)
	for i := range share {
		share[i] = math.Pow(float64(i+1), -exponent)
		total += share[i]
	}
	z := &zipf{accept: make([]uint64, n), alias: make([]int32, n)}
	var poor, rich []int
	for i := range share {
		share[i] *= float64(n) / total
		if share[i] < 1 {
			poor = append(poor, i)
		} else {
			rich = append(rich, i)
		}
	}
	for len(poor) > 0 && len(rich) > 0 {
		p, r := poor[len(poor)-1], rich[len(rich)-1]
		poor = poor[:len(poor)-1]
		z.accept[p], z.alias[p] = uint64(share[p]*(1<<32)), int32(r)
		if share[r] -= 1 - share[p]; share[r] < 1 {
			rich = rich[:len(rich)-1]
			poor = append(poor, r)
		}
	}
	for _, i := range append(poor, rich...) { // what is left is 1 but for rounding
		z.accept[i] = 1 << 32
	}
	return z
}

// n returns how many different numbers there are.
func (z *zipf) n() int { return len(z.accept) }

// draw returns a number from 0 to n-1.
func (z *zipf) draw(rng *rand.Rand) int32 {
	i := rng.Uint32N(uint32(len(z.accept)))
	if uint64(rng.Uint32()) < z.accept[i] {
		return int32(i)
	}
	return z.alias[i]
}
