package journaltest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/modreg/modreg"
)

func TestRunDurable_passesTheJournalThatTheFaultsArePlantedIn(t *testing.T) {
	t.Parallel()
	RunDurable(t, func(t *testing.T, dir string) Durable {
		t.Helper()
		return openFolder(t, dir, folderFault{})
	})
}

// A folder is a journal with every ability that keeps all it is told, a line each, in the file "log" of a folder. It
// does not wait for the disk: it is as durable as the checks need, and no more.
type folder struct {
	*able
	fault folderFault

	mu     sync.Mutex
	file   *os.File        // guarded by mu
	hoard  []line          // guarded by mu; what a fault keeps from the file
	life   context.Context //nolint:containedctx // it ends when the journal is closed
	finish context.CancelFunc
}

// A line is one change. It has one of Batch, Snapshot and Before.
type line struct {
	Stream   string
	Head     uint64
	Batch    [][]byte               `json:",omitempty"`
	Snapshot *modreg.StoredSnapshot `json:",omitempty"`
	Before   uint64                 `json:",omitempty"`
}

// A folderFault breaks what a folder promises.
type folderFault struct {
	written func(j *folder, l line) []line          // what is written in place of a line
	refused func(j *folder, l line)                 // is told of a line that cannot be
	found   func(j *folder, lines []line) []line    // what opening makes of the lines that are there
	closed  func(j *folder, l line) (uint64, error) // what a change does when the journal is closed
	watch   func(j *folder, ctx context.Context, stream string, from uint64) sequence
	close   func(j *folder) error
}

var errClosed = errors.New("the journal is closed")

func openFolder(tb testing.TB, dir string, fault folderFault) *folder {
	tb.Helper()
	file, err := os.OpenFile(filepath.Join(dir, "log"), os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		tb.Fatal(err)
	}
	j := &folder{able: newAble(), fault: fault, file: file}
	j.life, j.finish = context.WithCancel(context.Background())
	var lines []line
	scan := bufio.NewScanner(file)
	scan.Buffer(nil, 64<<20)
	for scan.Scan() {
		var l line
		if err := json.Unmarshal(scan.Bytes(), &l); err != nil {
			tb.Fatal(err)
		}
		lines = append(lines, l)
	}
	if fault.found != nil {
		lines = fault.found(j, lines)
	}
	for _, l := range lines {
		_, _ = j.apply(context.Background(), l)
	}
	return j
}

// apply does in memory what a line says.
func (j *folder) apply(ctx context.Context, l line) (uint64, error) {
	switch {
	case l.Snapshot != nil:
		return 0, j.able.PutSnapshot(ctx, l.Stream, *l.Snapshot)
	case l.Before > 0:
		return 0, j.able.Prune(ctx, l.Stream, l.Before)
	default:
		return j.able.Append(ctx, l.Stream, l.Head, l.Batch)
	}
}

// do does what a line says if it can be done, and then writes it down.
func (j *folder) do(ctx context.Context, l line) (uint64, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.life.Err() != nil {
		if j.fault.closed != nil {
			return j.fault.closed(j, l)
		}
		return 0, errClosed
	}
	next, err := j.apply(ctx, l)
	if err != nil {
		if j.fault.refused != nil {
			j.fault.refused(j, l)
		}
		return 0, err
	}
	lines := []line{l}
	if j.fault.written != nil {
		lines = j.fault.written(j, l)
	}
	return next, j.write(lines...)
}

func (j *folder) write(lines ...line) error {
	for _, l := range lines {
		data, err := json.Marshal(l)
		if err != nil {
			return err
		}
		if _, err := j.file.Write(append(data, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (j *folder) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	return j.do(ctx, line{Stream: stream, Head: head, Batch: batch})
}

func (j *folder) PutSnapshot(ctx context.Context, stream string, s modreg.StoredSnapshot) error {
	_, err := j.do(ctx, line{Stream: stream, Snapshot: &s})
	return err
}

func (j *folder) Prune(ctx context.Context, stream string, before uint64) error {
	_, err := j.do(ctx, line{Stream: stream, Before: max(before, 1)})
	return err
}

func (j *folder) Head(ctx context.Context, stream string) (uint64, error) {
	if j.life.Err() != nil {
		return 0, errClosed
	}
	return j.able.Head(ctx, stream)
}

func (j *folder) First(ctx context.Context, stream string) (uint64, error) {
	if j.life.Err() != nil {
		return 0, errClosed
	}
	return j.able.First(ctx, stream)
}

func (j *folder) LoadSnapshot(ctx context.Context, stream string, atMost uint64) (modreg.StoredSnapshot, error) {
	if j.life.Err() != nil {
		return modreg.StoredSnapshot{}, errClosed
	}
	return j.able.LoadSnapshot(ctx, stream, atMost)
}

func (j *folder) Read(ctx context.Context, stream string, from uint64) sequence {
	return j.whileOpen(ctx, func(ctx context.Context) sequence { return j.able.Read(ctx, stream, from) })
}

func (j *folder) Watch(ctx context.Context, stream string, from uint64) sequence {
	if j.fault.watch != nil {
		return j.fault.watch(j, ctx, stream, from)
	}
	return j.whileOpen(ctx, func(ctx context.Context) sequence { return j.able.Watch(ctx, stream, from) })
}

// whileOpen ends a sequence when the journal is closed.
func (j *folder) whileOpen(ctx context.Context, open func(ctx context.Context) sequence) sequence {
	ctx, cancel := context.WithCancel(ctx)
	seq := open(ctx)
	return func(yield func(modreg.Record, error) bool) {
		defer cancel()
		defer context.AfterFunc(j.life, cancel)()
		if j.life.Err() != nil {
			yield(modreg.Record{}, errClosed)
			return
		}
		for rec, err := range seq {
			if err != nil && j.life.Err() != nil {
				err = errClosed
			}
			if !yield(rec, err) {
				return
			}
		}
	}
}

func (j *folder) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.fault.close != nil {
		return j.fault.close(j)
	}
	return j.end()
}

func (j *folder) end() error {
	if j.life.Err() != nil {
		return nil
	}
	j.finish()
	return j.file.Close()
}
