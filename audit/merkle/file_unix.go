//go:build unix

package merkle

import (
	"errors"
	"io/fs"
)

// checkPrivate refuses a file that anyone but its owner may read or write.
func checkPrivate(info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 != 0 {
		return errors.New("group or others may use it (chmod 600)")
	}
	return nil
}
