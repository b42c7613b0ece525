package main

import (
	"context"
	"fmt"
	"time"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/prove/measure"
	"github.com/modreg/modreg/resolve"
)

func solverPeerBudgets() group {
	return group{
		budgets: []budget{
			atLeast("resolve.peer.gophersat.gnome", 4, times),
			atLeast("resolve.peer.gophersat.pubgrub", 3, times),
			atLeast("resolve.peer.deps-dev.pubgrub", 10, times),
		},
		measure: func(note note) (figures, error) {
			gnome, pubgrub, err := solverMinima()
			if err != nil {
				return nil, err
			}
			theirs, err := runPeers("resolve")
			if err != nil {
				return nil, err
			}
			if apt, ok := theirs["apt-get Debian gnome CPU"]; ok {
				start := theirs["apt-get Debian bash CPU"]
				note("apt-get: %.0f CPU-ms, %.0f of them to start; without those %.0fx of what Resolve takes", apt/1e6, start/1e6, (apt-start)/gnome)
			}
			got := figures{}
			for _, peer := range []struct {
				budget string
				ours   float64
				theirs []string
			}{
				{"resolve.peer.gophersat.gnome", gnome, []string{"gophersat Debian gnome encode", "gophersat Debian gnome solve"}},
				{"resolve.peer.gophersat.pubgrub", pubgrub, []string{"gophersat pubgrub encode total", "gophersat pubgrub solve total"}},
				{"resolve.peer.deps-dev.pubgrub", pubgrub, []string{"deps.dev npm pubgrub total"}},
			} {
				total := 0.0
				for _, key := range peer.theirs {
					if theirs[key] <= 0 {
						return nil, fmt.Errorf("the peers did not say what %q takes", key)
					}
					total += theirs[key]
				}
				note("%s: %.2f ms to %.2f ms", peer.budget, total/1e6, peer.ours/1e6)
				got[peer.budget] = total / peer.ours
			}
			return got, nil
		},
	}
}

// solverMinima returns the nanoseconds that it takes to resolve gnome, and all roots of the PubGrub case.
func solverMinima() (gnome, pubgrub float64, err error) {
	all, err := readArchive(false)
	if err != nil {
		return 0, 0, err
	}
	x, verdicts, err := readPubGrub()
	if err != nil {
		return 0, 0, err
	}
	contestants, err := measure.AllSized(20*time.Millisecond, solving(wanting(resolve.NewIndex(all...), "gnome")), func(n int) error {
		for range n {
			for _, v := range verdicts {
				_, err := resolve.Resolve(context.Background(), resolve.Problem{Universe: x, Roots: []capability.Requirement{v.Root}})
				if (err == nil) != v.Satisfiable {
					return fmt.Errorf("%s: %w", v.Root, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	ns, err := measure.Minima(20, contestants...)
	if err != nil {
		return 0, 0, err
	}
	return ns[0], ns[1], nil
}
