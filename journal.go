package modreg

import (
	"context"
	"crypto/sha256"
	"errors"
	"iter"
)

// A Record is one transaction in a journal.
type Record struct {
	// Seq is the record's place in its stream: 1 for the first, one more for each next, no gaps.
	Seq uint64
	// Data is the transaction as the registry encoded it. A journal does not look into it.
	Data []byte
}

// A Journal is an append-only log of transactions in named streams. It is what a [Registry] stands on:
// the desired state is the fold of one stream.
//
// Implementations are safe for concurrent use, also by several registries and processes where they say so.
// They copy data they keep and hand out data that is never changed; callers must not change it either.
// The package journal/journaltest holds the suite that every implementation passes.
type Journal interface {
	// Append adds a batch of transactions to the end of a stream, all or nothing, if the stream's head is
	// head. It returns the new head. It returns an error that wraps [ErrHeadMoved], and appends nothing,
	// if the head is another. Any other error leaves open whether the batch was appended: the caller reads
	// the stream to find out. An empty batch is an error. Once Append returned nil the batch is as durable
	// as the journal makes it.
	Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error)
	// Head returns the sequence number of the stream's last record, 0 for a stream without records.
	// It is never older than what an Append that returned before the call reported.
	Head(ctx context.Context, stream string) (uint64, error)
	// Read yields the records with from ≤ Seq ≤ the head at the time of the call, in order. An error ends it:
	// one that wraps [ErrPruned] if the journal does not have the record from any more. A from of 0 means 1.
	Read(ctx context.Context, stream string, from uint64) iter.Seq2[Record, error]
	// Watch yields the records with from ≤ Seq in order, waits for later ones, and yields them too: without
	// gaps and without repeats. It ends with an error: that of the context when it ends.
	Watch(ctx context.Context, stream string, from uint64) iter.Seq2[Record, error]
}

// ErrHeadMoved is wrapped by the error of [Journal.Append] when the stream's head is not the expected one.
var ErrHeadMoved = errors.New("the head of the stream has moved")

// ErrPruned is wrapped by the error of [Journal.Read] and [Journal.Watch] when the records asked for were pruned.
var ErrPruned = errors.New("the records are pruned")

// A SnapshotStore is a [Journal] that also keeps states that were folded from its streams, so that a registry can
// start from one instead of from the first record. What it keeps is derived: a registry without it only starts slower.
type SnapshotStore interface {
	// PutSnapshot keeps a snapshot of a stream, as durable as a record. Of the snapshots of one stream it keeps at least the
	// two with the highest Seq. A snapshot beyond the head of the stream is an error.
	PutSnapshot(ctx context.Context, stream string, s StoredSnapshot) error
	// LoadSnapshot returns the kept snapshot with the highest Seq ≤ atMost; the zero value if there is none. One that
	// is damaged is passed over.
	LoadSnapshot(ctx context.Context, stream string, atMost uint64) (StoredSnapshot, error)
}

// A StoredSnapshot is the state after one record, encoded by whoever folded it.
type StoredSnapshot struct {
	Seq  uint64            // of the last record that is in it
	Hash [sha256.Size]byte // of that record's data, which binds the snapshot to the history before it
	Data []byte
}

// A Pruner is a [Journal] that can let go of old records. Sequence numbers and the head stay what they are.
type Pruner interface {
	// Prune drops the records with Seq < before. It never drops the last record of a stream: a before beyond the head is an error.
	Prune(ctx context.Context, stream string, before uint64) error
	// First returns the sequence number of the first record that is there: 1 for a stream that was never pruned.
	First(ctx context.Context, stream string) (uint64, error)
}
