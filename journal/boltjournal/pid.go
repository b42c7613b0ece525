package boltjournal

import (
	"io"
	"os"
	"strconv"
	"strings"
)

// A pidFile says which process has the journal open for writing. It is information, not a lock, so
// whatever fails with it is passed over.
type pidFile struct{ f *os.File }

func pidPath(path string) string { return path + ".pid" }

// writePID leaves the number of this process, and holds a lock on the file so that one left by a process that was
// killed is not believed. The caller has the journal locked.
func writePID(path string) *pidFile {
	_ = os.Remove(pidPath(path))
	f, err := os.OpenFile(pidPath(path), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644) // not through a link that somebody left
	if err != nil {
		return nil
	}
	if lockFile(f, true) == nil {
		_, _ = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	}
	return &pidFile{f}
}

// remove takes the number away.
func (p *pidFile) remove() {
	if p == nil {
		return
	}
	_ = os.Remove(p.f.Name())
	_ = p.f.Close()
}

// readPID returns which process has the journal open for writing, 0 if that cannot be told.
func readPID(path string) int {
	f, err := os.Open(pidPath(path))
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }()
	if lockFile(f, false) == nil && canLock {
		return 0 // nobody holds it: it was left behind
	}
	text, err := io.ReadAll(io.LimitReader(f, 20))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid < 0 {
		return 0
	}
	return pid
}
