//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package merkle

import (
	"os"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock of an open file, which lasts until the file is closed or the process ends.
func tryLock(f *os.File) error {
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
}

// unlock lets go of the lock also where a process that is just being started has inherited the open file. That the file is
// not locked is no error: it is about to be closed.
func unlock(f *os.File) { _ = unix.Flock(int(f.Fd()), unix.LOCK_UN) }
