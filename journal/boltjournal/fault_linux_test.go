package boltjournal_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A fault is an error that a system call is made to return.
type fault struct {
	call, errno string
	ours        bool // the journal's file is the only one it is counted for
	sampled     bool // in the short form only some of its occurrences are tried
	lasting     bool // from then on each call fails
}

func faults() []fault {
	return []fault{
		{call: "pwrite64", errno: "EIO"},
		{call: "pwrite64", errno: "ENOSPC", sampled: true},
		{call: "fdatasync", errno: "EIO"},
		{call: "fsync", errno: "EIO"},
		{call: "ftruncate", errno: "EIO"},
		{call: "ftruncate", errno: "ENOSPC"},
		{call: "pwrite64", errno: "EIO", sampled: true, lasting: true},
		{call: "fdatasync", errno: "EIO", sampled: true, lasting: true},
		{call: "fallocate", errno: "ENOSPC"},
		{call: "linkat", errno: "EIO"},
		{call: "unlinkat", errno: "EIO"},
		{call: "renameat", errno: "EIO", ours: true},
		{call: "openat", errno: "EMFILE", ours: true},
		{call: "mmap", errno: "ENOMEM", ours: true},
		{call: "madvise", errno: "EIO", ours: true},
		{call: "flock", errno: "EIO", ours: true},
		{call: "fstat", errno: "EIO", ours: true, sampled: true},
		{call: "newfstatat", errno: "EIO", ours: true, sampled: true},
		{call: "pread64", errno: "EIO", ours: true},
	}
}

// TestJournal_injectedErrors lets each system call of a fixed work fail once, one after the other, and looks after each run
// whether the journal has kept what it acknowledged, and whether it went on exactly where it may.
func TestJournal_injectedErrors(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace, which injects the errors, is not installed")
	}
	if out, err := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, "true").CombinedOutput(); err != nil {
		t.Skipf("processes may not be traced here: %v: %s", err, out)
	}
	for _, f := range faults() {
		t.Run(fmt.Sprintf("%s %s lasting=%t", f.call, f.errno, f.lasting), func(t *testing.T) {
			t.Parallel()
			runs, broken := 0, 0
			for when := 1; ; when++ {
				injected, brokeOff := f.inject(t, strace, when)
				if !injected {
					break
				}
				if brokeOff {
					broken++
				}
				if runs++; f.sampled && !torture() {
					when += rand.IntN(4)
				}
			}
			t.Logf("%d runs, in %d of which the journal broke off", runs, broken)
			if f.call == "newfstatat" && (broken == 0 || broken == runs) {
				t.Error("the file is not looked at both before a write and after it")
			}
		})
	}
}

// inject runs the work with one fault and reports whether that occurred, and whether the journal broke off.
func (f fault) inject(t *testing.T, strace string, when int) (occurred, broken bool) {
	t.Helper()
	dir := t.TempDir()
	path, trace := filepath.Join(dir, "journal"), filepath.Join(dir, "trace")
	if f.ours { // or else these calls of the runtime would be counted too
		if err := makeEmpty(path); err != nil {
			t.Fatal(err)
		}
	}
	before := []string{
		strace, "-f", "-qq", "--seccomp-bpf", "-o", trace, "-e", "trace=" + f.call,
		"-e", fmt.Sprintf("inject=%s:error=%s:when=%d", f.call, f.errno, when),
	}
	if f.ours {
		before = append(before, "-P", path)
	}
	if f.lasting {
		before[len(before)-1] += "+"
	}
	cmd, out := command(t, "steps", path, uint64(when), before...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started(cmd)
	lines := reports(out)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("fault %d: the child: %v; it reported %q", when, err, lines)
	}
	calls, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	injected := regexp.MustCompile(`(?m)^.*\(INJECTED\)$`).FindString(string(calls))
	broken = f.judge(t, fmt.Sprintf("fault %d, %s", when, injected), injected, lines)
	known := ledger{}
	for _, line := range lines {
		if err := known.note(line); err != nil {
			t.Fatal(err)
		}
	}
	known.mustAudit(t, path)
	return injected != "", broken
}

// judge looks at what the child went on to do.
func (f fault) judge(t *testing.T, where, injected string, lines []string) (broken bool) {
	t.Helper()
	opened, failed, after := false, false, 0
	for _, line := range lines {
		kind, rest, _ := strings.Cut(line, " ")
		switch {
		case kind == "open":
			opened = true
		case strings.HasPrefix(line, "failed lost") && f.call != "mmap" && f.call != "fstat": // without which nothing is read
			t.Fatalf("%s: %s", where, line)
		case kind == "failed":
			failed = true
			broken = broken || strings.HasPrefix(rest, "broken")
		case kind == "pruning": // which acknowledges nothing
		case broken:
			t.Fatalf("%s: after it has broken off the journal acknowledged %q", where, line)
		case failed:
			after++
		}
	}
	meta := regexp.MustCompile(`, (0|4096)\) = `).MatchString(injected)
	switch {
	case injected == "" && failed:
		t.Fatalf("nothing was injected, and it reported %q", lines)
	case injected == "" || !opened || f.lasting:
	case f.call == "fdatasync" || f.call == "fsync" || f.call == "pwrite64" && meta:
		if !broken {
			t.Fatalf("%s: the outcome is in doubt and the journal goes on: %q", where, lines)
		}
	case f.call == "pwrite64" || f.call == "ftruncate":
		if !failed || broken || after == 0 {
			t.Fatalf("%s: nothing that counts was written, and the journal does not go on: %q", where, lines)
		}
	}
	return broken
}
