package boltjournal_test

import (
	"bufio"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestJournal_killed kills a process that appends, takes snapshots and prunes under load, at random moments, again and again on
// the same file, and looks each time whether what it had acknowledged is there.
func TestJournal_killed(t *testing.T) {
	t.Parallel()
	rounds := 200
	if torture() {
		rounds = 5000
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	path := filepath.Join(t.TempDir(), "journal")
	known := ledger{}
	known.of("a")
	known.of("b")
	acknowledged := 0
	for round := range rounds {
		lines := killedRound(t, path, rng)
		for _, line := range lines {
			if strings.HasPrefix(line, "failed") {
				t.Fatalf("round %d: %s", round, line)
			}
			if err := known.note(line); err != nil {
				t.Fatal(err)
			}
		}
		acknowledged += len(lines)
		known.mustAudit(t, path)
	}
	t.Logf("%d rounds, %d acknowledgements, heads %d and %d", rounds, acknowledged, known.of("a").head, known.of("b").head)
	if acknowledged < 4*rounds {
		t.Errorf("%d acknowledgements in %d rounds: the kills come before there is anything to lose", acknowledged, rounds)
	}
}

// killedRound lets a child work for a while and returns what it reported. Some are killed while they open the file, the
// others some acknowledgements later.
func killedRound(t *testing.T, path string, rng *rand.Rand) []string {
	t.Helper()
	cmd, out := command(t, "load", path, rng.Uint64())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started(cmd)
	lines := make(chan string)
	go func() {
		defer close(lines)
		in := bufio.NewReader(out)
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			lines <- strings.TrimSuffix(line, "\n")
		}
	}()
	early, after := rng.IntN(8) == 0, 1+rng.IntN(20)
	delay := time.NewTimer(time.Duration(rng.IntN(30)) * time.Millisecond)
	if !early {
		delay.Stop()
	}
	var all []string
	for killed := false; ; {
		select {
		case line, ok := <-lines:
			if !ok {
				_ = cmd.Wait() // which says that it was killed
				return all
			}
			all = append(all, line)
			if len(all) == after && !killed && !early {
				delay.Reset(time.Duration(rng.IntN(1500)) * time.Microsecond)
			}
		case <-delay.C:
			killed = true
			_ = cmd.Process.Kill()
		}
	}
}

// TestOpen_killedInCreation kills processes that create a journal: it is there whole or not at all.
func TestOpen_killedInCreation(t *testing.T) {
	t.Parallel()
	rounds := 15
	if torture() {
		rounds = 1000
	}
	for round := range rounds {
		path := filepath.Join(t.TempDir(), "journal")
		cmd, out := command(t, "open", path, 1)
		begin := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		started(cmd)
		known := ledger{"a": ledger{}.of("a")}
		// When the file under its first name appears it is being made.
		for entries := 0; entries == 0 && time.Since(begin) < time.Minute; {
			found, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
			if err != nil {
				t.Fatal(err)
			}
			entries = len(found)
		}
		<-time.After(time.Duration(rand.IntN(2000*(round+1)/rounds)) * time.Microsecond)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = out.Close()
		known.mustAudit(t, path)
	}
}
