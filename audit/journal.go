package audit

import (
	"context"
	"errors"

	"github.com/modreg/modreg"
)

// Journal returns the journal of the registry as the registry is to see it: give it to [modreg.WithJournal]. What is
// appended to the stream "registry" goes through its Merkle log; what cannot is refused with an error of
// CodeAuditUnavailable. What others append there is taken in with the next append, and by [Trail.Checkpoint], Prove and Verify.
// The journal is a [modreg.SnapshotStore] and a [modreg.Pruner] if the journal below is.
//
// The stream "audit" can be read, but the trail alone appends to it. Neither it nor "registry" is pruned
// by the Pruner: see [Trail.Prune]. Other streams are those of the journal below.
func (t *Trail) Journal() modreg.Journal {
	j := &journal{Journal: t.o.Registry, t: t}
	s, snapshots := t.o.Registry.(modreg.SnapshotStore)
	p, prunes := t.o.Registry.(modreg.Pruner)
	pr := &pruner{p}
	switch {
	case snapshots && prunes:
		return &struct {
			*journal
			modreg.SnapshotStore
			*pruner
		}{j, s, pr}
	case snapshots:
		return &struct {
			*journal
			modreg.SnapshotStore
		}{j, s}
	case prunes:
		return &struct {
			*journal
			*pruner
		}{j, pr}
	}
	return j
}

// A journal is one whose stream "registry" is a Merkle log.
type journal struct {
	modreg.Journal
	t *Trail
}

// Append implements [modreg.Journal].
func (j *journal) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	t := j.t
	switch stream {
	case LogRegistry:
	case LogNode:
		return 0, &modreg.Error{Code: modreg.CodeInvalid, What: `append to the stream "audit"`, Why: "only the audit trail does that", Fix: "record an event"}
	default:
		return j.Journal.Append(ctx, stream, head, batch)
	}
	if broken := t.broken.Load(); broken != nil {
		return 0, t.unavailable(*broken)
	}
	next, err := t.reg.Append(ctx, head, batch)
	if err != nil {
		return next, t.unavailable(err)
	}
	t.w.poke()
	return next, nil
}

// A pruner keeps the streams of the logs from being pruned without an export.
type pruner struct{ modreg.Pruner }

var errPruneLog = errors.New("the streams of the audit trail are not pruned without an export (see audit.Trail.Prune)")

// Prune implements [modreg.Pruner].
func (p *pruner) Prune(ctx context.Context, stream string, before uint64) error {
	if stream == LogRegistry || stream == LogNode {
		return &modreg.Error{Code: modreg.CodeInvalid, What: "prune the stream " + stream, Err: errPruneLog}
	}
	return p.Pruner.Prune(ctx, stream, before)
}

// journalOf returns the journal that has the stream of a log.
func (t *Trail) journalOf(log string) modreg.Journal {
	if log == LogRegistry {
		return t.o.Registry
	}
	return t.o.Local
}
