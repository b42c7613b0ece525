package boltjournal_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/modreg/modreg/journal/boltjournal"
)

func addPlatformWorks(works map[string]func(t *testing.T, w *worker, path string)) {
	works["limited"] = underLimit
}

// mount mounts a file system in memory for the test, or skips it.
func mount(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small file system, which takes root, cannot be mounted: %v", err)
	}
	t.Cleanup(func() {
		// A process that is just being started may still have files of it open.
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill appends until the disk is full, which must leave the journal usable, and returns how many batches went in.
func (l ledger) fill(t *testing.T, j *boltjournal.Journal, want error) int {
	t.Helper()
	for n := range 10_000 {
		b := batchID{stream: "a", first: l.of("a").head + 1, n: 3, nonce: uint64(n)}
		switch _, err := j.Append(t.Context(), "a", b.first-1, b.records()); {
		case err == nil:
			l.acknowledge(b)
		case errors.Is(err, boltjournal.ErrBroken) || !errors.Is(err, want):
			t.Fatalf("after %d batches: %v, want an error that wraps %q and leaves the journal usable", n, err, want)
		default:
			return n
		}
	}
	t.Fatal("the disk does not become full")
	return 0
}

// The tests of full disks do not run beside others, whose processes inherit open files while they start: a file that was
// deleted would keep its space.

func TestJournal_diskFull(t *testing.T) {
	dir := mount(t, "3m")
	ballast, path := filepath.Join(dir, "ballast"), filepath.Join(dir, "journal")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	known := ledger{}
	j, err := boltjournal.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	known.fill(t, j, syscall.ENOSPC)
	for range 3 { // it stays so, and nothing gets lost by trying
		if n := known.fill(t, j, syscall.ENOSPC); n > 3 {
			t.Errorf("%d more batches went onto the full disk", n)
		}
		if err := known.audit(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	err = j.PutSnapshot(t.Context(), "a", largeSnapshot(known.of("a").head))
	if !errors.Is(err, syscall.ENOSPC) || errors.Is(err, boltjournal.ErrBroken) {
		t.Errorf("a snapshot on the full disk: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if n := known.fill(t, j, syscall.ENOSPC); n < 10 {
		t.Errorf("%d batches went into a mebibyte that was freed", n)
	}
	// What is pruned makes room too. A first small one needs none.
	head := known.of("a").head
	if err := j.Prune(t.Context(), "a", head-10); err != nil && !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	known.of("a").prunable = head - 10
	if err := known.audit(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	again := filepath.Join(t.TempDir(), "journal") // the disk is still full
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(again, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	known.mustAudit(t, again)
}

func TestOpen_onFullDisk(t *testing.T) {
	dir := mount(t, "64k")
	ballast, path := filepath.Join(dir, "ballast"), filepath.Join(dir, "journal")
	_ = os.WriteFile(ballast, make([]byte, 1<<20), 0o600) // as much of it as there is room for
	if _, err := boltjournal.Open(path); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("a new journal on a full disk: %v", err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it has left %v, %v", left, err)
	}
	(ledger{"a": ledger{}.of("a")}).mustAudit(t, path)
}

// remountReadOnly waits until nobody has a file of the file system open for writing: a process that another test is just
// starting has, between its fork and its exec.
func remountReadOnly(t *testing.T, dir string) {
	t.Helper()
	again := time.NewTicker(time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(time.Minute); ; <-again.C {
		err := syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
		if err == nil {
			return
		}
		if !errors.Is(err, syscall.EBUSY) || time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func TestOpen_readOnlyFileSystem(t *testing.T) {
	t.Parallel()
	dir := mount(t, "1m")
	path := filepath.Join(dir, "journal")
	known := ledger{"a": ledger{}.of("a")}
	known.mustAudit(t, path)
	remountReadOnly(t, dir)
	if _, err := boltjournal.Open(path); !errors.Is(err, syscall.EROFS) {
		t.Errorf("for writing: %v, want %v", err, syscall.EROFS)
	}
	if _, err := boltjournal.Open(filepath.Join(dir, "new")); !errors.Is(err, syscall.EROFS) {
		t.Errorf("a new one: %v, want %v", err, syscall.EROFS)
	}
	j := open(t, path, boltjournal.WithReadOnly())
	if err := known.audit(t.Context(), j); err != nil {
		t.Error(err)
	}
	if _, err := j.Append(t.Context(), "a", known.of("a").head, [][]byte{{1}}); !errors.Is(err, boltjournal.ErrReadOnly) {
		t.Errorf("append: %v, want %v", err, boltjournal.ErrReadOnly)
	}
}

// TestJournal_fileSizeLimit lets a child run into a limit on the size of files, which comes as EFBIG.
func TestJournal_fileSizeLimit(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	cmd, out := command(t, "limited", path, 1)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	started(cmd)
	known := ledger{}
	for _, line := range reports(out) {
		if err := known.note(line); err != nil {
			t.Fatal(err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("the child found what it should not: %v", err)
	}
	known.mustAudit(t, path)
}

func underLimit(t *testing.T, w *worker, path string) {
	t.Helper()
	j := open(t, path)
	var was syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []uint64{100_000, 300_000, 1_000_000} { // once while the file is made longer, and between
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: was.Max}); err != nil {
			t.Fatal(err)
		}
		var err error
		for n := 0; err == nil && n < 10_000; n++ {
			err = w.append(j, "a", 3)
		}
		if !errors.Is(err, syscall.EFBIG) && !isTooLarge(err) || errors.Is(err, boltjournal.ErrBroken) {
			t.Fatalf("at a limit of %d bytes: %v", limit, err)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &was); err != nil {
			t.Fatal(err)
		}
		if err := w.append(j, "a", 1); err != nil {
			t.Fatalf("without the limit: %v", err)
		}
	}
}

// isTooLarge reports whether the file could not be made longer, of which bbolt keeps the text only.
func isTooLarge(err error) bool {
	return err != nil && strings.Contains(err.Error(), syscall.EFBIG.Error())
}
