package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"unicode/utf8"
)

// A source is a file to convert.
type source struct {
	path     string
	relative string // where its result goes, below the output folder
}

// collect lists the files that the inputs name; of folders, all files below that are not hidden. It follows no links
// and leaves out the folder that results go to.
func collect(inputs []string, out string) (sources []source, problems []error) {
	for _, input := range inputs {
		info, err := os.Stat(input)
		switch {
		case err != nil:
			problems = append(problems, err)
		case info.IsDir():
			found, err := walk(input, out)
			sources = append(sources, found...)
			if err != nil {
				problems = append(problems, err)
			}
		case !info.Mode().IsRegular():
			problems = append(problems, fmt.Errorf("%s is not a regular file", input))
		default:
			sources = append(sources, source{path: input, relative: filepath.Base(input)})
		}
	}
	return sources, problems
}

func walk(root, out string) (sources []source, err error) {
	skip, err := os.Stat(out)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := path != root && strings.HasPrefix(d.Name(), ".")
		if d.IsDir() {
			return enter(path, d, hidden, path == root, skip)
		}
		if !hidden && d.Type().IsRegular() {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			sources = append(sources, source{path: path, relative: relative})
		}
		return nil
	})
	return sources, err
}

// enter says whether walk goes into a folder. Folders are compared as files are, not by their paths: links may lead to skip,
// the folder that results go to, which is nil as long as it does not exist.
func enter(path string, d fs.DirEntry, hidden, root bool, skip fs.FileInfo) error {
	if hidden {
		return fs.SkipDir
	}
	info, err := os.Stat(path) // of root, which may be a link, d tells about the link
	if err != nil {
		return err
	}
	switch {
	case skip == nil || !os.SameFile(info, skip):
		return nil
	case root:
		return fmt.Errorf("%s is the folder that results go to: choose another with -out", path)
	}
	return fs.SkipDir
}

// mediaType says what a file is: by its name where the content does not tell, else by its content.
func mediaType(path string, data []byte) string {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".md", ".markdown":
		if utf8.Valid(data) && !bytes.ContainsRune(data, 0) {
			return "text/markdown"
		}
	}
	media, _, err := mime.ParseMediaType(http.DetectContentType(data))
	if err != nil {
		return "application/octet-stream"
	}
	return media
}

// A target is the folder that results go to.
type target struct {
	dir   string
	mu    sync.Mutex
	taken map[string]bool // guarded by mu; places that are not to be written: inputs, and what this run has written
}

// newTarget returns the folder dir as the target of a run that reads the sources.
func newTarget(dir string, sources []source) (*target, error) {
	t := &target{dir: dir, taken: map[string]bool{}}
	for _, s := range sources {
		named, err := place(s.path)
		if err != nil {
			return nil, err
		}
		t.taken[named] = true
		if real, err := filepath.EvalSymlinks(s.path); err == nil { // an input may be a link itself
			if named, err = place(real); err != nil {
				return nil, err
			}
			t.taken[named] = true
		}
	}
	return t, nil
}

// place names where path is, so that two ways to write it, or to get there by links, have one name. The folder has to exist.
// Capitals do not count, because on some file systems they do not.
func place(path string) (string, error) {
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	return strings.ToLower(filepath.Join(dir, filepath.Base(path))), nil
}

// write puts a result where relative says, with the extension of the result, and returns the path. It replaces what
// an earlier run left there, but neither an input nor what this run wrote for another file, and never leaves half a file.
func (t *target) write(relative string, r Result) (string, error) {
	if err := os.MkdirAll(filepath.Join(t.dir, filepath.Dir(relative)), 0o755); err != nil {
		return "", err
	}
	path, err := t.reserve(strings.TrimSuffix(relative, filepath.Ext(relative)), r.Extension)
	if err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".content-*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(r.Data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return path, os.Chmod(path, 0o644)
}

// reserve returns a path that is no input and that no other file of this run goes to. Its folder has to exist.
func (t *target) reserve(stem, extension string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n := 1; ; n++ {
		path := filepath.Join(t.dir, stem+extension)
		if n > 1 {
			path = filepath.Join(t.dir, fmt.Sprintf("%s-%d%s", stem, n, extension))
		}
		to, err := place(path)
		if err != nil {
			return "", err
		}
		if !t.taken[to] {
			t.taken[to] = true
			return path, nil
		}
	}
}
