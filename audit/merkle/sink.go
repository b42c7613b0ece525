package merkle

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"golang.org/x/mod/sumdb/note"
)

// A Sink keeps checkpoints where whoever can change the log cannot change them: only then does a log that was rewritten
// by the holder of its key contradict something. A [Log] calls its sinks from goroutines of their own, one call at a
// time for each, and is never held up by one.
//
// A sink may also have a method
//
//	Last(ctx context.Context, origin string) ([]byte, error)
//
// see [Memory].
type Sink interface {
	// Publish hands over a checkpoint, and returns nil once it is kept. Checkpoints between two publications are left
	// out. After an error the newest one is tried again. ctx ends after [Options.SinkTimeout].
	Publish(ctx context.Context, cp Checkpoint) error
	// Name says which sink it is, in errors and in [Status]. It shows no secret.
	Name() string
}

// A Memory is a [Sink] that can tell what it was given. [Open] asks it, and refuses a log that contradicts it.
type Memory interface {
	Sink
	// Last returns the newest note of an origin; nil without an error if it has none. It may return several notes, one
	// after another with empty lines between them, in any order: Open takes the largest that is signed well. The sink
	// need not verify anything.
	Last(ctx context.Context, origin string) ([]byte, error)
}

// maxLast bounds what a sink may answer when asked for the newest checkpoint.
const maxLast = 1 << 20

// askSinks holds the log against what its sinks were given. It returns for each the newest checkpoint that it has.
func (l *Log) askSinks(ctx context.Context) ([]Checkpoint, error) {
	known := make([]Checkpoint, len(l.o.Sinks))
	for i, s := range l.o.Sinks {
		m, ok := s.(Memory)
		if !ok {
			continue
		}
		msg, err := l.askSink(ctx, m)
		if err != nil {
			err = fmt.Errorf("ask sink %q for the newest checkpoint: %w", s.Name(), err)
			if l.o.RequireSinks {
				return nil, err
			}
			l.o.Problem(fmt.Errorf("log %q: %w", l.o.Origin, err))
			continue
		}
		if known[i], err = l.believe(ctx, s.Name(), msg); err != nil {
			return nil, err
		}
	}
	return known, nil
}

// askSink waits no longer than the timeout, even for a sink that ignores it.
func (l *Log) askSink(ctx context.Context, m Memory) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, l.o.SinkTimeout)
	defer cancel()
	var msg []byte
	answered := make(chan error, 1)
	go func() {
		answered <- guarded(func() (err error) {
			msg, err = m.Last(ctx, l.o.Origin)
			return err
		})
	}()
	select {
	case err := <-answered:
		if err == nil && len(msg) > maxLast {
			err = fmt.Errorf("it answered %d bytes, at most %d are allowed", len(msg), maxLast)
		}
		return msg, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// believe returns the largest checkpoint that a sink has. It returns a [*TamperError] if the log contradicts it, or if a
// note is of this log but by a key that the keyring does not know: then the keyring may be an old one.
func (l *Log) believe(ctx context.Context, name string, msg []byte) (best Checkpoint, err error) {
	notes, err := splitNotes(msg)
	if err != nil {
		l.o.Problem(fmt.Errorf("log %q: sink %q: %w", l.o.Origin, name, err))
		return best, nil
	}
	where := fmt.Sprintf("sink %q", name)
	var foreign *TamperError
	for _, msg := range notes {
		cp, err := ParseCheckpoint(msg, l.ring, l.o.Origin)
		_, unverified := errors.AsType[*note.UnverifiedNoteError](err)
		switch {
		case err == nil && (best.Note == nil || cp.Size > best.Size):
			best = cp
		case err == nil:
		case unverified && !errors.Is(err, errOrigin):
			foreign = l.tampered(ForeignKey, mark{where: where, note: msg}, 0, 0, err.Error())
		default:
			l.o.Problem(fmt.Errorf("log %q: %s: %w", l.o.Origin, where, err))
		}
	}
	if l.key == nil && best.Size > l.tree.size { // the log has a writer beside this one, who may have gone on
		if err := l.refresh(ctx); err != nil {
			return best, err
		}
	}
	if best.Note != nil {
		if err := l.agreeAll(ctx, []mark{markOf(best, where)}); err != nil {
			return best, err
		}
	}
	if foreign != nil {
		return best, foreign
	}
	return best, nil
}

// guarded calls code of others and makes a panic an error.
func guarded(call func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("it panicked: %v\n%s", v, debug.Stack())
		}
	}()
	return call()
}

// A Status says how a log does.
type Status struct {
	Size  uint64 // of the newest checkpoint
	Sinks []SinkStatus
}

// A SinkStatus says how far a sink has followed.
type SinkStatus struct {
	Name     string
	Size     uint64    // of the checkpoint that was published last, in this run or as the sink said at the start
	At       time.Time // when that was published; zero if not in this run
	Pending  uint64    // the size of the checkpoint that is to be published, 0 if there is none
	Err      error     // why the last publication did not succeed; nil if it did
	Failures int       // publications in a row that did not succeed
}

// Status returns the newest size and how far each sink has followed, in the order of [Options.Sinks].
func (l *Log) Status() Status {
	s := Status{Size: l.view.Load().cp.Size}
	for _, p := range l.sinks {
		s.Sinks = append(s.Sinks, p.read())
	}
	return s
}
