package merkle

import (
	"os"

	"golang.org/x/sys/windows"
)

// tryLock takes the lock of an open file, which lasts until the file is closed or the process ends.
func tryLock(f *os.File) error {
	const flags = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	return windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{})
}

// unlock leaves it to the closing of the file.
func unlock(*os.File) {}
