package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/modreg/modreg"
)

// peersTimeout is for building the peers where nothing is built yet, downloads included; to run takes them seconds.
const peersTimeout = 15 * time.Minute

func peerBudgets() group {
	return group{
		budgets: []budget{
			atLeast("core.peer.samber-do", 10, times),
			atLeast("core.peer.dig", 50, times),
		},
		measure: func(note note) (got figures, err error) {
			theirs, err := runPeers()
			if err != nil {
				return nil, err
			}
			err = withHandle(func(_ context.Context, h *modreg.Handle[greeter]) error {
				got, err = compareWithPeers(h, theirs, note)
				return err
			})
			return got, err
		},
	}
}

// compareWithPeers says how many times faster Do is than the ways of others to get at a service and call it. Each side
// is held against a direct call in its own process, so that the two need not be equally lucky with the machine.
func compareWithPeers(h *modreg.Handle[greeter], theirs map[string]float64, note note) (figures, error) {
	ns, err := callMinima(callDirectly(), callThrough(h))
	if err != nil {
		return nil, err
	}
	got := figures{}
	for _, peer := range []struct{ key, budget string }{
		{"samber/do InvokeNamed", "core.peer.samber-do"},
		{"dig Invoke", "core.peer.dig"},
		{"caddy GetModule and New", ""},
		{"sync.Map Load", ""},
	} {
		ratio, err := ratioToPeer(theirs, peer.key, ns[1]/ns[0])
		if err != nil {
			return nil, err
		}
		note("%s and a call take %.0f ns, %.1fx of what Do takes", peer.key, theirs[peer.key], ratio)
		if peer.budget != "" {
			got[peer.budget] = ratio
		}
	}
	return got, nil
}

// ratioToPeer returns how many times longer a peer takes than Do, which takes as long as some direct calls.
func ratioToPeer(theirs map[string]float64, key string, directCalls float64) (float64, error) {
	if theirs[key] <= 0 || theirs["direct"] <= 0 {
		return 0, fmt.Errorf("the peers did not say what %q takes", key)
	}
	return theirs[key] / theirs["direct"] / directCalls, nil
}

// runPeers builds and runs the program of the peers, for an area if one is named, and returns what it measured.
func runPeers(area ...string) (map[string]float64, error) {
	wd, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	dir, err := findPeers(wd)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), peersTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", append([]string{"run", "-C", dir, "."}, area...)...)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.WaitDelay = time.Second
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run the peers in %s: %w\n%s", dir, err, problems.String())
	}
	return parsePeers(out.String())
}

// findPeers returns the folder of the peers in the repository that dir lies in.
func findPeers(dir string) (string, error) {
	for {
		peers := filepath.Join(dir, "internal", "prove", "peers")
		if _, err := os.Stat(filepath.Join(peers, "go.mod")); err == nil {
			return peers, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("the peers are not found: run prove inside the repository")
		}
		dir = parent
	}
}

// parsePeers reads lines of a name, a tab and nanoseconds.
func parsePeers(out string) (map[string]float64, error) {
	all := map[string]float64{}
	for line := range strings.Lines(out) {
		name, figure, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		ns, err := strconv.ParseFloat(figure, 64)
		if !ok || err != nil {
			return nil, fmt.Errorf("the peers printed %q instead of a name, a tab and a figure", line)
		}
		all[name] = ns
	}
	return all, nil
}
