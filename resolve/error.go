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
}

// String returns "x ^1, required by a@1.0.0" or its like.
func (n Need) String() string {
	if n.By == nil {
		return n.Requirement.String() + ", required at the root"
	}
	return n.Requirement.String() + ", required by " + n.By.String()
}

// BudgetError says that the budget was spent before a solution or a proof that
// there is none was found. It says nothing about which of them exists.
type BudgetError struct {
	Limit     string // what was reached: "20000000 steps", "1s"
	Steps     int    // what was taken
	Conflicts int
}

// Error returns one line.
func (e *BudgetError) Error() string {
	return fmt.Sprintf("gave up at the limit of %s, after %d steps and %d conflicts: a solution may exist", e.Limit, e.Steps, e.Conflicts)
}

// CycleError says that the requirements can be satisfied, but only by modules
// that mandatorily need each other in a circle, so that none can start first.
type CycleError struct {
	// Cycle is a shortest cycle in one such solution, starting at the module
	// with the least name. The Provider of each step is the Module of the next,
	// the last one's the first.
	Cycle []CycleStep

	// NoWayAround says why there is no solution without a cycle.
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
