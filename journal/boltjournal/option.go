package boltjournal

import "time"

// An Option changes how [Open] opens a journal.
type Option interface{ apply(*options) }

type options struct {
	readOnly    bool
	lockTimeout time.Duration
}

type optionFunc func(*options)

func (f optionFunc) apply(o *options) { f(o) }

// WithReadOnly opens an existing journal for reading only, also on a read-only file system and by several processes at
// once. While one has it open so, none can open it for writing. By default a journal is open for writing too.
func WithReadOnly() Option { return optionFunc(func(o *options) { o.readOnly = true }) }

// WithLockTimeout makes [Open] wait up to d for another process to let go of the journal. By default it does not wait.
func WithLockTimeout(d time.Duration) Option {
	return optionFunc(func(o *options) { o.lockTimeout = d })
}
