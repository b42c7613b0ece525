package resolve

import (
	"fmt"
	"strings"

	"github.com/modreg/modreg/capability"
)

// Need is a requirement and who states it.
type Need struct {
	By          *Candidate // nil for a root
	Requirement capability.Requirement
	Pinned      bool // stands for a pinned module: By is nil, Requirement names its version
}

// String returns "x ^1, required by a@1.0.0" or its like.
func (n Need) String() string {
	switch {
	case n.Pinned:
		return n.Requirement.String() + ", which is pinned"
	case n.By == nil:
		return n.Requirement.String() + ", required at the root"
	}
	return n.Requirement.String() + ", required by " + n.By.String()
}

// UnsatisfiableError is the proof that no solution exists, told at the
// requirement where the most preferred choices end. As [Binding].Dropped it
// says the same of an optional requirement beside the modules already chosen.
type UnsatisfiableError struct {
	// Need is the requirement that cannot be satisfied.
	Need Need

	// Path leads from a root to Need, which is its last element: each element
	// but the first is stated by the module chosen for the one before.
	Path []Need

	// Considered are the candidates that offer the capability of Need and why
	// each was refused: first those that match, in order of preference, then the
	// others by name. It is empty if there are none.
	Considered []Refusal

	// Elsewhere are other choices that would avoid Need, and why each of them
	// was refused; at most 100 are kept.
	Elsewhere []Refusal
}

// Refusal is a candidate and why it was not chosen.
type Refusal struct {
	Candidate *Candidate
	Reason    Reason

	// Other is the chosen module that Candidate collides with. It is nil unless
	// Reason is VersionTaken, Forbids or Forbidden; Forbidden by a root leaves
	// it nil.
	Other *Candidate

	// Need depends on Reason. It is what the candidate was considered for
	// (OutsideRange, AttributesDiffer, SameModule, ClosesCycle), what Other was chosen for
	// (VersionTaken), the requirement that forbids (Forbids, Forbidden), or what
	// could not be satisfied beside the candidate (LeavesUnsatisfied).
	Need Need

	// Cycle is the cycle that the candidate would close, if Reason is
	// ClosesCycle.
	Cycle []CycleStep
}

// Reason tells why a candidate was refused.
type Reason uint8

// The reasons for a [Refusal].
const (
	OutsideRange      Reason = iota + 1 // the version it offers is outside the range required
	AttributesDiffer                    // the attributes it offers do not match the filter
	SameModule                          // it is the module that requires
	VersionTaken                        // another version of the module is chosen
	Forbids                             // it forbids what a chosen module provides
	Forbidden                           // a root or chosen module forbids what it provides
	ClosesCycle                         // it mandatorily needs the module that would need it
	LeavesUnsatisfied                   // with it some requirement has no provider left
)

// String returns the reason in a few words.
func (r Reason) String() string {
	switch r {
	case OutsideRange:
		return "version outside range"
	case AttributesDiffer:
		return "attributes differ"
	case SameModule:
		return "cannot provide for itself"
	case VersionTaken:
		return "another version is chosen"
	case Forbids:
		return "forbids a chosen module"
	case Forbidden:
		return "is forbidden"
	case ClosesCycle:
		return "closes a cycle"
	case LeavesUnsatisfied:
		return "leaves a requirement unsatisfied"
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// BudgetError says that the budget was spent before a solution or a proof that
// there is none was found. It says nothing about which of them exists.
type BudgetError struct {
	Budget int  // the steps that were allowed, and taken
	Need   Need // what was being worked on
}

// Error returns one line.
func (e *BudgetError) Error() string {
	return fmt.Sprintf("gave up after %d steps at %s: a solution may exist", e.Budget, e.Need)
}

// CycleError says that the requirements can be satisfied, but only by modules
// that mandatorily need each other in a circle, so that none can start first.
type CycleError struct {
	// Cycle is a shortest cycle, starting at the module with the least name.
	// The Provider of each step is the Module of the next, the last one's the
	// first. Among thousands of modules that block each other a cycle may be
	// reported that is not the shortest.
	Cycle []CycleStep

	// NoWayAround says why the search found no solution without a cycle.
	NoWayAround *UnsatisfiableError
}

// CycleStep is a module and the provider of one of its requirements.
type CycleStep struct {
	Module      *Candidate
	Requirement capability.Requirement
	Provider    *Candidate
}

// Error returns one line that names every module and requirement of the cycle,
// except that the middle of one longer than 64 modules is left out.
func (e *CycleError) Error() string {
	return "modules need each other to start: " + cycleText(e.Cycle)
}

const cycleShown = 64

func cycleText(steps []CycleStep) string {
	var b strings.Builder
	head, tail := len(steps), len(steps)
	if len(steps) > cycleShown {
		head, tail = cycleShown/2, len(steps)-cycleShown/2
	}
	for i, s := range steps {
		switch {
		case i >= head && i < tail:
			if i == head {
				fmt.Fprintf(&b, ", which leads over %d more to %s,", tail-head, steps[tail].Module)
			}
			continue
		case i == 0:
			b.WriteString(s.Module.String())
		case i != tail:
			b.WriteString(", which")
		}
		fmt.Fprintf(&b, " needs %s, provided by %s", s.Requirement, s.Provider)
	}
	return b.String()
}
