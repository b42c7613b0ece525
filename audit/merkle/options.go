package merkle

import (
	"errors"
	"fmt"
	"time"
)

// Limits of what the package writes and reads.
const (
	// MaxRecord is the size of the largest record, in bytes, that a log appends or proves.
	MaxRecord = 16 << 20
	// MaxName is the length of the longest origin and of the longest name of a key, in bytes.
	MaxName = 200

	maxSize = 1 << 56 // of a tree: above it the arithmetic of the tree file would overflow
)

// Defaults of [Options].
const (
	DefaultSinkInterval = time.Second
	DefaultSinkTimeout  = 10 * time.Second
	DefaultCloseTimeout = 5 * time.Second
)

// Options say what log [Open] opens. Stream, Origin and Dir are required.
type Options struct {
	// Stream of the journal whose records are the leaves.
	Stream string
	// Origin names the log: it is the first line of its checkpoints. Printable ASCII without spaces and without "+",
	// at most [MaxName] bytes. Two logs never share one.
	Origin string
	// Dir is the folder of the log's files, created with mode 0700. It belongs to one log. "checkpoint" and "keyring" are
	// text and cannot be made again; "tree" can, unless records were pruned; "lock" is empty.
	Dir string
	// Key signs the checkpoints. Without one the log is read-only: it writes nothing, and proves and verifies
	// with the checkpoint that was stored last.
	Key *Key
	// Trust is the verifier key that the keyring must begin with. If it is empty the first key of the keyring in Dir is
	// believed, which a replacement of the whole folder would not contradict.
	Trust string

	// Sinks are handed every new checkpoint, and asked by Open for the newest they have.
	Sinks []Sink
	// RequireSinks makes it an error of Open if a sink that could tell its newest checkpoint does not answer.
	RequireSinks bool
	// SinkInterval is the least time between two publications to one sink; [DefaultSinkInterval] if 0.
	SinkInterval time.Duration
	// SinkTimeout is how long one call of a sink may take; [DefaultSinkTimeout] if 0.
	SinkTimeout time.Duration
	// CloseTimeout is how long [Log.Close] waits for the sinks; [DefaultCloseTimeout] if 0.
	CloseTimeout time.Duration

	// Problem is told what does not fail a caller: a sink that fails, a file that could not be written or was repaired.
	// It is called from several goroutines, must return soon and must not call the log.
	Problem func(error)
	// Now is the clock of the checkpoints; time.Now if nil.
	Now func() time.Time
}

// valid returns the options with the defaults set, or what is wrong with them.
func (o Options) valid() (Options, error) {
	if o.Stream == "" || o.Dir == "" {
		return o, errors.New("open a log: it needs a stream and a folder")
	}
	if err := checkName(o.Origin); err != nil {
		return o, fmt.Errorf("open a log: origin %q: %w", o.Origin, err)
	}
	for _, d := range []time.Duration{o.SinkInterval, o.SinkTimeout, o.CloseTimeout} {
		if d < 0 {
			return o, fmt.Errorf("open log %q: a time of %v is negative", o.Origin, d)
		}
	}
	for _, s := range o.Sinks {
		if s == nil {
			return o, fmt.Errorf("open log %q: a sink is nil", o.Origin)
		}
	}
	o.SinkInterval = either(o.SinkInterval, DefaultSinkInterval)
	o.SinkTimeout = either(o.SinkTimeout, DefaultSinkTimeout)
	o.CloseTimeout = either(o.CloseTimeout, DefaultCloseTimeout)
	if o.Problem == nil {
		o.Problem = func(error) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

func either(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}

// checkName checks an origin or the name of a key. The grammar is narrower than that of signed notes, so that a name
// reads the same everywhere it is shown.
func checkName(name string) error {
	if name == "" || len(name) > MaxName {
		return fmt.Errorf("it has %d bytes, 1 to %d are allowed", len(name), MaxName)
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || c == '+' {
			return errors.New(`it has a character that is not allowed (printable ASCII without spaces and "+")`)
		}
	}
	return nil
}
