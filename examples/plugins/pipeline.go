package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/internal/nearest"
)

// A pipeline is stages in the order in which data passes them.
type pipeline []step

// A step is a stage that was found and started.
type step struct {
	spec   spec
	module string // name@version
	handle *modreg.Handle[Stage]
}

// build finds the stages and starts their plugins, and no others, so that what is wrong with one shows before
// anything is read or written.
func build(ctx context.Context, reg *modreg.Registry, specs []spec) (pipeline, error) {
	var p pipeline
	for _, s := range specs {
		h, err := modreg.Lookup(ctx, reg, StageCapability, s.options...)
		if modreg.CodeOf(err) == modreg.CodeNotFound {
			err = unknown(reg, s.name, err)
		}
		if err != nil {
			return nil, fmt.Errorf("stage %q: %w", s.text, err)
		}
		m, ok := h.Module()
		if !ok {
			return nil, fmt.Errorf("stage %q: its plugin is gone", s.text)
		}
		p = append(p, step{s, m.Ref(), h})
	}
	for _, s := range p {
		if err := reg.Start(ctx, s.module); err != nil {
			return nil, fmt.Errorf("stage %q: %w", s.spec.text, err)
		}
	}
	return p, nil
}

// unknown says that no stage has the name, and which one may be meant; if one has it, the registry's own
// error says more.
func unknown(reg *modreg.Registry, name string, err error) error {
	known := map[string]bool{}
	found, queryErr := reg.Discover(modreg.Query{Require: []string{StageCapability.Name()}})
	if queryErr != nil {
		return errors.Join(err, queryErr)
	}
	for m := range found {
		for _, c := range m.Provides() {
			value, _ := c.Attrs.Get("name")
			all, _ := value.AsSet()
			for _, n := range all {
				known[n] = true
			}
		}
	}
	if known[name] {
		return err
	}
	hint := "see -list"
	if near := nearest.Of(name, sortedKeys(known)); near != "" {
		hint = fmt.Sprintf("did you mean %q?", near)
	}
	return fmt.Errorf("no plugin has this name (%s)", hint)
}

// run passes in through all stages to out. Each stage runs in a goroutine of its own; between them are pipes, so
// that memory is bounded by what the stages hold. The first error stops all stages, and run returns it when
// they have ended, whatever a stage did with the errors that it met. in must be interruptible by its Close.
func (p pipeline) run(ctx context.Context, in *io.PipeReader, out io.Writer, observe func(context.Context, int, Measurement)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var stages sync.WaitGroup
	reader := in
	for i, s := range p {
		l := &link{step: s, in: newMeteredReader(ctx, reader), upstream: reader}
		if i == len(p)-1 {
			l.out = newMeteredWriter(ctx, out)
		} else {
			reader, l.downstream = io.Pipe()
			l.out = newMeteredWriter(ctx, l.downstream)
		}
		stop := context.AfterFunc(ctx, func() { l.close(context.Cause(ctx)) })
		stages.Go(func() {
			defer stop()
			start := time.Now()
			err := l.run(ctx)
			observe(ctx, i, l.measurement(time.Since(start), err))
			if err != nil {
				err = fmt.Errorf("stage %q (%s): %w", s.spec.text, s.module, err)
				cancel(err) // before the neighbours see it: the first cause is the one that run returns
			}
			l.close(err)
		})
	}
	stages.Wait()
	return context.Cause(ctx)
}

// A link is one stage at work between its neighbours.
type link struct {
	step       step
	in         *meteredReader
	out        *meteredWriter
	upstream   *io.PipeReader
	downstream *io.PipeWriter // nil at the end
}

// run calls the stage. What the stage leaves unread is read here: what stands before it may have to see the
// end to know that all is well, as decrypt does. An error of the writer counts even if the stage ignored it.
func (l *link) run(ctx context.Context) error {
	_, err := modreg.Do(ctx, l.step.handle, func(ctx context.Context, s Stage) (struct{}, error) {
		return struct{}{}, s.Run(ctx, l.in, l.out)
	})
	if err == nil {
		err = l.out.failure()
	}
	if err == nil {
		_, err = io.Copy(io.Discard, l.in)
	}
	return err
}

// close lets the neighbours go on: with the end of the stream, or with the error. It is idempotent.
func (l *link) close(err error) {
	_ = l.upstream.CloseWithError(aborted(err))
	if l.downstream != nil {
		_ = l.downstream.CloseWithError(aborted(err))
	}
}

// aborted wraps an error so that no reader mistakes an io.EOF in it for the end of its stream.
func aborted(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the pipeline stopped: %w", err)
}
