package resolve

import (
	"time"

	"github.com/modreg/modreg/capability"
)

// Problem is what to resolve. The zero value is satisfied by no modules.
type Problem struct {
	Universe Universe // nil has no candidates

	// Roots must be satisfied, each by its own kind: an optional root may be
	// dropped, a forbidding root keeps matching modules out of the solution.
	Roots []capability.Requirement

	// Pinned are modules that are in the solution, known to the universe or
	// not, such as those that run and must stay. Nil entries are ignored.
	Pinned []*Candidate

	// Lock holds versions that are preferred to all others, such as those that
	// are installed. Its modules need not be chosen.
	Lock *Lock

	// Change says how hard to try to keep what Lock holds.
	Change Change

	// Lowest prefers the lowest versions to the highest, which tells whether the
	// lower bounds of ranges are true.
	Lowest bool

	// Acyclic refuses solutions in which modules mandatorily need each other in
	// a circle, as it must be where a module receives what it needs before it
	// exists.
	Acyclic bool

	// Exclude says why a candidate cannot be used here, "" if it can: its
	// conditions are not met, it is quarantined. It is asked once for a candidate
	// that the search comes across, and not for pinned ones; explaining an error
	// asks again. It must answer the same each time.
	Exclude func(*Candidate) string

	Budget Budget
}

// Budget limits the work of one call. What it does not name has a default.
// When any limit is reached the call gives up with a [*BudgetError].
type Budget struct {
	// Steps limits what the search looks at: candidates that the universe
	// yields, modules and needs that it decides on or that follow, clauses that
	// it learned. It is the same on every machine. A million take some ten
	// milliseconds; the default is [DefaultSteps].
	Steps int

	// Conflicts limits how often choices may turn out to exclude each other.
	// The default is no limit beside that of Steps.
	Conflicts int

	// Time limits how long it takes. The default is no limit. It makes the
	// outcome depend on the machine.
	Time time.Duration
}

// DefaultSteps is the limit of steps where [Budget] has none.
const DefaultSteps = 100_000_000

// Change says how to treat the versions in [Problem].Lock.
type Change uint8

const (
	// ChangePrefer decides for the locked version wherever a choice is made. It
	// is fast, and changes few modules that need not change.
	ChangePrefer Change = iota

	// ChangeFewest proves that as few modules as possible are changed: first
	// that as many as can be of those locked are kept in some version, then that
	// as many as can be of these are kept in theirs. If the budget does not
	// suffice the best solution found stands, with [Solution].Proven false.
	ChangeFewest
)
