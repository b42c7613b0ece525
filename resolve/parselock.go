package resolve

import (
	"fmt"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// LockError says where and why a text is not a lock file.
type LockError struct {
	Line   int // from 1
	Reason string
}

// Error returns one line.
func (e *LockError) Error() string { return fmt.Sprintf("lock file, line %d: %s", e.Line, e.Reason) }

// ParseLock reads the text of a lock file of at most 64 MiB. The order of the
// lines does not matter, nor does a line that is there twice; but no two lines
// may give a module version different digests. Empty lines and lines that start
// with "#" are skipped. The error is a [*LockError].
func ParseLock(data []byte) (*Lock, error) {
	if len(data) > maxLockSize {
		return nil, &LockError{1, fmt.Sprintf("it has %d bytes, and at most %d are read", len(data), maxLockSize)}
	}
	l := &Lock{}
	digests := map[moduleKey]string{}
	roots := map[string]bool{}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimRight(line, "\r\n")
		var reason string
		switch {
		case n == 1:
			if line != lockHeader {
				reason = fmt.Sprintf("want %q, got %.40q", lockHeader, line)
			}
		case line == "" || line[0] == '#':
		case isMergeMark(line):
			reason = "a merge conflict is not resolved: keep the lines that you want, or both and resolve anew"
		case roots[line]:
		default:
			reason = l.read(line, digests)
			roots[line] = true
		}
		if reason != "" {
			return nil, &LockError{n, reason}
		}
	}
	if n == 0 {
		return nil, &LockError{1, fmt.Sprintf("want %q, and it is empty", lockHeader)}
	}
	l.sort()
	return l, nil
}

// UnmarshalText sets l to what [ParseLock] reads, as [encoding.TextUnmarshaler].
func (l *Lock) UnmarshalText(text []byte) error {
	o, err := ParseLock(text)
	if err != nil {
		return err
	}
	*l = *o
	return nil
}

func isMergeMark(line string) bool {
	for _, mark := range []string{"<<<<<<<", "=======", ">>>>>>>", "|||||||"} {
		if strings.HasPrefix(line, mark) {
			return true
		}
	}
	return false
}

// read enters one line, or says what is wrong with it.
func (l *Lock) read(line string, digests map[moduleKey]string) (reason string) {
	word, rest, _ := strings.Cut(line, " ")
	if word == "module" {
		return l.readModule(rest, digests)
	}
	r, err := capability.ParseRequirement(rest)
	if err != nil {
		return err.Error()
	}
	switch word {
	case "needs":
	case "needs-all":
		r.Many = true
	case "wants":
		r.Optional = true
	case "wants-all":
		r.Optional, r.Many = true, true
	case "forbids":
		r.Forbid = true
	default:
		return fmt.Sprintf("want needs, wants, forbids or module, got %.40q", word)
	}
	l.Roots = append(l.Roots, r)
	return ""
}

func (l *Lock) readModule(text string, digests map[moduleKey]string) (reason string) {
	fields := strings.Split(text, " ")
	if len(fields) != 3 {
		return fmt.Sprintf("want a name, a version and a digest or \"-\", got %d fields", len(fields))
	}
	for _, f := range fields {
		if f == "" || len(f) > maxLockField || strings.ContainsFunc(f, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\uFFFD' }) {
			return fmt.Sprintf("%.40q is no name, version or digest", f)
		}
	}
	version, err := semver.Parse(fields[1])
	if err != nil {
		return err.Error()
	}
	m := Locked{Name: fields[0], Version: version}
	if fields[2] != "-" {
		m.Digest = fields[2]
	}
	key := moduleKey{m.Name, m.Version}
	switch have, ok := digests[key]; {
	case !ok:
		digests[key] = m.Digest
		l.Modules = append(l.Modules, m)
	case have != m.Digest:
		return fmt.Sprintf("%s has two digests", m)
	}
	return ""
}
