package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

const (
	actionPrune   = "audit:prune"
	actionExport  = "audit:export"
	actionHold    = "audit:hold"
	actionRelease = "audit:release"
)

// maxHolds is how many legal holds there may be at a time.
const maxHolds = 256

// Hold keeps everything in the logs from being pruned until the hold of this ID is released. The reason is needed. A hold that
// is there already stays as it is. It is in the log, as everything that counts.
//
// Errors are those of [Trail.Record].
func (t *Trail) Hold(ctx context.Context, id, reason string) error {
	if id == "" || reason == "" {
		return &modreg.Error{Code: modreg.CodeInvalid, What: "hold the audit log", Why: "an identifier and a reason are needed"}
	}
	// What is wrong with them is to be said before anything counts.
	e := Event{Class: ClassAudit, Action: actionHold, Outcome: OutcomeSuccess, Reason: reason, Resource: Resource{Kind: "hold", ID: id}}
	if err := errors.Join(record.CheckID("id", id), record.CheckReason(reason)); err != nil {
		return &modreg.Error{Code: modreg.CodeInvalid, What: "hold the audit log", Err: err}
	}
	t.retention.Lock()
	defer t.retention.Unlock()
	if len(t.Status().Holds) >= maxHolds {
		return &modreg.Error{Code: modreg.CodeInvalid, What: "hold the audit log", Why: fmt.Sprintf("there are %d holds already", maxHolds)}
	}
	if err := t.record(ctx, &e); err != nil {
		return err
	}
	t.setHolds(&e)
	return nil
}

// Release ends a hold. The reason is needed. Errors are those of [Trail.Record], and one of CodeNotFound if there is no such hold.
func (t *Trail) Release(ctx context.Context, id, reason string) error {
	if reason == "" {
		return &modreg.Error{Code: modreg.CodeInvalid, What: "release the audit log", Why: "a reason is needed"}
	}
	t.retention.Lock()
	defer t.retention.Unlock()
	if !slices.ContainsFunc(t.Status().Holds, func(h Hold) bool { return h.ID == id }) {
		return &modreg.Error{Code: modreg.CodeNotFound, What: "release the audit log", Why: "there is no hold of this identifier"}
	}
	e := Event{Class: ClassAudit, Action: actionRelease, Outcome: OutcomeSuccess, Reason: reason, Resource: Resource{Kind: "hold", ID: id}}
	if err := t.record(ctx, &e); err != nil {
		return err
	}
	t.setHolds(&e)
	return nil
}

// setHolds keeps what an event means for the holds, and saves it as soon as it can.
func (t *Trail) setHolds(e *Event) {
	t.mu.Lock()
	t.state.Holds = applyHold(t.state.Holds, e)
	mark := t.state.Mark
	t.mu.Unlock()
	if err := t.saveState(mark); err != nil {
		t.o.Problem(err) // the log has it
	}
}

// applyHold returns the holds after an event. Those given are not changed.
func applyHold(holds []Hold, e *Event) []Hold {
	i := slices.IndexFunc(holds, func(h Hold) bool { return h.ID == e.Resource.ID })
	switch {
	case e.Action == actionHold && i < 0:
		return append(slices.Clone(holds), Hold{ID: e.Resource.ID, Reason: e.Reason, Since: e.Time})
	case e.Action == actionRelease && i >= 0:
		return slices.Delete(slices.Clone(holds), i, i+1)
	}
	return holds
}

// Prune drops the records of a log with Seq < before from its journal. Their hashes stay, so that the log verifies and the
// records that are left can be proved as before. It is refused
//
//   - while there is a hold,
//   - for records that are younger than [Options.Retention],
//   - unless they were exported in [FormatRecords] to a file with the digest exported ("sha256:…"), by this trail,
//   - for the registry, unless its journal has a snapshot that covers them, from which a registry can start.
//
// It leaves an intent and a result with the range, the digest of the export, the hash of the last record that is gone,
// and the root of the newest checkpoint.
//
// Errors are those of [Trail.Record], of CodeInvalid for what is refused, and of [merkle.Log.Prune].
func (t *Trail) Prune(ctx context.Context, log string, before uint64, exported string) error {
	l, err := t.logOf(log)
	if err != nil {
		return err
	}
	t.retention.Lock()
	defer t.retention.Unlock()
	first, err := firstOf(ctx, t.journalOf(log), log)
	if err != nil {
		return err
	}
	if err := t.mayPrune(ctx, log, first, before, exported); err != nil {
		return err
	}
	if err := l.Advance(ctx); err != nil {
		t.breakOn(err)
		return err
	}
	last, err := recordAt(ctx, t.journalOf(log), log, before-1)
	if err != nil {
		return err
	}
	cp := l.Checkpoint()
	end, err := t.effect(ctx, Event{
		Class: ClassAudit, Action: actionPrune, Resource: Resource{Kind: "log", ID: rangeID(log, first, before-1), Digest: exported},
		BeforeHash: hashOf(last), AfterHash: hashText(cp.Root), Reason: fmt.Sprintf("the checkpoint of size %d has the root after_hash", cp.Size),
	}, false)
	if err != nil {
		return err
	}
	err = l.Prune(ctx, before)
	end(err, nil)
	t.breakOn(err)
	return err
}

