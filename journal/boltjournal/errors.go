package boltjournal

import (
	"errors"
	"fmt"
	"strings"
)

// Conditions that a caller may test for with [errors.Is].
var (
	// ErrClosed says that the journal was closed. It ends a Watch.
	ErrClosed = errors.New("the journal is closed")
	// ErrReadOnly says that a journal opened with [WithReadOnly] was asked to write.
	ErrReadOnly = errors.New("the journal is open for reading only")
	// ErrBroken says that an earlier write ended in doubt, or that the file is no longer the one that was opened, so
	// that the journal writes no more. The error that wraps it also wraps the first cause.
	ErrBroken = errors.New("the journal writes no more: repair the disk or restore a backup, then open it again")
	// ErrReplaced says that another file stands at the journal's path.
	ErrReplaced = errors.New("another file stands in the journal's place")
	// ErrUnlinked says that the journal's file was deleted or moved away.
	ErrUnlinked = errors.New("the journal's file was deleted or moved away")
	// ErrTruncated says that the journal's file is shorter than it was.
	ErrTruncated = errors.New("the journal's file was cut off")
)

// A LockedError says that another process has the journal open.
type LockedError struct {
	Path string
	PID  int // of that process; 0 if it is not known
}

// Error implements error.
func (e *LockedError) Error() string {
	who := "another process, which did not leave its number,"
	if e.PID != 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("%s: %s has the journal open; stop it, or use another file", e.Path, who)
}

// A VersionError says that the file has a layout that cannot be used as it is: a later one than this version of
// modreg knows, or an earlier one in a journal that is opened for reading only.
type VersionError struct {
	Path             string
	Found, Supported int
}

// Error implements error.
func (e *VersionError) Error() string {
	if e.Found < e.Supported {
		return fmt.Sprintf("%s: the file has layout %d and this version reads %d; open it for writing once, which brings it forward",
			e.Path, e.Found, e.Supported)
	}
	return fmt.Sprintf("%s: the file has layout %d and this version knows layouts up to %d; use the version of modreg that wrote it, or a later one",
		e.Path, e.Found, e.Supported)
}

// A CorruptError says that the file is damaged. Nothing that was read up to it is in doubt.
type CorruptError struct {
	Path  string
	Where string // a page, a bucket, a stream, a snapshot
	Seq   uint64 // of the record, 0 if the damage is not in a record
	Err   error  // what is wrong with it
}

// Error implements error.
func (e *CorruptError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: damaged at %s", e.Path, e.Where)
	if e.Seq != 0 {
		fmt.Fprintf(&b, ", record %d", e.Seq)
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	b.WriteString("; restore a backup")
	return b.String()
}

// Unwrap returns what is wrong.
func (e *CorruptError) Unwrap() error { return e.Err }

// A brokenError is the error of everything that writes after a write that ended in doubt.
type brokenError struct{ cause error }

func (e *brokenError) Error() string {
	return fmt.Sprintf("%v; the first cause: %v", ErrBroken, e.cause)
}
func (e *brokenError) Unwrap() []error { return []error{ErrBroken, e.cause} }
