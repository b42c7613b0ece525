package modreg

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// A Code says what kind of failure an error is. Codes are stable: programs may test them and documents may name them.
type Code string

// The codes of this package.
const (
	CodeInvalid          Code = "invalid"           // input outside its grammar or limits: a name, range, filter, query, manifest or configuration
	CodeNotFound         Code = "not_found"         // no such module, version or capability
	CodeConflict         Code = "conflict"          // the version is registered with other content, or bound here already
	CodeTypeConflict     Code = "type_conflict"     // one capability, two Go types
	CodeUndeclared       Code = "undeclared"        // a module asked for what its manifest does not require
	CodeUnbound          Code = "unbound"           // declared, but this process does not know how to start it
	CodeUnsupported      Code = "unsupported"       // the runtime cannot do or enforce what the manifest asks
	CodeUnresolved       Code = "unresolved"        // requirements that nothing registered satisfies
	CodeCycle            Code = "cycle"             // modules that need each other to start
	CodeInUse            Code = "in_use"            // a running module needs what was to be removed
	CodeUnavailable      Code = "unavailable"       // nothing that matches can serve the call now
	CodeQuarantined      Code = "quarantined"       // taken out of service by an operator
	CodeFailed           Code = "failed"            // module code returned an error while starting, stopping, probing or being configured
	CodePanic            Code = "panic"             // module code panicked
	CodeDeadline         Code = "deadline"          // a deadline passed
	CodeCanceled         Code = "canceled"          // the caller's context was cancelled
	CodeLagged           Code = "lagged"            // a watcher was too slow and lost events
	CodeJournal          Code = "journal"           // the journal refused, failed or holds what this version cannot read
	CodeAuditUnavailable Code = "audit_unavailable" // what must be taken down for the audit cannot be, so that it does not happen
	CodeClosed           Code = "closed"            // the registry, handle or lease is closed
	CodeUnknown          Code = "unknown"           // an error that did not come from modreg
)

// An Error is the one error type of this package. Every error that a method of this package returns is or
// wraps one, except the error that a caller's own function returned inside [Do], which is passed on as it is.
type Error struct {
	Code Code
	What string // what could not be done, with the names involved
	Why  string // the reason
	Fix  string // what to do about it, when there is something; may be empty
	Err  error  // the cause, when there is one
}

// Error says what could not be done, why, and the fix when there is one.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.What)
	why := e.Why
	if why == "" && e.Err != nil {
		why = e.Err.Error()
	}
	if why != "" {
		b.WriteString(": ")
		b.WriteString(why)
	}
	if e.Fix != "" {
		b.WriteString(" (")
		b.WriteString(e.Fix)
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the outermost [*Error] in err's chain; CodeCanceled or CodeDeadline when err
// is an error of a context; "" for nil and CodeUnknown for everything else.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	switch {
	case errors.Is(err, context.Canceled):
		return CodeCanceled
	case errors.Is(err, context.DeadlineExceeded):
		return CodeDeadline
	}
	return CodeUnknown
}

// invalid wraps an error of one of the pure packages (a syntax or manifest error) at the door.
func invalid(what string, err error) *Error {
	return &Error{Code: CodeInvalid, What: what, Err: err}
}

// interrupted wraps the error of a context that ended while something was waited for.
func interrupted(what string, err error) *Error {
	code := CodeCanceled
	if errors.Is(err, context.DeadlineExceeded) {
		code = CodeDeadline
	}
	return &Error{Code: code, What: what, Err: err}
}

// A PanicError is the cause of an [Error] with CodePanic: module code panicked. The panic did not leave the call.
type PanicError struct {
	Module  string // name of the module
	Version string // its version
	Value   any    // what it panicked with
	Stack   []byte // the stack of the panicking goroutine
}

// Error names the module and the value of the panic. The stack is in the field.
func (e *PanicError) Error() string {
	return fmt.Sprintf("module %s@%s panicked: %v", e.Module, e.Version, e.Value)
}

// Unwrap returns the value of the panic if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
