package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/modreg/modreg/internal/disk"
)

// Limits of what is read.
const (
	MaxFile     = 256 << 10 // bytes of a file
	MaxValue    = 4096      // bytes of one value, and of a file that holds a secret
	MaxProblems = 100       // that are listed
)

// Sources are where a configuration comes from.
type Sources struct {
	Profile Profile
	// File is the path of the file; none if empty. A file that is not there is an error unless Optional is set.
	File     string
	Optional bool
	// Environ are the environment variables in the form of [os.Environ]. Others are names of variables that begin with [Prefix] and are
	// for somebody else.
	Environ, Others []string
	// Flags are those of the command line; may be nil.
	Flags *Flags
}

// Loaded is a configuration and where its values came from. It must not be changed.
type Loaded struct {
	Config   Config
	Profile  Profile
	Warnings []*Problem // of what does no harm, but is probably not meant

	origins  map[string]Origin
	replaced map[string][]Origin // what another one went before
}

// Load reads a configuration: every value from the flags, else the variables, else the file, else it is the default. A list is
// taken whole. All values are checked, those too that others go before. The error is of type [Problems].
func Load(s Sources) (*Loaded, error) {
	l := &loader{Loaded: &Loaded{
		Config: Defaults(s.Profile), Profile: s.Profile, origins: map[string]Origin{}, replaced: map[string][]Origin{},
	}}
	l.fields = l.Config.fields()
	l.file(s)
	l.apply(readVariables(s.Environ, s.Others, l.fields, l.bad, l.warn), "")
	l.apply(readFlags(s.Flags, l.fields, l.bad), "")
	l.readSecrets()
	if len(l.problems) == 0 {
		l.check()
	}
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	return l.Loaded, nil
}

type loader struct {
	*Loaded
	fields   []field
	problems Problems
}

func (l *loader) bad(p *Problem) {
	switch len(l.problems) {
	case MaxProblems: // and the last says that there are more
	case MaxProblems - 1:
		l.problems = append(l.problems, &Problem{Reason: "there are more problems", Fix: "begin with these"})
	default:
		l.problems = append(l.problems, p)
	}
}

func (l *loader) warn(p *Problem) {
	if len(l.Warnings) < MaxProblems {
		l.Warnings = append(l.Warnings, p)
	}
}

// file reads the file.
func (l *loader) file(s Sources) {
	if s.File == "" {
		return
	}
	from := Origin{Kind: File, Name: s.File}
	data, err := disk.Read(s.File, MaxFile)
	switch {
	case s.Optional && errors.Is(err, fs.ErrNotExist):
		return
	case err != nil:
		l.bad(&Problem{From: from, Reason: "the file cannot be read: " + withoutPath(err)})
		return
	}
	if info, err := os.Stat(s.File); err == nil && writableByAll(info) {
		l.warn(&Problem{From: from, Reason: "everybody on this machine can change the file", Fix: "chmod o-w " + s.File})
	}
	l.apply(readFile(data, s.File, l.fields, l.bad), filepath.Dir(s.File))
}

// withoutPath leaves out what the origin says already, or what may be a secret that was taken for a path.
func withoutPath(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	return fmt.Sprintf("more than %d bytes", MaxFile)
}

// apply sets what a place says.
func (l *loader) apply(found []assignment, dir string) {
	for _, a := range found {
		a.field.set(a.values, dir, func(v raw, err error) { l.bad(problemOf(a.field, v.from, err)) })
		if before, ok := l.origins[a.field.Name]; ok {
			l.replaced[a.field.Name] = append(l.replaced[a.field.Name], before)
		}
		l.origins[a.field.Name] = a.from
	}
}

// readSecrets reads the files of secrets, as far as the secret itself does not go before.
func (l *loader) readSecrets() {
	byName := map[string]*field{}
	for i := range l.fields {
		byName[l.fields[i].Name] = &l.fields[i]
	}
	for _, f := range l.fields {
		if f.form != formSecret {
			continue
		}
		secret, file := f.at.(*Secret), byName[f.Name+fileSuffix]
		path := string(*file.at.(*Path))
		own, given := l.origins[f.Name]
		from := l.origins[file.Name]
		switch {
		case path == "" || given && own.Kind > from.Kind:
			continue
		case given && own.Kind == from.Kind:
			l.bad(&Problem{Key: f.Name, From: own, Reason: "the secret is there, and a file with it", Fix: "unset " + own.Name + " or " + from.Name})
			continue
		case given:
			l.replaced[f.Name] = append(l.replaced[f.Name], own)
		}
		l.origins[f.Name] = from
		got, err := readSecret(path)
		if err != nil {
			l.bad(problemOf(file, from, err))
		}
		if info, err := os.Stat(path); err == nil && writableByAll(info) {
			l.warn(&Problem{Key: file.Name, From: from, Reason: "everybody on this machine can change the file"})
		}
		*secret = got
	}
}

// readSecret reads a secret from its file. The line may end with a newline.
func readSecret(path string) (Secret, error) {
	data, err := disk.Read(path, MaxValue)
	if err != nil {
		if e, ok := errors.AsType[*fs.PathError](err); ok {
			return Secret{}, &refusal{"the file cannot be read: " + e.Err.Error(), ""}
		}
		return Secret{}, &refusal{"the file is too large", fmt.Sprintf("at most %d bytes", MaxValue)}
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	if text == "" {
		return Secret{}, &refusal{"the file is empty", "write the secret into it"}
	}
	return parseSecret(text)
}

// writableByAll is never true where modes mean nothing.
func writableByAll(info fs.FileInfo) bool {
	return info.Mode().IsRegular() && info.Mode().Perm()&0o002 != 0 && os.PathSeparator == '/'
}
