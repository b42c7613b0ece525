package boltjournal_test

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/modreg/modreg/journal/boltjournal"
)

// fixedSteps does one thing after the other in one thread, so that its system calls can be counted, and goes on after errors.
func fixedSteps(_ *testing.T, w *worker, path string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	j, err := boltjournal.Open(path)
	if err != nil {
		w.fail("open", err)
		return
	}
	w.say("open")
	steps := []func() error{
		func() error { return w.append(j, "a", 1) },
		func() error { return w.append(j, "b", 1) },
		func() error { return w.append(j, "a", 30) },
		func() error { return w.snapshot(j, "a") },
		func() error { return w.prune(j, "a", 5) },
		func() error { return w.append(j, "b", 4) },
		func() error { return w.append(j, "a", 2) },
		func() error { return w.append(j, "b", 1) },
		func() error { return w.append(j, "a", 1) },
	}
	for i := 0; i < len(steps); i++ {
		if err := steps[i](); err != nil {
			w.fail(fmt.Sprintf("step %d", i), err)
			if i == len(steps)-1 { // so that it is seen whether the journal goes on
				steps = append(steps, func() error { return w.append(j, "b", 1) })
			}
		}
		if i > 20 {
			break // it has broken off
		}
	}
	w.readBack(j, "a", 26)
	w.readBack(j, "b", 1)
	if err := j.Close(); err != nil {
		w.fail("close", err)
	}
}

// readBack reads what was acknowledged, which must be there whatever has failed, and reports it if it is not. From the
// given record on it must be there even if it is in doubt what was pruned.
func (w *worker) readBack(j *boltjournal.Journal, stream string, from uint64) {
	first, err := j.First(w.ctx, stream)
	if err == nil {
		from = first
	} else if !errors.Is(err, boltjournal.ErrBroken) {
		w.say("failed lost first record of %s: %v", stream, err)
		return
	}
	next := from
	for rec, err := range j.Read(w.ctx, stream, from) {
		if errors.Is(err, boltjournal.ErrBroken) {
			return // beyond what was acknowledged
		}
		if err == nil {
			_, _, err = identify(rec.Data)
		}
		if err != nil || rec.Seq != next {
			w.say("failed lost record %d of %s: %v", next, stream, err)
			return
		}
		next++
	}
	if head, err := j.Head(w.ctx, stream); err != nil || head != next-1 {
		w.say("failed lost records of %s from %d to %d: %v", stream, next, head, err)
	}
}
