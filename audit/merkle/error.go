package merkle

import (
	"errors"
	"fmt"
	"strings"
)

// Conditions that callers test for.
var (
	// ErrClosed is wrapped by the errors of a [Log] that was closed.
	ErrClosed = errors.New("the log is closed")
	// ErrReadOnly is wrapped by the errors of methods that need the signing key of a [Log] that has none.
	ErrReadOnly = errors.New("the log has no signing key")
	// ErrUnsigned is wrapped by the error of [Log.Prove] for a record that no checkpoint covers (yet).
	ErrUnsigned = errors.New("no checkpoint covers the record")
	// ErrTooLarge is wrapped by the errors about a record of more than [MaxRecord] bytes.
	ErrTooLarge = errors.New("the record is too large")
)

// A Tampering says what kind of contradiction a [TamperError] is about.
type Tampering string

// The kinds of tampering.
const (
	Rollback      Tampering = "rollback"       // the evidence covers more records than the log has
	Fork          Tampering = "fork"           // the log is not an extension of what the evidence covers
	ForeignKey    Tampering = "foreign key"    // a checkpoint of this log is signed by a key that the keyring does not know
	ForeignOrigin Tampering = "foreign origin" // a checkpoint of another log stands where one of this log belongs
	Lost          Tampering = "lost"           // what cannot be derived from the records is missing: the keyring, hashes of pruned records
)

// A TamperError says that the log contradicts something that was signed, or that evidence is gone which no crash removes.
// A log in this state is not to be written to any further.
type TamperError struct {
	Kind   Tampering
	Origin string // of the log
	Where  string // what the log contradicts: the local checkpoint, a sink, a checkpoint given by the caller
	Size   uint64 // how many records the evidence covers, 0 if that is not the point
	Head   uint64 // how many records the log has, 0 if that is not the point
	Record uint64 // the first record that is known to differ, 0 if that is not known
	Why    string // one sentence
	Note   []byte // the signed evidence, if there is a note
}

// Error says what contradicts what, and at which record or size.
func (e *TamperError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "log %q was tampered with (%s): %s: %s", e.Origin, e.Kind, e.Where, e.Why)
	if e.Size > 0 {
		fmt.Fprintf(&b, ", at size %d", e.Size)
	}
	if e.Record > 0 {
		fmt.Fprintf(&b, ", first at record %d", e.Record)
	}
	return b.String()
}

// errDamaged says that hashes in the tree file do not fit each other. It never leaves the package.
var errDamaged = errors.New("the tree file is damaged")
