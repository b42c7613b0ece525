//go:build linux || darwin

package cli

import "golang.org/x/sys/unix"

// freeSpace returns how many bytes the file system of a folder has left for this user.
func freeSpace(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return st.Bavail * uint64(st.Bsize), nil //nolint:gosec,unconvert // the size of a block is positive, and of another type elsewhere
}
