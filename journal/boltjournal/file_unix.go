//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package boltjournal

import (
	"errors"
	"os"
	"syscall"
)

// errFileLocked says that another open file holds the lock.
var errFileLocked = errors.New("the file is locked")

// canLock says that lockFile does something.
const canLock = true

// lockFile takes the lock that bbolt takes again on the same open file, so that the file can be inspected under it.
func lockFile(f *os.File, exclusive bool) error {
	how := syscall.LOCK_SH
	if exclusive {
		how = syscall.LOCK_EX
	}
	err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return errFileLocked
	}
	return err
}

// unlockFile lets go of the lock also where a process that is just being started has inherited the open file.
func unlockFile(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// unlinked reports whether a file has no name any more.
func unlinked(info os.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Nlink == 0
}
