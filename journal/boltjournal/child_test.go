package boltjournal_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/boltjournal"
)

// The environment of a child: what it does and to which journal.
const (
	childWork = "BOLTJOURNAL_CHILD"
	childPath = "BOLTJOURNAL_PATH"
	childSeed = "BOLTJOURNAL_SEED"
)

// TestChild is the work of another process, which the tests start. It reports on descriptor 3.
func TestChild(t *testing.T) {
	work, ok := childWorks()[os.Getenv(childWork)]
	if !ok {
		t.Skip("this is the part of a process that other tests start")
	}
	seed, err := strconv.ParseUint(os.Getenv(childSeed), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	work(t, &worker{ctx: context.Background(), report: os.NewFile(3, "report"), rng: rand.New(rand.NewPCG(seed, 1))}, os.Getenv(childPath))
}

func childWorks() map[string]func(t *testing.T, w *worker, path string) {
	works := map[string]func(t *testing.T, w *worker, path string){"load": underLoad, "steps": fixedSteps, "open": openOnly}
	addPlatformWorks(works)
	return works
}

// command returns a child, to be started, after the words of a program that runs it, and the file it reports to.
func command(t *testing.T, work, path string, seed uint64, before ...string) (*exec.Cmd, *os.File) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append(append([]string{}, before...), exe, "-test.run=^TestChild$")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), childWork+"="+work, childPath+"="+path, childSeed+"="+strconv.FormatUint(seed, 10), "GOCOVERDIR="+os.TempDir(), "GORACE=atexit_sleep_ms=0")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{write}
	t.Cleanup(func() { _ = read.Close(); _ = write.Close() })
	return cmd, read
}

// started closes what only the child needs.
func started(cmd *exec.Cmd) { _ = cmd.ExtraFiles[0].Close() }

// reports returns the whole lines that a child has reported, until it has ended.
func reports(r *os.File) []string {
	var lines []string
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return lines
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
}

// A worker writes to a journal and reports what was acknowledged, in the child.
type worker struct {
	ctx    context.Context //nolint:containedctx // it stands for the life of the process
	report *os.File
	mu     sync.Mutex
	rng    *rand.Rand // guarded by mu
}

func (w *worker) random(n int) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rng.IntN(n)
}

func (w *worker) nonce() uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rng.Uint64()
}

// say writes one line, in one piece.
func (w *worker) say(format string, args ...any) {
	_, _ = w.report.Write(fmt.Appendf(nil, format+"\n", args...))
}

// fail reports an error, and whether the journal has said that it writes no more.
func (w *worker) fail(what string, err error) {
	state := "usable"
	if errors.Is(err, boltjournal.ErrBroken) {
		state = "broken"
	}
	w.say("failed %s %s: %s", state, what, strings.ReplaceAll(err.Error(), "\n", " "))
}

// append adds a batch wherever the head is, and reports it.
func (w *worker) append(j *boltjournal.Journal, stream string, n int) error {
	for {
		head, err := j.Head(w.ctx, stream)
		if err != nil {
			return err
		}
		b := batchID{stream: stream, first: head + 1, n: n, nonce: w.nonce()}
		_, err = j.Append(w.ctx, stream, head, b.records())
		if errors.Is(err, modreg.ErrHeadMoved) {
			continue
		}
		if err == nil {
			w.say("append %s %d %d %d", stream, b.first, b.n, b.nonce)
		}
		return err
	}
}

// snapshot puts a snapshot at the head of a stream, and reports it.
func (w *worker) snapshot(j *boltjournal.Journal, stream string) error {
	seq, err := j.Head(w.ctx, stream)
	if err != nil || seq == 0 {
		return err
	}
	nonce := w.nonce()
	if err := j.PutSnapshot(w.ctx, stream, snapshotAt(stream, seq, nonce)); err != nil {
		return err
	}
	w.say("snapshot %s %d %d", stream, seq, nonce)
	return nil
}

// prune drops all but the last records of a stream, and reports so before and after.
func (w *worker) prune(j *boltjournal.Journal, stream string, keep uint64) error {
	head, err := j.Head(w.ctx, stream)
	if err != nil || head <= keep {
		return err
	}
	w.say("pruning %s %d", stream, head-keep)
	if err := j.Prune(w.ctx, stream, head-keep); err != nil {
		return err
	}
	w.say("pruned %s %d", stream, head-keep)
	return nil
}

// underLoad writes from several goroutines until it is killed.
func underLoad(t *testing.T, w *worker, path string) {
	t.Helper()
	j, err := boltjournal.Open(path)
	if err != nil {
		w.fail("open", err)
		t.Fatal(err)
	}
	w.say("open")
	tasks := []func() error{
		func() error { return w.snapshot(j, "a") },
		func() error { return w.prune(j, "a", 100) },
		func() error { return w.prune(j, "b", 30) },
	}
	for _, stream := range []string{"a", "a", "b", "b"} {
		tasks = append(tasks, func() error { return w.append(j, stream, 1+w.random(5)) })
	}
	var wg sync.WaitGroup
	for _, task := range tasks {
		wg.Go(func() {
			for {
				if err := task(); err != nil {
					w.fail("task", err)
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// openOnly opens a journal, and waits to be killed.
func openOnly(t *testing.T, w *worker, path string) {
	t.Helper()
	j, err := boltjournal.Open(path)
	if err != nil {
		w.fail("open", err)
		t.Fatal(err)
	}
	w.say("open")
	<-time.After(time.Hour)
	_ = j.Close()
}
