package modreg

import "context"

// An Auditor is told what a registry does that its journal does not show: it starts, stops, quarantines and releases
// modules. Package audit has one. Its methods may be called by several goroutines at once and may block.
type Auditor interface {
	// Begin takes down that an act is about to happen, and returns when that is as durable as the auditor makes it. The
	// origin of the act (package record) is in ctx. If Begin returns an error, the act does not happen, unless it is
	// protective; it then happens and end, if not nil, is called all the same. The registry calls end
	// once, with the error that the act ended with, or nil.
	Begin(ctx context.Context, act Act) (end func(err error), err error)
}

// An Act is something that a registry does in its process.
type Act struct {
	Action     string // "start", "stop", "quarantine" or "release"
	Module     string // name of the module
	Version    string // its version
	Reason     string // why, when there is a reason; may be empty
	Protective bool   // it takes something out of service, and is not refused because it cannot be taken down
}

// WithAuditor makes the registry tell a what it does in this process. Without one it tells nobody.
func WithAuditor(a Auditor) Option {
	return openOption(func(o *options) { o.auditor = a })
}

// audited carries out an act under the eyes of the auditor.
func (r *Registry) audited(ctx context.Context, v *version, act Act, do func() error) error {
	if r.opts.auditor == nil {
		return do()
	}
	act.Module, act.Version = v.name, v.vers.String()
	end, err := r.opts.auditor.Begin(ctx, act)
	if err != nil && !act.Protective {
		return &Error{Code: codeOr(err, CodeAuditUnavailable), What: act.Action + " " + v.ref(), Err: err}
	}
	err = do()
	if end != nil {
		end(err)
	}
	return err
}
