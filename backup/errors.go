package backup

import (
	"errors"
	"fmt"
)

// Conditions that a caller may test for with errors.Is.
var (
	// ErrUnfinished says that a backup ends before its end: it was not finished, or was cut off.
	ErrUnfinished = errors.New("the backup was not finished or is cut off: use another one")
	// ErrEncrypted says that a backup is encrypted and no identity was given.
	ErrEncrypted = errors.New("the backup is encrypted: give the identity or the passphrase")
	// ErrNotEncrypted says that identities were given for a backup that is not encrypted. It is refused because whoever
	// expects an encrypted backup and finds another may have been given a forged one.
	ErrNotEncrypted = errors.New("the backup is not encrypted: read it without an identity if that is as it should be")
	// ErrNotEmpty says that what is restored into has something in it.
	ErrNotEmpty = errors.New("a backup is restored into an empty place only")
)

// A FormatError says that a backup has a format that this version does not read.
type FormatError struct{ Found, Supported int }

// Error names the two formats.
func (e *FormatError) Error() string {
	return fmt.Sprintf("the backup has format %d and this version of modreg reads %d: use a later version", e.Found, e.Supported)
}

// A DamageError says that a backup is not what [Write] writes: it was changed, or something else was given.
type DamageError struct {
	Where string // the part that is wrong
	Err   error  // what is wrong with it
}

// Error names the part and what is wrong with it.
func (e *DamageError) Error() string {
	return fmt.Sprintf("the backup is damaged: %s: %v", e.Where, e.Err)
}

// Unwrap returns what is wrong.
func (e *DamageError) Unwrap() error { return e.Err }

func damaged(where, format string, args ...any) error {
	return &DamageError{Where: where, Err: fmt.Errorf(format, args...)}
}
