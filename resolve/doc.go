// Package resolve picks module versions. Given requirements on capabilities
// and a [Universe] of candidates it finds modules that satisfy all of them
// together, or says why there are none.
//
// The package promises:
//
//   - A [Solution] holds at most one version of a name, a provider for every
//     mandatory requirement and nothing that a chosen module forbids, in an
//     order in which every module starts after what it must have. Nothing is
//     in it without being pinned or bound. [Solution.Check] verifies all that
//     without the solver.
//   - The search is complete: [UnsatisfiableError] is a proof and
//     [BudgetError] is not. Giving up is never reported as impossible.
//   - The result, an error's text included, depends on the problem alone: not
//     on the order in which the universe yields candidates, nor on time.
//   - No I/O, no goroutines, no state between calls. The depth of a dependency
//     chain is bounded by memory, not by the stack.
//
// The verdict of a problem is fixed by the rules below. Which of several
// solutions is taken follows the order of preference, and may improve where
// preferences compete with each other; it is the same in every run.
//
// # Rules
//
// A candidate provides what it lists and, listed or not, the capability
// module/<name> at its own version. A requirement is never answered by the
// module that states it, because a module receives its dependencies before it
// exists.
//
//   - A mandatory requirement needs a provider in the solution.
//   - An optional one never changes what mandatory ones chose. Those of the
//     roots are decided after them, then those of each module in the order in
//     which it was chosen: bound to a provider already there, else to one that
//     is pulled in, if it and all it needs fit beside the modules already
//     chosen, else dropped with the reason in [Binding].Dropped.
//   - Many is satisfied by one provider and bound to every one in the solution;
//     it does not pull in more than one.
//   - Forbid keeps every other module that provides a match out of the
//     solution. A module may provide what it forbids others to, which makes it
//     a singleton. Optional and Many mean nothing beside Forbid. A range admits
//     pre-releases by its own rules here too.
//
// # Preference
//
// Among the providers of a requirement comes first one already in the
// solution, then a Preferred one, then the higher version of the capability
// required, the higher version of the module, the higher Rank, and the lesser
// name. Requirements that leave no choice are answered first, then those
// answered by versions of one module, then the others; the roots before the
// requirements of modules, in the order in which modules were chosen.
//
// # Start order and cycles
//
// A module starts after the providers of its mandatory requirements (after one
// provider of a Many). It starts after its optional providers and the other
// providers of a Many too, where that closes no cycle. Modules that may start
// at the same time are ordered by name.
//
// Modules that mandatorily need each other in a circle can never start. The
// search avoids that as it avoids any other conflict, and reports a
// [CycleError] only if each solution has such a circle.
//
// The method is depth-first search with conflict-directed backjumping
// (P. Prosser, "Hybrid algorithms for the constraint satisfaction problem",
// 1993) over an online topological order (D. J. Pearce and P. H. J. Kelly, "A
// dynamic topological sort algorithm for directed acyclic graphs", 2006).
//
// Start with [Resolve]; [NewIndex] makes a universe of candidates in memory.
package resolve
