// Package durable measures what others take to append an entry that survives a loss of power: a plain file, bbolt, a
// Merkle tree over a file, Tessera and etcd. Callers append at the same time, and each waits until its entry is on the disk
// before it appends the next. All use the same file system, nothing is left behind, and a store that does not have every
// entry in the end gets no figure.
package durable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/modreg/modreg/internal/prove/peers/timing"
)

const (
	// length is how long callers append in one round. Each round has a new store.
	length = time.Second
	rounds = timing.Rounds
)

// Bytes of an entry.
const (
	auditEntry = 408 // a line of JSON
	record     = 500 // the value that belongs to a key
)

// A store keeps entries, and commits together what callers append at the same time.
type store interface {
	// append returns once the entry is on the disk. It does not keep the slice.
	append(ctx context.Context, entry []byte) error
	// close ends the store and reports whether it kept n entries. It is called once, after the last append.
	close(ctx context.Context, n int) error
}

// A contest is a store, how many callers append to it, and what.
type contest struct {
	name    string
	open    func(ctx context.Context, dir string, callers int) (store, error)
	callers []int
	size    int // bytes of an entry
}

func contests() []contest {
	return append([]contest{
		{name: "fsync", open: openFile, callers: []int{1, 16, 64}, size: auditEntry},
		{name: "bbolt", open: openBolt, callers: []int{1, 16, 64}, size: record},
		{name: "tlog", open: openTlog, callers: []int{16, 64}, size: auditEntry},
		{name: "etcd", open: openEtcd, callers: []int{1, 16, 64}, size: record},
	}, tesseraContests()...)
}

// Measure prints the nanoseconds from one entry to the next, for each store and number of callers: "bbolt 64". It works in
// a folder of its own in $TMPDIR or, if that is not set, in the current folder, since /tmp may be memory.
func Measure(out, notes io.Writer) (err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	parent := os.Getenv("TMPDIR")
	if parent == "" {
		parent = "."
	}
	if parent, err = filepath.Abs(parent); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(parent, ".durable-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintf(notes, "log: in %s; entries are %d bytes, those of bbolt and etcd %d\n", parent, auditEntry, record)
	fmt.Fprintln(notes, "log: fsync, bbolt and tlog commit what gathers while the last batch is written. tlog writes the signed note "+
		"of a batch with its entries; the hashes, which follow from them, are in a file that is not synchronised")
	tesseraNotes(notes)
	return measure(ctx, dir, contests(), length, out)
}

func measure(ctx context.Context, dir string, contests []contest, length time.Duration, out io.Writer) error {
	type way struct {
		contest
		n int // callers
	}
	var ways []way
	for _, c := range contests {
		for _, n := range c.callers {
			ways = append(ways, way{c, n})
		}
	}
	best := make([]time.Duration, len(ways))
	for round := range rounds { // they take turns, so that a slow moment of the disk is not one's alone
		for i, w := range ways {
			took, err := once(ctx, w.contest, w.n, filepath.Join(dir, strconv.Itoa(round*len(ways)+i)), length)
			if err != nil {
				return fmt.Errorf("%s with %d callers: %w", w.name, w.n, err)
			}
			if round == 0 || took < best[i] {
				best[i] = took
			}
		}
	}
	for i, w := range ways {
		if err := timing.Print(out, fmt.Sprintf("%s %d", w.name, w.n), best[i]); err != nil {
			return err
		}
	}
	return nil
}

// once returns the time from one entry to the next in a new store, which it removes.
func once(ctx context.Context, c contest, callers int, dir string, length time.Duration) (took time.Duration, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := c.open(ctx, dir, callers)
	if err != nil {
		return 0, err
	}
	runtime.GC() // what building left behind is not theirs to clean up
	n, took, err := load(ctx, s, callers, c.size, length)
	if err := errors.Join(err, s.close(ctx, n)); err != nil {
		return 0, err
	}
	return took / time.Duration(n), nil
}
