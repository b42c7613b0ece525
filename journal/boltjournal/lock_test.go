package boltjournal_test

import (
	"bufio"
	"errors"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/modreg/modreg/journal/boltjournal"
)

// wantLocked expects another process to have the journal open, and its number to be known unless it is 0.
func wantLocked(t *testing.T, path string, pid int, opts ...boltjournal.Option) {
	t.Helper()
	j, err := boltjournal.Open(path, opts...)
	if err == nil {
		_ = j.Close()
	}
	locked, ok := errors.AsType[*boltjournal.LockedError](err)
	if !ok {
		t.Fatalf("open: %v, want a LockedError", err)
	}
	if locked.Path != path || locked.PID != pid {
		t.Errorf("%v; want process %d", locked, pid)
	}
}

func TestOpen_twoProcesses(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	cmd, out := command(t, "open", path, 1)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started(cmd)
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "open\n" {
		t.Fatalf("the child: %q, %v", line, err)
	}
	wantLocked(t, path, cmd.Process.Pid)
	wantLocked(t, path, cmd.Process.Pid, boltjournal.WithReadOnly())
	wantLocked(t, path, cmd.Process.Pid, boltjournal.WithLockTimeout(30*time.Millisecond))

	opened := make(chan error, 1)
	go func() {
		j, err := boltjournal.Open(path, boltjournal.WithLockTimeout(time.Minute))
		if err == nil {
			err = j.Close()
		}
		opened <- err
	}()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if err := <-opened; err != nil {
		t.Errorf("open once the other process has ended: %v", err)
	}
}

func TestOpen_readersShare(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	cmd, out := command(t, "open", path, 1)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started(cmd)
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "open\n" {
		t.Fatalf("the child: %q, %v", line, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()

	first, second := open(t, path, boltjournal.WithReadOnly()), open(t, path, boltjournal.WithReadOnly())
	pid := 0 // what the child has left behind is not believed
	if runtime.GOOS == "windows" {
		pid = cmd.Process.Pid
	}
	wantLocked(t, path, pid)
	for _, j := range []*boltjournal.Journal{first, second} {
		if err := errors.Join(j.Check(t.Context()), j.Verify(t.Context())); err != nil {
			t.Error(err)
		}
		for name, err := range map[string]error{
			"seed": j.Seed(t.Context(), "a", 3), "snapshot": j.PutSnapshot(t.Context(), "a", snapshotAt("a", 1, 1)), "prune": j.Prune(t.Context(), "a", 0),
		} {
			if !errors.Is(err, boltjournal.ErrReadOnly) {
				t.Errorf("%s: %v, want %v", name, err, boltjournal.ErrReadOnly)
			}
		}
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := makeEmpty(path); err != nil {
		t.Errorf("for writing, once nobody reads: %v", err)
	}
}
