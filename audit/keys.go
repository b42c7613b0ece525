package audit

import (
	"context"
	"errors"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
)

// RotateKey replaces the signing key of a log by next, see [merkle.Log.Rotate]. If next is nil a key is made, which the log
// keeps where it kept the old one; it is an error if that was given to [Open] and is in no file. The rotation is written
// down.
//
// Errors are those of [Trail.Record] and of Rotate; CodeInvalid if there is no such log.
func (t *Trail) RotateKey(ctx context.Context, log string, next *merkle.Key) error {
	l, err := t.logOf(log)
	if err != nil {
		return err
	}
	if next == nil {
		if log == LogRegistry && t.o.RegistryLog.Key != nil || log == LogNode && t.o.NodeLog.Key != nil {
			return &modreg.Error{
				Code: modreg.CodeInvalid, What: "rotate the key of the log " + log, Why: "a key that is made here would be kept nowhere",
				Fix: "give the next key, as the one before was given",
			}
		}
		if next, err = merkle.GenerateKey(l.Origin()); err != nil {
			return err
		}
	}
	end, err := t.effect(ctx, Event{Class: ClassAudit, Action: "audit:rotate-key", Resource: logResource(log)}, false)
	if err != nil {
		return err
	}
	err = l.Rotate(ctx, next)
	end(err, nil)
	t.breakOn(err)
	if errors.Is(err, merkle.ErrClosed) {
		return t.unavailable(err)
	}
	return err
}

// Keyring returns the keys that sign the checkpoints of a log, by which others verify them; nil if there is no such log.
func (t *Trail) Keyring(log string) *merkle.Keyring {
	l, err := t.logOf(log)
	if err != nil {
		return nil
	}
	return l.Keyring()
}

// Checkpoint takes in what others appended to a log, and returns a checkpoint that covers it. Errors are those of [merkle.Log.Advance];
// CodeInvalid if there is no such log.
func (t *Trail) Checkpoint(ctx context.Context, log string) (merkle.Checkpoint, error) {
	l, err := t.logOf(log)
	if err != nil {
		return merkle.Checkpoint{}, err
	}
	if err := l.Advance(ctx); err != nil {
		t.breakOn(err)
		return merkle.Checkpoint{}, err
	}
	return l.Checkpoint(), nil
}
