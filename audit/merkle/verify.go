package merkle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
)

// VerifyOptions are what [Log.Verify] may be told.
type VerifyOptions struct {
	// Known are checkpoints of this log from elsewhere, as [ParseCheckpoint] returned them.
	Known []Checkpoint
	// Check is called with every record, in order and from one goroutine, while others hash. Its error ends the
	// verification.
	Check func(modreg.Record) error
}

// A Report says what [Log.Verify] found to be whole.
type Report struct {
	Origin     string
	First      uint64     // the first record that was read; above 1 if records before it are pruned
	Records    uint64     // how many were read
	Pruned     uint64     // how many are pruned: of these the kept hashes were taken
	Size       uint64     // of the tree that was computed
	Root       tlog.Hash  // of that tree
	Checkpoint Checkpoint // the newest one of the log; it covers all of the tree unless the log is read-only
	Marks      int        // signed sizes that the tree was held against: stored and known checkpoints, rotations
	Damaged    uint64     // hashes of the tree file that were wrong. They were repaired unless the log is read-only
	Took       time.Duration
}

// Verify reads every record, computes the tree from them anew, and holds it against the checkpoints in the folder, the
// rotations in the keyring, the known checkpoints and the tree file. Records that are pruned count by their kept hashes.
// Records that are appended meanwhile are left for the next time.
//
// It returns a [*TamperError] if the records are not those that were signed, with the first that differs if the tree file
// still tells; the error of Check with the number of the record; [ErrClosed]; or that of the journal. A damaged tree file
// alone is no error.
func (l *Log) Verify(ctx context.Context, o VerifyOptions) (Report, error) {
	r, err := l.verify(ctx, o)
	if errors.Is(err, fs.ErrClosed) {
		err = ErrClosed
	}
	if err != nil {
		return r, fmt.Errorf("verify log %q: %w", l.o.Origin, err)
	}
	return r, nil
}

func (l *Log) verify(ctx context.Context, o VerifyOptions) (Report, error) {
	began := time.Now()
	if err := l.acquireSurvey(ctx); err != nil {
		return Report{}, err
	}
	defer l.releaseSurvey()
	return l.verifyAll(ctx, o, began)
}

// verifyAll is called by the holder of the survey.
func (l *Log) verifyAll(ctx context.Context, o VerifyOptions, began time.Time) (Report, error) {
	marks, err := l.marks(ctx, o.Known)
	if err != nil {
		return Report{}, err
	}
	first, err := l.firstRecord(ctx)
	if err != nil {
		return Report{}, err
	}
	v := l.view.Load()
	pruned := min(first-1, v.size)
	r := Report{Origin: l.o.Origin, First: first, Records: v.size - pruned, Pruned: pruned, Size: v.size, Checkpoint: v.cp, Marks: len(marks)}
	s, err := l.scanTree(ctx, v.hashes, first, v.size, marks, o.Check, nil)
	if err != nil {
		return r, err
	}
	if err := l.verdict(s); err != nil {
		return r, err
	}
	r.Root, r.Damaged = s.root(), s.diffs
	if s.diffs > 0 {
		if err := l.repairNow(ctx); err != nil {
			return r, err
		}
	}
	r.Took = time.Since(began)
	return r, nil
}

// marks brings the log to the head of the stream and collects what was signed about it.
func (l *Log) marks(ctx context.Context, known []Checkpoint) ([]mark, error) {
	if err := l.acquire(ctx); err != nil {
		return nil, err
	}
	defer l.release()
	if err := l.advance(ctx); err != nil {
		return nil, err
	}
	marks := ringMarks(l.ring)
	if v := l.view.Load(); v.cp.Note != nil {
		marks = append(marks, markOf(v.cp, "the newest checkpoint"))
	}
	stored, err := l.slots.load()
	if err != nil {
		return nil, err
	}
	for _, msg := range stored {
		if msg == nil {
			continue
		}
		cp, err := ParseCheckpoint(msg, l.ring, l.o.Origin)
		if err != nil {
			l.o.Problem(fmt.Errorf("log %q: a stored %w", l.o.Origin, err))
			continue
		}
		marks = append(marks, markOf(cp, localCheckpoint))
	}
	for _, cp := range known {
		m := markOf(cp, "a known checkpoint")
		if cp.Origin != l.o.Origin {
			return nil, l.tampered(ForeignOrigin, m, 0, 0, fmt.Sprintf("it is of %q", cp.Origin))
		}
		marks = append(marks, m)
	}
	return marks, nil
}
