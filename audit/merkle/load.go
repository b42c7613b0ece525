package merkle

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
)

// loadCheckpoint returns the newest valid checkpoint of the file and sees to it that the next goes over the other.
//
// The notes were read before the keyring: whoever writes beside a read-only log changes the keyring first.
func (l *Log) loadCheckpoint(notes [2][]byte) (Checkpoint, error) {
	var best Checkpoint
	var faults []error
	at, filled := 1, 0 // the first one goes to slot 0
	for i, msg := range notes {
		if msg == nil {
			continue
		}
		filled++
		if l.ring == nil {
			return Checkpoint{}, l.tampered(Lost, mark{where: "the keyring", note: msg}, 0, 0, "it is missing, while there is a checkpoint")
		}
		cp, err := ParseCheckpoint(msg, l.ring, l.o.Origin)
		if errors.Is(err, errOrigin) {
			return Checkpoint{}, l.tampered(ForeignOrigin, mark{where: localCheckpoint, note: msg}, 0, 0, err.Error())
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("slot %d of the stored checkpoint: %w", i, err))
			continue
		}
		if best.Note == nil || cp.Size > best.Size || cp.Size == best.Size && cp.Time.After(best.Time) {
			best, at = cp, i
		}
	}
	if best.Note == nil && len(faults) > 0 {
		cause := errors.Join(faults...)
		if _, ok := errors.AsType[*note.UnverifiedNoteError](cause); ok {
			return Checkpoint{}, l.tampered(ForeignKey, mark{where: localCheckpoint}, 0, 0, cause.Error())
		}
		if filled == len(notes) {
			return Checkpoint{}, l.tampered(Lost, mark{where: localCheckpoint}, 0, 0, cause.Error())
		}
	}
	for _, fault := range faults { // torn when it was written
		l.o.Problem(fmt.Errorf("log %q: %w", l.o.Origin, fault))
	}
	l.slots.next = at ^ 1
	return best, nil
}

// signedBy reports whether a checkpoint is signed by a key.
func signedBy(cp Checkpoint, verifier string) bool {
	v, err := newVerifier(verifier)
	if err != nil {
		return false
	}
	_, err = ParseCheckpoint(cp.Note, note.VerifierList(v), cp.Origin)
	return err == nil
}

// firstRecord returns the number of the first record that the journal still has.
func (l *Log) firstRecord(ctx context.Context) (uint64, error) {
	pruner, ok := l.journal.(modreg.Pruner)
	if !ok {
		return 1, nil
	}
	first, err := pruner.First(ctx, l.o.Stream)
	if err != nil {
		return 0, fmt.Errorf("ask for the first record: %w", err)
	}
	return max(first, 1), nil
}

// loadTree brings the tree to the head of the stream: from the file as far as the checkpoint reaches, from the records
// beyond. What the file has beyond the checkpoint is not trusted, as nothing tells a page that was lost in a crash.
func (l *Log) loadTree(ctx context.Context, cp Checkpoint) error {
	head, err := l.journal.Head(ctx, l.o.Stream)
	if err != nil {
		return err
	}
	first, err := l.firstRecord(ctx)
	if err != nil {
		return err
	}
	if cp.Size > head {
		return l.tampered(Rollback, markOf(cp, localCheckpoint), head, 0, fmt.Sprintf("it covers %d records, the journal has %d", cp.Size, head))
	}
	if err := l.tree.load(cp.Size); err != nil {
		l.o.Problem(fmt.Errorf("log %q: %w", l.o.Origin, err))
		if err := l.tree.load(0); err != nil {
			return err
		}
	}
	if pruned := first - 1; l.tree.size < min(pruned, head) {
		return l.tampered(Lost, mark{where: "the tree file", size: pruned}, head, 0,
			fmt.Sprintf("it has the hashes of %d records, but records up to %d are pruned (put it back from a backup, see Seed)", l.tree.size, pruned))
	}
	if l.tree.size < cp.Size {
		l.o.Problem(fmt.Errorf("log %q: the tree file had %d of %d records and was completed", l.o.Origin, l.tree.size, cp.Size))
		if err := l.takeIn(ctx, cp.Size); err != nil {
			return err
		}
	}
	healthy, err := l.healthy(ctx, cp, first)
	if err != nil {
		return err
	}
	if !healthy {
		if err := l.rebuild(ctx, cp.Size, first, []mark{markOf(cp, localCheckpoint)}); err != nil {
			return err
		}
	}
	return l.takeIn(ctx, head)
}

// healthy reports whether the tree gives the root of the checkpoint, and its last leaf is the record that is there.
func (l *Log) healthy(ctx context.Context, cp Checkpoint, first uint64) (bool, error) {
	if cp.Note == nil {
		return true, nil
	}
	if l.tree.root() != cp.Root {
		return false, nil
	}
	if cp.Size < first {
		return true, nil
	}
	leaf, err := l.tree.hashes().ReadHashes([]int64{tlog.StoredHashIndex(0, int64(cp.Size)-1)})
	if err != nil {
		return false, err
	}
	for rec, err := range l.records(ctx, cp.Size-1, cp.Size) {
		if err != nil {
			return false, err
		}
		return newHasher().leaf(rec.Data) == leaf[0], nil
	}
	return false, nil
}

// rebuild makes the first size leaves of the tree file again from the records, if these give the signed roots. It first
// only reads, so that in a log that was tampered with the hashes of what was there before stay.
func (l *Log) rebuild(ctx context.Context, size, first uint64, marks []mark) error {
	seen, err := l.scanTree(ctx, l.tree.hashes(), first, size, marks, nil, nil)
	if err != nil {
		return err
	}
	if err := l.verdict(seen); err != nil {
		return err
	}
	var fix io.WriterAt
	if !l.tree.fixed && l.tree.file != nil {
		fix = l.tree.file
	}
	if fix == nil {
		return l.rebuildInMemory(ctx, size, first)
	}
	if _, err := l.scanTree(ctx, l.tree.hashes(), first, size, nil, nil, fix); err != nil {
		return err
	}
	l.tree.edge = seen.edge
	l.o.Problem(fmt.Errorf("log %q: the tree file was damaged in %d hashes and was repaired from the records", l.o.Origin, seen.diffs))
	return nil
}

// rebuildInMemory is for a log that may not write its tree file.
func (l *Log) rebuildInMemory(ctx context.Context, size, first uint64) error {
	known := l.tree.hashes()
	l.tree.edge, l.tree.written, l.tree.tail = edge{}, 0, nil
	for leaves, err := range l.leaves(ctx, known, first, 0, size, nil) {
		if err != nil {
			return err
		}
		l.grow(leaves)
	}
	l.o.Problem(fmt.Errorf("log %q: the tree file is damaged; as the log is read-only it was not repaired", l.o.Origin))
	return nil
}

// repair is called by the holder of the turn when stored hashes contradict the root of the tree.
func (l *Log) repair(ctx context.Context) error {
	v := l.view.Load()
	first, err := l.firstRecord(ctx)
	if err != nil {
		return err
	}
	marks := []mark{{size: l.tree.size, root: l.tree.root(), where: "the tree in memory"}}
	if v.cp.Note != nil {
		marks = append(marks, markOf(v.cp, localCheckpoint))
	}
	if err := l.rebuild(ctx, l.tree.size, first, marks); err != nil {
		return err
	}
	l.publish(v.cp)
	return nil
}
