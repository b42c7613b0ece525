package datadir_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/internal/datadir"
)

const childVariable = "MODREG_DATADIR_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		if err := work(context.Background(), dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1) //nolint:forbidigo // it is a program of its own
		}
		return
	}
	os.Exit(m.Run()) //nolint:forbidigo // as TestMain does
}

// work registers modules and records events from several goroutines for as long as it lives, and prints what was acknowledged.
func work(ctx context.Context, dir string) error {
	f, err := datadir.Open(ctx, dir, datadir.Options{Create: true, Node: "node-1"})
	if err != nil {
		return err
	}
	reg, err := modreg.Open(ctx, modreg.WithJournal(f.Trail.Journal()), modreg.WithAuditor(f.Trail), modreg.WithRuntime(elsewhere{}))
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, "open")
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() {
			for n := 0; errs[i] == nil; n++ {
				name := fmt.Sprintf("m-%d-%d-%d", os.Getpid(), i, n)
				if i%2 == 0 {
					errs[i] = reg.Register(ctx, modreg.Manifest{Name: name, Version: "1.0.0", Runtime: "process"})
				} else {
					errs[i] = f.Trail.Record(ctx, audit.Event{
						Class: audit.ClassAuthorization, Action: "module:start", Outcome: audit.OutcomeDeny, Resource: audit.Resource{Kind: "module", ID: name},
					})
				}
				if errs[i] == nil {
					_, errs[i] = fmt.Fprintf(os.Stdout, "done %s\n", name) // one write a line
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// TestFolder_killed kills a process at work again and again, and looks whether all that was acknowledged is there, under
// checkpoints that verify.
func TestFolder_killed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("processes are killed otherwise here")
	}
	t.Parallel()
	rounds := 30
	if os.Getenv("MODREG_TORTURE") != "" {
		rounds = 1000
	}
	dir := filepath.Join(t.TempDir(), "data")
	known := map[string]bool{}
	for range rounds {
		for _, name := range oneLife(t, dir) {
			known[name] = true
		}
		wantAll(t, dir, known)
	}
	if len(known) < rounds {
		t.Errorf("only %d things were acknowledged in %d rounds", len(known), rounds)
	}
}

// oneLife runs a process until it is killed, and returns what it acknowledged.
func oneLife(t *testing.T, dir string) (names []string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		name, ok := strings.CutPrefix(lines.Text(), "done ")
		if ok {
			names = append(names, name)
			continue
		}
		if lines.Text() == "open" { // from now on it may die at any time
			time.AfterFunc(time.Duration(rand.IntN(40_000))*time.Microsecond, func() { _ = cmd.Process.Kill() })
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Fatalf("the process ended by itself: %v", err)
	}
	return names
}

// wantAll opens the folder as it was left and expects everything that was acknowledged in logs that verify.
func wantAll(t *testing.T, dir string, known map[string]bool) {
	t.Helper()
	f, err := datadir.Open(t.Context(), dir, datadir.Options{Problem: func(err error) { t.Errorf("a problem: %v", err) }})
	must(t, err)
	defer func() { must(t, f.Close()) }()
	_, err = f.Trail.Verify(t.Context(), audit.VerifyOptions{})
	must(t, err)
	found := map[string]bool{}
	for e, err := range audit.Read(t.Context(), f.Journal, f.Journal, audit.Query{}) {
		must(t, err)
		name, _, _ := strings.Cut(e.Resource.ID, "@")
		found[name] = true
	}
	for name := range known {
		if !found[name] {
			t.Fatalf("%s was acknowledged and is lost", name)
		}
	}
}
