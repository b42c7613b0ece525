package main

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"
)

// A Measurement is what one stage did.
type Measurement struct {
	Position int           `json:"position"` // from 1
	Stage    string        `json:"stage"`    // as the pipeline names it
	Module   string        `json:"module"`   // name@version
	In       int64         `json:"bytes_in"`
	Out      int64         `json:"bytes_out"`
	Duration time.Duration `json:"duration_ns"` // waiting for its neighbours included
	Error    string        `json:"error,omitempty"`
}

func (l *link) measurement(d time.Duration, err error) Measurement {
	m := Measurement{Stage: l.step.spec.text, Module: l.step.module, In: l.in.n.Load(), Out: l.out.n.Load(), Duration: d}
	if err != nil {
		m.Error = err.Error()
	}
	return m
}

// A meteredReader counts what a stage reads, and ends with the pipeline.
type meteredReader struct {
	ctx context.Context //nolint:containedctx // the reader lives within one call
	r   io.Reader
	n   atomic.Int64
}

func newMeteredReader(ctx context.Context, r io.Reader) *meteredReader {
	return &meteredReader{ctx: ctx, r: r}
}

// Read reads and counts.
func (m *meteredReader) Read(b []byte) (int, error) {
	if m.ctx.Err() != nil {
		return 0, aborted(context.Cause(m.ctx))
	}
	n, err := m.r.Read(b)
	m.n.Add(int64(n))
	return n, err
}

// A meteredWriter counts what a stage writes, ends with the pipeline, and remembers that it failed.
type meteredWriter struct {
	ctx    context.Context //nolint:containedctx // the writer lives within one call
	w      io.Writer
	n      atomic.Int64
	failed atomic.Pointer[error]
}

func newMeteredWriter(ctx context.Context, w io.Writer) *meteredWriter {
	return &meteredWriter{ctx: ctx, w: w}
}

// Write writes and counts.
func (m *meteredWriter) Write(b []byte) (n int, err error) {
	if m.ctx.Err() != nil {
		err = aborted(context.Cause(m.ctx))
	} else {
		n, err = m.w.Write(b)
		m.n.Add(int64(n))
	}
	if err == nil && n < len(b) {
		err = errors.New("short write")
	}
	if err != nil {
		m.failed.CompareAndSwap(nil, &err)
	}
	return n, err
}

// failure is the first error of the writer.
func (m *meteredWriter) failure() error {
	if err := m.failed.Load(); err != nil {
		return *err
	}
	return nil
}
