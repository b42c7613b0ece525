package runtimetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/modreg/modreg"
)

// A Sample is a module of the suite in Go. It is a [modreg.Processor], [modreg.Starter], [modreg.HealthChecker] and
// [modreg.Stopper], so that it can be a native module as it is, and the inside of a module of other runtimes.
// It is safe for concurrent use.
type Sample struct {
	behaviour  Behaviour
	dependency modreg.Processor
}

// NewSample returns a module with the behaviour. The dependency is what it relays to, nil if it does not.
func NewSample(b Behaviour, dependency modreg.Processor) *Sample {
	return &Sample{behaviour: b, dependency: dependency}
}

var errRefused = errors.New(FailureText)

// do does what a behaviour says where its turn has come.
func (s *Sample) do(ctx context.Context, fails, panics, waits Behaviour) error {
	switch s.behaviour {
	case fails:
		return errRefused
	case panics:
		panic(fmt.Sprintf("a module that %v", s.behaviour))
	case waits:
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

// Start starts the module.
func (s *Sample) Start(ctx context.Context) error {
	return s.do(ctx, StartFails, StartPanics, StartWaits)
}

// Health probes the module.
func (s *Sample) Health(ctx context.Context) error { return s.do(ctx, HealthFails, 0, HealthWaits) }

// Stop stops the module.
func (s *Sample) Stop(ctx context.Context) error { return s.do(ctx, StopFails, 0, StopWaits) }

// Process serves a call.
func (s *Sample) Process(ctx context.Context, in []byte) ([]byte, error) {
	if err := s.do(ctx, Fails, Panics, Waits); err != nil {
		return nil, err
	}
	switch s.behaviour {
	case Relays:
		return s.dependency.Process(ctx, in)
	case Lower:
		return mapRange(in, 'A', 'a'), nil
	default:
		return mapRange(in, 'a', 'A'), nil
	}
}

// mapRange moves the 26 letters that begin at from to those that begin at to, byte by byte.
func mapRange(in []byte, from, to byte) []byte {
	out := bytes.Clone(in)
	for i, c := range out {
		if c >= from && c < from+26 {
			out[i] = c - from + to
		}
	}
	return out
}
