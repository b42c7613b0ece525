package corpus

import (
	"os"
	"path/filepath"
)

// Absent is what a test says when it skips because [Locate] found nothing.
const Absent = "no shared test data: the folder ../shared/data beside the module is absent"

// Locate returns the folder of the data that others made: ../shared/data as
// seen from the root of the module that the working directory is in. It is not
// ok if there is no such folder.
func Locate() (dir string, ok bool) {
	at, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for {
		if info, err := os.Stat(filepath.Join(at, "go.mod")); err == nil && info.Mode().IsRegular() {
			break
		}
		parent := filepath.Dir(at)
		if parent == at {
			return "", false
		}
		at = parent
	}
	dir = filepath.Join(filepath.Dir(at), "shared", "data")
	info, err := os.Stat(dir)
	return dir, err == nil && info.IsDir()
}
