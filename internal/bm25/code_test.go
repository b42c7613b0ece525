package bm25

import (
	"math"
	"testing"
)

func TestQuantise_isNearest(t *testing.T) {
	t.Parallel()
	for units := range uint64(1 << 20) {
		code := quantise(units)
		v := unitsOf(code)
		if code > 0 && dist(units, unitsOf(code-1)) < dist(units, v) || code < 255 && dist(units, unitsOf(code+1)) < dist(units, v) {
			t.Fatalf("%d has code %d, for %d, and a neighbour is nearer", units, code, v)
		}
		if units <= 32*unit && units%unit == 0 && v != units {
			t.Fatalf("%d is kept as %d", units, v)
		}
		if units < 31*1<<14 && float64(dist(units, v)) > float64(units)/32 {
			t.Fatalf("%d is kept as %d", units, v)
		}
	}
	for code := range 256 {
		if got := quantise(unitsOf(uint8(code))); got != uint8(code) {
			t.Errorf("code %d comes back as %d", code, got)
		}
	}
	if quantise(math.MaxUint64) != 255 || valueOf(255) != 31744 {
		t.Errorf("the largest value is %v, code %d", valueOf(255), quantise(math.MaxUint64))
	}
}

func dist(a, b uint64) uint64 { return max(a, b) - min(a, b) }

func TestWeightUnits(t *testing.T) {
	t.Parallel()
	for weight, want := range map[float32]uint64{
		0: 16, -1: 16, 1: 16, 0.5: 8, 2.37: 38, 0.001: 1, 1e30: 4096, float32(math.Inf(1)): 4096,
	} {
		if got := weightUnits(weight); got != want {
			t.Errorf("weight %v has %d units, want %d", weight, got, want)
		}
	}
	if got := weightUnits(float32(math.NaN())); got != 16 {
		t.Errorf("no number has %d units", got)
	}
}

// Bounds of blocks rely on it.
func TestSaturation_isMonotone(t *testing.T) {
	t.Parallel()
	for _, average := range []float64{1.0 / 16, 0.3, 1, 6.78, 42, 31744} {
		for length := 1; length < 256; length++ {
			for tf := 1; tf < 256; tf++ {
				s := saturation(uint8(tf), norm(uint8(length), average))
				if tf > 1 && s < saturation(uint8(tf-1), norm(uint8(length), average)) {
					t.Fatalf("average %v, length %d: falls at frequency %d", average, length, tf)
				}
				if length > 1 && s > saturation(uint8(tf), norm(uint8(length-1), average)) {
					t.Fatalf("average %v, frequency %d: rises at length %d", average, tf, length)
				}
			}
		}
	}
}

func TestScores_fitIntoFloat32(t *testing.T) {
	t.Parallel()
	most := impact(idf(math.MaxUint64, 0), saturation(255, norm(1, 31744)))
	if uint64(most)*MaxTerms >= 1<<24 {
		t.Errorf("%d words of %d need more than 24 bits", MaxTerms, most)
	}
	if idf(10, 99) != idf(10, 10) {
		t.Error("more documents with a word than documents")
	}
	if impact(idf(1<<32, 1<<32), saturation(1, norm(255, 1))) != 1 {
		t.Error("a word that everybody has does not count")
	}
}
