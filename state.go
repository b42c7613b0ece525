package modreg

import (
	"fmt"
	"time"
)

// A State is where a version of a module is in its life in this process. It is local: another process on the
// same journal has states of its own.
//
//	registered → resolved → starting → active → draining → stopped
//	                            ↓         ↓
//	                          failed   quarantined
//
// Stopped and failed modules start again when they are needed; a quarantined one only after [Registry.Release].
type State uint8

// The states.
const (
	StateRegistered  State = iota + 1 // declared; nothing done about it here
	StateResolved                     // its requirements have providers
	StateStarting                     // its factory, Init, Start or first health probe is running
	StateActive                       // it serves calls
	StateDraining                     // it takes no new calls and waits for those in flight
	StateStopped                      // it ran and was stopped
	StateFailed                       // it did not start, or could not be resolved
	StateQuarantined                  // an operator took it out of service
)

var stateNames = [...]string{
	StateRegistered: "registered", StateResolved: "resolved", StateStarting: "starting", StateActive: "active",
	StateDraining: "draining", StateStopped: "stopped", StateFailed: "failed", StateQuarantined: "quarantined",
}

// String returns the state's name in lower case; "" for the zero State, which is none.
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// A Status is what this process knows of a version of a module at one moment.
type Status struct {
	State    State
	Since    time.Time // when it entered the state
	Bound    bool      // this process knows how to start it
	Reason   string    // why it is in the state, or why it is not bound; may be empty
	Err      error     // the error that put it into StateFailed
	InFlight int       // calls being served now
}