func refuse(why, fix string) error {
	return &modreg.Error{Code: modreg.CodeInvalid, What: "prune the audit log", Why: why, Fix: fix}
}

// mayPrune reports why records must not be pruned; nil if they may.
func (t *Trail) mayPrune(ctx context.Context, log string, first, before uint64, exported string) error {
	if !isHash(exported) {
		return refuse("the digest of the export is not sha256: and 64 lower-case hexadecimal digits", "")
	}
	head, err := t.journalOf(log).Head(ctx, log)
	if err != nil {
		return err
	}
	if before <= first || before > head {
		return refuse(fmt.Sprintf("the log has the records %d to %d, of which the last always stays", first, head), "")
	}
	if err := t.oldEnough(ctx, log, before-1); err != nil {
		return err
	}
	if log == LogRegistry {
		if err := t.snapshotCovers(ctx, before); err != nil {
			return err
		}
	}
	return t.exportedAndFree(ctx, log, first, before-1, exported)
}

func (t *Trail) oldEnough(ctx context.Context, log string, seq uint64) error {
	data, err := recordAt(ctx, t.journalOf(log), log, seq)
	if err != nil {
		return err
	}
	at, ok := timeOf(data)
	if !ok {
		return refuse(fmt.Sprintf("record %d does not say how old it is", seq), "")
	}
	if at.After(t.o.Now().Add(-t.o.Retention)) {
		return refuse(fmt.Sprintf("record %d is younger than %v", seq, t.o.Retention), "choose an earlier record")
	}
	return nil
}

// snapshotCovers reports whether a registry can start without the records before a place. It also reads the record that the
// snapshot is bound to.
func (t *Trail) snapshotCovers(ctx context.Context, before uint64) error {
	store, ok := t.o.Registry.(modreg.SnapshotStore)
	if !ok {
		return refuse("the journal keeps no snapshots, so that a registry needs all records", "")
	}
	kept, err := store.LoadSnapshot(ctx, LogRegistry, ^uint64(0))
	if err != nil {
		return fmt.Errorf("load a snapshot of the registry: %w", err)
	}
	if kept.Seq < before {
		return refuse(fmt.Sprintf("the newest snapshot is of record %d", kept.Seq), "choose an earlier record, or have the registry make a snapshot")
	}
	return nil
}

// exportedAndFree reads in the log whether there is a hold, and whether the export is of these records. What is saved of the
// holds counts as well: the more careful of both is right.
func (t *Trail) exportedAndFree(ctx context.Context, log string, first, last uint64, exported string) error {
	var holds []Hold
	covered := false
	from, err := firstOf(ctx, t.o.Local, LogNode)
	if err != nil {
		return err
	}
	for rec, err := range t.o.Local.Read(ctx, LogNode, from) {
		if err != nil {
			return fmt.Errorf("read the log of the node: %w", err)
		}
		if !bytes.Contains(rec.Data, []byte(`,"action":"audit:`)) {
			continue
		}
		e, err := Decode(rec.Data)
		if err != nil {
			continue
		}
		holds = applyHold(holds, &e)
		if e.Action == actionExport && e.Activity == ActivityResult && e.Outcome == OutcomeSuccess && e.Resource.Digest == exported {
			of, a, b, ok := parseRange(e.Resource.ID)
			covered = covered || ok && of == log && a <= first && b >= last
		}
	}
	if holds = append(holds, t.Status().Holds...); len(holds) > 0 {
		return refuse("there is a legal hold: "+holds[0].ID, "release it first")
	}
	if !covered {
		return refuse("no export of these records in the format records has this digest", "export the log and keep the file")
	}
	return nil
}

// recordAt returns the data of one record.
func recordAt(ctx context.Context, j modreg.Journal, stream string, seq uint64) ([]byte, error) {
	for rec, err := range j.Read(ctx, stream, seq) {
		if err == nil && rec.Seq != seq {
			err = fmt.Errorf("the journal returned record %d", rec.Seq)
		}
		if err != nil {
			return nil, fmt.Errorf("read record %d of %q: %w", seq, stream, err)
		}
		return rec.Data, nil
	}
	return nil, fmt.Errorf("record %d of %q is not there", seq, stream)
}

// hashText returns a hash as it stands in events.
func hashText(sum [sha256.Size]byte) string { return "sha256:" + hex.EncodeToString(sum[:]) }
