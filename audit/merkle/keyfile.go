package merkle

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/modreg/modreg/internal/disk"
)

const (
	maxKeyFile = 4 << 10
	nextSuffix = ".next" // of the file of a key that a rotation is about to put in place
)

// SaveKey writes a key to a file of mode 0600, durably and all or nothing. The key remembers the file: [Log.Rotate] puts
// its successor there. It refuses to replace a file that holds anything else.
func SaveKey(path string, k *Key) error {
	if old, err := readKey(path); err == nil {
		if old.secret != k.secret {
			return fmt.Errorf("save the key in %q: another key is there (move it away first)", path)
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("save the key in %q: %w", path, err)
	}
	if err := disk.Replace(path, []byte(k.secret+"\n")); err != nil {
		return fmt.Errorf("save the key: %w", err)
	}
	k.path = path
	return nil
}

// LoadKey reads a key that [SaveKey] wrote. On Unix it refuses a file that group or others may read or write. If a
// rotation was interrupted it also reads the key beside it, and [Open] uses the one that the keyring names.
// An error wraps [fs.ErrNotExist] if there is no such file; it never has any of the file's content.
func LoadKey(path string) (*Key, error) {
	k, err := readKey(path)
	if err != nil {
		return nil, fmt.Errorf("load the key of %q: %w", path, err)
	}
	k.path = path
	next, err := readKey(path + nextSuffix)
	switch {
	case err == nil:
		k.next = next
	case !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("load the key of %q: %w (it is of a rotation that was interrupted)", path+nextSuffix, err)
	}
	return k, nil
}

// readKey says in its errors what is wrong with the file, and nothing of what it holds.
func readKey(path string) (*Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	info, err := f.Stat()
	if err != nil {
		return nil, bare(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	if err := checkPrivate(info); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, bare(err)
	}
	line, rest, _ := strings.Cut(string(data), "\n")
	if len(data) > maxKeyFile || rest != "" {
		return nil, errors.New("it is more than one line with a key")
	}
	return parseKey(line)
}

// bare drops the path from an error of the file system, as the caller names it.
func bare(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	return err
}
