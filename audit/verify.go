package audit

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/record"
)

// VerifyOptions are what [Trail.Verify] may be told.
type VerifyOptions struct {
	// KnownRegistry and KnownLog are checkpoints of the two logs from elsewhere.
	KnownRegistry, KnownLog []merkle.Checkpoint
}

// A Report says what [Trail.Verify] found to be whole.
type Report struct {
	Registry   merkle.Report
	Log        merkle.Report
	Unreadable uint64 // entries of the node's log that are what was signed, but not events that this version reads
}

// Verify reads both logs in full and holds them against everything that was signed, see [merkle.Log.Verify]. In the registry's
// log every record must also hold the hash of the one before; in the node's times must not go back. It is
// written down, as an intent and a result, if the log can be written.
//
// It returns a [*merkle.TamperError] for what contradicts that; the trail then writes nothing any more but to the emergency
// spool. Other errors are those of the journals and of the context.
func (t *Trail) Verify(ctx context.Context, o VerifyOptions) (r Report, err error) {
	// It is protective: a log that cannot be written must be verified the more.
	end, err := t.effect(ctx, Event{Class: ClassAudit, Action: "audit:verify", Resource: logResource("")}, true)
	if err != nil {
		return r, err
	}
	r, err = t.verify(ctx, o)
	end(err, nil)
	if err != nil {
		t.breakOn(err)
	}
	return r, err
}

// breakOn ends all writing if err is a contradiction.
func (t *Trail) breakOn(err error) {
	tampered, ok := errors.AsType[*merkle.TamperError](err)
	if ok && tampered.Kind != merkle.ForeignOrigin { // that is one of the caller's, given for the wrong log
		var cause error = tampered
		t.broken.CompareAndSwap(nil, &cause)
	}
}

func (t *Trail) verify(ctx context.Context, o VerifyOptions) (r Report, err error) {
	c := nodeCheck{origin: t.node.Origin()}
	if r.Log, err = t.node.Verify(ctx, merkle.VerifyOptions{Known: o.KnownLog, Check: c.check}); err == nil {
		err = c.found
	}
	if err != nil {
		return r, err
	}
	r.Unreadable = c.unreadable
	chain := chainCheck{origin: t.reg.Origin(), pruned: c.pruned}
	if r.Registry, err = t.reg.Verify(ctx, merkle.VerifyOptions{Known: o.KnownRegistry, Check: chain.check}); err == nil {
		err = chain.found
	}
	return r, err
}

// A nodeCheck looks at the node's log. What it finds is kept until the tree was held against what was signed, which knows
// better which record is the wrong one.
type nodeCheck struct {
	origin     string
	last       time.Time
	unreadable uint64
	pruned     map[uint64]string // of the registry: the last record that was pruned → its hash
	found      error
}

func (c *nodeCheck) check(rec modreg.Record) error {
	e, err := Decode(rec.Data)
	if err != nil {
		c.unreadable++
		return nil
	}
	if e.Time.Before(c.last) && c.found == nil {
		c.found = contradiction(c.origin, rec.Seq, "its time is before that of the record before")
	}
	c.last = e.Time
	if e.Action != actionPrune {
		return nil
	}
	if log, _, last, ok := parseRange(e.Resource.ID); ok && log == LogRegistry {
		if c.pruned == nil {
			c.pruned = map[uint64]string{}
		}
		c.pruned[last] = e.BeforeHash
	}
	return nil
}

// A chainCheck looks at whether every record of the registry holds the hash of the one before. What it finds is kept, as
// by a nodeCheck.
type chainCheck struct {
	origin string
	pruned map[uint64]string
	hash   [sha256.Size]byte // of the record before
	next   uint64            // 0 before the first record
	found  error
}

func (c *chainCheck) check(rec modreg.Record) error {
	prev, ok := record.Prev(rec.Data)
	why := "it does not hold the hash of the record before"
	switch {
	case !ok:
		why = "it does not have the form of a record of a registry"
	case c.next != 0 || rec.Seq == 1: // the first one holds zeroes
		ok = prev == c.hash
	default: // the record before is pruned; what was written down when that was done may be pruned as well
		want, known := c.pruned[rec.Seq-1]
		ok = !known || want == hashText(prev)
	}
	if !ok && c.found == nil {
		c.found = contradiction(c.origin, rec.Seq, why)
	}
	c.hash, c.next = sha256.Sum256(rec.Data), rec.Seq+1
	return nil
}

// Chain returns a check for [merkle.VerifyOptions], for whoever verifies the log of a registry without a trail: every
// record holds the hash of the one before, as far as that is there. Its error is a [*merkle.TamperError].
func Chain(origin string) func(modreg.Record) error {
	c := chainCheck{origin: origin}
	return func(rec modreg.Record) error {
		if err := c.check(rec); err != nil {
			return err
		}
		return c.found
	}
}

func contradiction(origin string, seq uint64, why string) error {
	return &merkle.TamperError{Kind: merkle.Fork, Origin: origin, Where: "the record before", Record: seq, Why: why}
}

// Prove returns a proof that one record is in a log: a file that an outsider checks without the registry. It is written
// down. Errors are those of [Trail.Record] and [merkle.Log.Prove]; CodeInvalid if there is no such log.
func (t *Trail) Prove(ctx context.Context, log string, seq uint64) (merkle.Proof, error) {
	l, err := t.logOf(log)
	if err != nil {
		return merkle.Proof{}, err
	}
	if log == LogRegistry { // others may have appended
		if err := l.Advance(ctx); err != nil {
			t.breakOn(err)
			return merkle.Proof{}, err
		}
	}
	err = t.Record(ctx, Event{
		Class: ClassAudit, Action: "audit:prove", Outcome: OutcomeSuccess, Resource: Resource{Kind: "record", ID: fmt.Sprintf("%s/%d", log, seq)},
	})
	if err != nil {
		return merkle.Proof{}, err
	}
	p, err := l.Prove(ctx, seq)
	t.breakOn(err)
	return p, err
}

func (t *Trail) logOf(log string) (*merkle.Log, error) {
	switch log {
	case LogRegistry:
		return t.reg, nil
	case LogNode:
		return t.node, nil
	}
	return nil, &modreg.Error{Code: modreg.CodeInvalid, What: "choose a log", Why: "there is none of this name", Fix: `take "registry" or "audit"`}
}
