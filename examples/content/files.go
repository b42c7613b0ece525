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
	skip, err := filepath.Abs(out)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := path != root && strings.HasPrefix(d.Name(), ".")
		if abs, _ := filepath.Abs(path); d.IsDir() && (hidden || abs == skip) {
			return fs.SkipDir
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
	taken map[string]bool // guarded by mu; absolute paths that are not to be written: inputs, and what this run has written
}

// newTarget returns the folder dir as the target of a run that reads the sources.
func newTarget(dir string, sources []source) (*target, error) {
	t := &target{dir: dir, taken: map[string]bool{}}
	for _, s := range sources {
		path, err := filepath.Abs(s.path)
		if err != nil {
			return nil, err
		}
		t.taken[path] = true
	}
	return t, nil
}

// write puts a result where relative says, with the extension of the result, and returns the path. It replaces what
// an earlier run left there, but neither an input nor what this run wrote for another file, and never leaves half a file.
func (t *target) write(relative string, r Result) (string, error) {
	path, err := t.reserve(strings.TrimSuffix(relative, filepath.Ext(relative)), r.Extension)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
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

// reserve returns a path that no other file of this run goes to.
func (t *target) reserve(stem, extension string) (string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for n := 1; ; n++ {
		path := filepath.Join(t.dir, stem+extension)
		if n > 1 {
			path = filepath.Join(t.dir, fmt.Sprintf("%s-%d%s", stem, n, extension))
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return "", err
		}
		if !t.taken[abs] {
			t.taken[abs] = true
			return path, nil
		}
	}
}
