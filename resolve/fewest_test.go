package resolve

import (
	"math/rand/v2"
	"testing"
)

// mostKept returns, by looking at every set, how many of the names locked can
// stay, and how many versions then.
func (o *oracle) mostKept(l *Lock) (stay, keep int) {
	stay = -1
	for _, set := range o.sets {
		if !o.holds(set) || !o.starts(set) {
			continue
		}
		names, versions := map[string]bool{}, map[*Candidate]bool{}
		for _, e := range l.Modules {
			for i, c := range o.candidates {
				if set&(1<<i) != 0 && c.Name == e.Name {
					names[c.Name] = true
					if c.Version == e.Version {
						versions[c] = true
					}
				}
			}
		}
		if len(names) > stay || len(names) == stay && len(versions) > keep {
			stay, keep = len(names), len(versions)
		}
	}
	return stay, keep
}

func TestResolve_fewestAgreesWithOracle(t *testing.T) {
	t.Parallel()
	tried := 0
	for seed := range uint64(4000) {
		candidates, p := randomProblem(rand.New(rand.NewPCG(seed, 2)))
		if p.Lock == nil {
			continue
		}
		p.Change = ChangeFewest
		wantStay, wantKeep := newOracle(candidates, p, everything).mostKept(p.Lock)
		sol, err := solve(t, p)
		if wantStay < 0 {
			if err == nil {
				t.Fatalf("seed %d: a solution where there is none", seed)
			}
			continue
		}
		if err != nil || !sol.Proven {
			t.Fatalf("seed %d: %v", seed, err)
		}
		s, done, err := p.solver(t.Context())
		if err != nil || !s.begin() {
			t.Fatalf("seed %d: %v", seed, err)
		}
		stay, keep := 0, 0
		held, ok := s.largest(s.lockWishes())
		for _, l := range held {
			if l.isNeed() {
				stay++
			} else {
				keep++
			}
		}
		if stay != wantStay || keep != wantKeep || !ok {
			t.Fatalf("seed %d: %d stay and %d are kept, want %d and %d", seed, stay, keep, wantStay, wantKeep)
		}
		done()
		tried++
	}
	if tried < 200 {
		t.Errorf("only %d problems", tried)
	}
}
