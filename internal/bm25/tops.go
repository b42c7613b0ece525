package bm25

// A posting cannot be the best of its block if another has at least its frequency in at most its length. What is left
// is a staircase, whose best step depends on the average length at the time of the search. Two steps are kept: if there
// are more, they are put into two groups, and each is represented by its highest frequency and its shortest length.
// The groups are chosen to bound best at the average length of the segment itself.

type step struct{ tf, length uint8 }

// topsOf returns the tops of some postings.
func topsOf(docs []uint32, tfs, lens []uint8, average float64) tops {
	var shortest [256]uint8 // by frequency; 0 where there is none, since who has a word has a length
	for i, d := range docs {
		if s := &shortest[tfs[i]]; *s == 0 || lens[d] < *s {
			*s = lens[d]
		}
	}
	var room [256]step
	stairs := room[:0]
	for tf := 255; tf > 0; tf-- {
		length := shortest[tf]
		if length != 0 && (len(stairs) == 0 || length < stairs[len(stairs)-1].length) {
			stairs = append(stairs, step{uint8(tf), length})
		}
	}
	return reduce(stairs, average)
}

// reduce represents a staircase, highest frequency first, by two steps.
func reduce(stairs []step, average float64) tops {
	last := len(stairs) - 1
	if last == 0 {
		return tops{stairs[0], stairs[0]}
	}
	best, bestBound := tops{}, uint16(0)
	for i := 1; i <= last; i++ {
		t := tops{{stairs[0].tf, stairs[i-1].length}, {stairs[i].tf, stairs[last].length}}
		if bound := t.bound(average); i == 1 || bound < bestBound {
			best, bestBound = t, bound
		}
	}
	return best
}

func (t tops) bound(average float64) uint16 {
	return max(saturation(t[0].tf, norm(t[0].length, average)), saturation(t[1].tf, norm(t[1].length, average)))
}

// topsBytes is the length of tops in the data of a segment.
const topsBytes = 4

func (t tops) append(data []byte) []byte {
	return append(data, t[0].tf, t[0].length, t[1].tf, t[1].length)
}

func readTops(data []byte) tops {
	return tops{{data[0], data[1]}, {data[2], data[3]}}
}
