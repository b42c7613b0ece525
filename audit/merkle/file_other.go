//go:build !unix

package merkle

import "io/fs"

// checkPrivate accepts every file: who may read it is not in its mode here.
func checkPrivate(fs.FileInfo) error { return nil }
