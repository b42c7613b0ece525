package modregtest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/modreg/modreg"
)

// A specimen is a module with a fault: what it does in place of nothing.
type specimen struct {
	start func() error
	stop  func()
	serve func(ctx context.Context) error
}

func (s *specimen) Start(context.Context) error {
	if s.start != nil {
		return s.start()
	}
	return nil
}

func (s *specimen) Stop(context.Context) error {
	if s.stop != nil {
		s.stop()
	}
	return nil
}

func (s *specimen) Serve(ctx context.Context) error {
	if s.serve != nil {
		return s.serve(ctx)
	}
	return nil
}

var specimens = modreg.NewCapability[*specimen]("test.specimen")

var errFault = errors.New("the fault")

// A fault is something that modules must not do, and the topic of [Conform] that must find it.
type fault struct {
	name, topic string
	// plant returns the factory of a module with the fault. What the module hangs in ends with release.
	plant func(release <-chan struct{}) func() *specimen
}

func faults() []fault {
	return []fault{
		{"does not start", "lifecycle", failingStart},
		{"starts only once", "lifecycle", singleStart},
		{"does not stop", "lifecycle", hangingStop},
		{"panics", "lifecycle", panicking},
		{"wears out", "concurrency", wearingOut},
		{"hangs in the crowd", "concurrency", hangingInCrowd},
		{"knows only its newest instance", "instances", newestOnly},
		{"hangs when its context has ended", "cancellation", ignoringContext},
		{"is spoiled by a use that was cancelled", "cancellation", spoiled},
		{"has one instance at a time", "swap", oneAtATime},
		{"leaves a goroutine of its start", "leaks", leakingStart},
		{"leaves a goroutine of a use", "leaks", leakingUse},
	}
}

func failingStart(<-chan struct{}) func() *specimen {
	return func() *specimen { return &specimen{start: func() error { return errFault }} }
}

func singleStart(<-chan struct{}) func() *specimen {
	var starts atomic.Int64
	return func() *specimen {
		return &specimen{start: func() error {
			if starts.Add(1) > 1 {
				return errFault
			}
			return nil
		}}
	}
}

func hangingStop(release <-chan struct{}) func() *specimen {
	return func() *specimen { return &specimen{stop: func() { <-release }} }
}

func panicking(<-chan struct{}) func() *specimen {
	return func() *specimen { return &specimen{serve: func(context.Context) error { panic(errFault) }} }
}

func wearingOut(<-chan struct{}) func() *specimen {
	return func() *specimen {
		var uses atomic.Int64
		return &specimen{serve: func(context.Context) error {
			if uses.Add(1) > users {
				return errFault
			}
			return nil
		}}
	}
}

func hangingInCrowd(release <-chan struct{}) func() *specimen {
	return func() *specimen {
		var uses atomic.Int64
		return &specimen{serve: func(context.Context) error {
			if uses.Add(1) > users {
				<-release
			}
			return nil
		}}
	}
}

func newestOnly(<-chan struct{}) func() *specimen {
	var newest atomic.Pointer[specimen]
	return func() *specimen {
		s := &specimen{}
		s.serve = func(context.Context) error {
			if newest.Load() != s {
				return errFault
			}
			return nil
		}
		newest.Store(s)
		return s
	}
}

func ignoringContext(release <-chan struct{}) func() *specimen {
	return func() *specimen {
		return &specimen{serve: func(ctx context.Context) error {
			if ctx.Err() != nil {
				<-release
			}
			return nil
		}}
	}
}

func spoiled(<-chan struct{}) func() *specimen {
	return func() *specimen {
		var bad atomic.Bool
		return &specimen{serve: func(ctx context.Context) error {
			if ctx.Err() != nil {
				bad.Store(true)
			}
			if bad.Load() {
				return errFault
			}
			return nil
		}}
	}
}

func oneAtATime(<-chan struct{}) func() *specimen {
	var live atomic.Int64
	return func() *specimen {
		return &specimen{
			start: func() error {
				if live.Add(1) > 1 {
					return errFault
				}
				return nil
			},
			stop: func() { live.Add(-1) },
		}
	}
}

func leakingStart(release <-chan struct{}) func() *specimen {
	return func() *specimen {
		return &specimen{start: func() error {
			go func() { <-release }()
			return nil
		}}
	}
}

func leakingUse(release <-chan struct{}) func() *specimen {
	return func() *specimen {
		return &specimen{serve: func(context.Context) error {
			go func() { <-release }()
			return nil
		}}
	}
}
