package runtimetest

import (
	"fmt"

	"github.com/modreg/modreg"
)

// A Behaviour is what a module of the suite does. Where nothing else is said, its start, health probe and stop
// succeed, and a call does what [Upper] does.
type Behaviour int

// The behaviours. "Waits" always means: until the context or deadline ends that the runtime was given for it,
// and then with its error.
const (
	Upper       Behaviour = iota + 1 // a call returns its input with the bytes a–z made A–Z
	Lower                            // a call returns its input with the bytes A–Z made a–z
	Fails                            // a call returns an error whose text holds [FailureText]
	Panics                           // a call panics, traps or kills the instance
	Waits                            // a call waits
	Relays                           // a call passes its input to the required capability, and returns the answer
	StartFails                       // the start fails with an error whose text holds [FailureText]
	StartPanics                      // the start panics or traps
	StartWaits                       // the start waits
	HealthFails                      // every health probe fails with an error whose text holds [FailureText]
	HealthWaits                      // every health probe waits
	StopFails                        // the stop fails with an error whose text holds [FailureText]
	StopWaits                        // the stop waits
)

// FailureText is in the text of the errors that modules of the suite return.
const FailureText = "refused as the test asked"

var behaviourNames = [...]string{
	Upper: "upper", Lower: "lower", Fails: "fails", Panics: "panics", Waits: "waits", Relays: "relays",
	StartFails: "start-fails", StartPanics: "start-panics", StartWaits: "start-waits",
	HealthFails: "health-fails", HealthWaits: "health-waits", StopFails: "stop-fails", StopWaits: "stop-waits",
}

// Behaviours returns all behaviours.
func Behaviours() []Behaviour {
	var all []Behaviour
	for b := range behaviourNames {
		if b > 0 {
			all = append(all, Behaviour(b))
		}
	}
	return all
}

// String returns the behaviour's name: lower-case words joined by "-", so that it may name a file or an entry.
func (b Behaviour) String() string {
	if b > 0 && int(b) < len(behaviourNames) {
		return behaviourNames[b]
	}
	return fmt.Sprintf("behaviour(%d)", int(b))
}

// The capabilities that modules of the suite provide. A manifest of the suite lists exactly one of them.
var (
	// Process is what the suite calls.
	Process = modreg.NewCapability[modreg.Processor]("runtimetest.process")
	// Dependency is what modules that relay require, and what others provide for them.
	Dependency = modreg.NewCapability[modreg.Processor]("runtimetest.dependency")
)

// Operation is the operation of both capabilities, as [modreg.Instance] gets it.
const Operation = "process"
