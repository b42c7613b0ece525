//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package boltjournal

import (
	"errors"
	"os"
)

// errFileLocked says that another open file holds the lock.
var errFileLocked = errors.New("the file is locked")

// canLock says that lockFile does something.
const canLock = false

// lockFile leaves the lock to bbolt: here an open file cannot take it twice.
func lockFile(*os.File, bool) error { return nil }

// unlockFile leaves it to the closing of the file.
func unlockFile(*os.File) {}

// unlinked reports whether a file has no name any more, which cannot be told here.
func unlinked(os.FileInfo) bool { return false }
