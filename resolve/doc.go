// Package resolve picks module versions. Given requirements on capabilities
// and a [Universe] of candidates it finds modules that satisfy all of them
// together, or says why there are none and what would help.
//
// The package promises:
//
//   - A [Solution] holds at most one version of a module in a slot, a provider
//     for every mandatory requirement and nothing that a chosen module forbids.
//     Nothing is in it without being pinned or bound, directly or through
//     others. [Solution.Check] verifies all that without the solver; a build
//     with the tag modregdebug does so on every solution.
//   - The search is complete: [UnsatisfiableError] is a proof and
//     [BudgetError] is not. Giving up is never reported as impossible.
//   - The result, an error's text included, depends on the problem alone: not
//     on the order in which the universe yields candidates, nor on time (unless
//     [Budget].Time is set). Only the words of an explanation may differ between
//     an [Index] and another universe of the same candidates.
//   - No I/O, no goroutines, no state between calls but memory for reuse. The
//     depth of a dependency chain is bounded by memory, not by the stack.
//
// The verdict of a problem is fixed by the rules below. Which of several
// solutions is taken follows the order of preference, and may improve where
// preferences compete with each other; it is the same in every run.
//
// # Rules
//
// A candidate provides what it lists and, listed or not, the capability
// module/<name> at its own version: requirements on modules and on capabilities
// are one mechanism. A requirement is never answered by the module that states
// it, because a module receives its dependencies before it exists.
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
//   - A candidate that is yanked is chosen only where it is pinned or locked,
//     one that [Problem].Exclude objects to only where it is pinned.
//
// # Preference
//
// Among the providers of a requirement comes first one already in the
// solution, then a locked one, then a Preferred one, then the higher version of
// the capability required, the higher version of the module, the higher Rank,
// and the lesser name. Of versions, releases come before pre-releases, however
// high; with [Problem].Lowest the lower of two comes first.
//
// Requirements that leave no choice are answered first, then those answered by
// versions of one module, then the others; the roots before the requirements of
// modules, in the order in which modules were chosen.
//
// # Start order and cycles
//
// A module starts after the providers of its mandatory requirements, of which
// for Many one suffices. It starts after its optional providers and the other
// providers of a Many too, unless these start after it in turn. Modules that may
// start at the same time are ordered by name.
//
// Modules that mandatorily need each other in a circle are legal, stand together
// in start order, and are listed in [Solution].Cycles. Where they must not be,
// [Problem].Acyclic avoids them as any other conflict, by other providers or
// other versions, and a [CycleError] says that each solution has one.
//
// # Upgrades
//
// [Solution.Lock] makes a [Lock] of a solution, the contents of modreg.lock. A
// problem with a lock prefers what is locked; [Lock.Without] opens modules that
// are to be upgraded, and [ChangeFewest] proves that no more than needed is
// changed.
//
// # Method
//
// The search is conflict-driven clause learning (J. Marques-Silva and K.
// Sakallah, "GRASP", 1999) over interned numbers, in which the clauses of a
// module come to be when it is chosen, as in libsolv and resolvo, with the
// preferences and the kind of explanation of PubGrub (N. Weizenbaum, 2018). The
// clauses that a conflict rests on are cut down to a minimal core by leaving out
// one after the other.
//
// Start with [Resolve]; [NewIndex] makes a universe of candidates in memory.
package resolve
