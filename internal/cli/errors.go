package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/backup"
	"github.com/modreg/modreg/internal/datadir"
	"github.com/modreg/modreg/journal/boltjournal"
)

// The exit codes. They are the same for every command.
const (
	exitOK           = 0
	exitFailed       = 1
	exitUsage        = 2
	exitNotFound     = 3
	exitDenied       = 4
	exitConflict     = 5
	exitUnresolved   = 6
	exitVerification = 7
	exitTimeout      = 8
	exitFindings     = 100
	exitInterrupted  = 130
)

// exitCodes explains them, in their order.
func exitCodes() []struct {
	code int
	text string
} {
	return []struct {
		code int
		text string
	}{
		{exitOK, "ok"},
		{exitFailed, "failed"},
		{exitUsage, "called wrongly: a flag, an argument or a file that cannot be meant"},
		{exitNotFound, "what was named is not there"},
		{exitDenied, "not allowed"},
		{exitConflict, "in the way of something: a folder that another process holds, a file that exists"},
		{exitUnresolved, "requirements cannot be resolved"},
		{exitVerification, "verification failed: what was read is not what was written"},
		{exitTimeout, "timed out waiting"},
		{exitFindings, "done, and there are findings"},
		{exitInterrupted, "interrupted"},
	}
}

func exitCodesHelp() string {
	var b strings.Builder
	for _, e := range exitCodes() {
		fmt.Fprintf(&b, "%4d  %s\n", e.code, e.text)
	}
	return strings.TrimRight(b.String(), "\n")
}

// A failure is an error of a command: what could not be done, why, and what helps.
type failure struct {
	exit int
	what string
	why  string
	fix  string
	err  error
}

func (f *failure) Error() string {
	text := f.what
	if why := f.reason(); why != "" {
		text += ": " + why
	}
	return text
}

func (f *failure) Unwrap() error { return f.err }

func (f *failure) reason() string {
	if f.why == "" && f.err != nil {
		return f.err.Error()
	}
	return f.why
}

var errInterrupted = &failure{exit: exitInterrupted, what: "interrupted"}

// usage is the error of a command that was called wrongly.
func usage(cmd *cobra.Command, why string) error {
	return &failure{exit: exitUsage, what: cmd.CommandPath(), why: why, fix: cmd.CommandPath() + " --help"}
}

// failed wraps an error with what was being done, and finds out which exit code it means and what helps.
func failed(what string, err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*failure](err); ok {
		return f
	}
	f := &failure{exit: exitFailed, what: what, err: err}
	if e, ok := errors.AsType[*modreg.Error](err); ok {
		f.exit, f.fix = exitOf(e.Code), e.Fix
		f.why = strings.TrimSuffix(err.Error(), " ("+e.Fix+")")
	}
	explain(f, err)
	if f.exit == exitFailed && errors.Is(err, fs.ErrNotExist) {
		f.exit = exitNotFound
	}
	return f
}

// exitOf is the one table from codes of the library to exit codes.
func exitOf(code modreg.Code) int {
	switch code {
	case modreg.CodeInvalid:
		return exitUsage
	case modreg.CodeNotFound:
		return exitNotFound
	case modreg.CodeConflict, modreg.CodeTypeConflict, modreg.CodeInUse:
		return exitConflict
	case modreg.CodeUnresolved, modreg.CodeCycle:
		return exitUnresolved
	case modreg.CodeDeadline:
		return exitTimeout
	case modreg.CodeCanceled:
		return exitInterrupted
	}
	return exitFailed
}

// explain says more of the errors of the journal and the audit log.
func explain(f *failure, err error) {
	if locked, ok := errors.AsType[*boltjournal.LockedError](err); ok {
		f.exit, f.fix = exitConflict, "stop that process, or wait until it ends"
		if locked.PID > 0 {
			f.fix = fmt.Sprintf("stop process %d, or wait until it ends", locked.PID)
		}
	}
	if _, ok := errors.AsType[*boltjournal.CorruptError](err); ok {
		f.exit, f.fix = exitVerification, "keep the folder as it is, and restore a backup into another: modreg restore FILE --data FOLDER"
	}
	if _, ok := errors.AsType[*boltjournal.VersionError](err); ok {
		f.exit, f.fix = exitFailed, "use the version of modreg that wrote it, or a later one"
	}
	if _, ok := errors.AsType[*merkle.TamperError](err); ok {
		f.exit, f.fix = exitVerification, "keep the folder as evidence; hold it against a backup and the checkpoints that are kept outside: modreg audit verify --known FILE"
	}
	if errors.Is(err, datadir.ErrNone) {
		f.exit, f.fix = exitNotFound, "name the folder with --data or MODREG_DATA, or restore a backup: modreg restore FILE --data FOLDER"
	}
	if errors.Is(err, backup.ErrHalfRestored) {
		f.exit, f.fix = exitFailed, "empty the folder and restore again"
	}
	if errors.Is(err, modreg.ErrPruned) {
		f.exit, f.fix = exitNotFound, "look into a backup or an export from before it was pruned"
	}
}

// fileError is an error of a file that the user named.
func fileError(path string, err error) error {
	f := &failure{exit: exitFailed, what: "file " + quote(path), err: err}
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		f.why = pe.Err.Error()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.exit = exitNotFound
	case errors.Is(err, fs.ErrExist):
		f.exit, f.fix = exitConflict, "name another file, or move this one away"
	case errors.Is(err, fs.ErrPermission):
		f.exit = exitDenied
	}
	return f
}

// report writes an error for a person and returns the exit code.
func report(w io.Writer, err error) int {
	f, ok := errors.AsType[*failure](err)
	if !ok { // of cobra itself: an unknown command
		f = &failure{exit: exitUsage, what: "modreg", why: err.Error(), fix: "modreg help"}
	}
	fmt.Fprintln(w, "Error:", printable(f.what))
	if why := f.reason(); why != "" {
		fmt.Fprintln(w, "  Why: ", printable(why))
	}
	if f.fix != "" {
		fmt.Fprintln(w, "  Fix: ", printable(f.fix))
	}
	return f.exit
}

// printable makes text from outside harmless for a terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || strconv.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, strings.ReplaceAll(s, "\n", "\n        "))
}

func quote(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strconv.Quote(s)
}
