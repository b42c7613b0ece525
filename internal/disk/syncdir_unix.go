//go:build unix

package disk

import (
	"errors"
	"os"
)

// SyncDir makes the names in a folder durable. On systems that cannot and need not it does nothing.
func SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
