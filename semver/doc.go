// Package semver holds versions, ranges of versions and the algebra of ranges.
// It is the lowest layer of modreg: capabilities, requirements and the solver
// all speak about versions in its terms.
//
// A [Version] is a version of Semantic Versioning 2.0.0 (https://semver.org).
// [Parse] is strict: three numbers, no "v", no spaces, no leading zeros.
//
// A [Range] is a set of versions. [ParseRange] reads the grammar of npm's
// node-semver (its range.bnf, without the "loose" option): comparators,
// x-ranges, "~", "^", hyphen ranges, and "||" between alternatives. As there, a
// pre-release belongs to an alternative only if it satisfies all comparators
// and one of them names a pre-release of the same major.minor.patch; so
// "^1.2.3-beta" holds 1.2.3-rc but neither 1.3.0-rc nor 2.0.0-rc.
// [ParseRangePrerelease] lifts that rule, like node's includePrerelease.
//
// # Algebra
//
// Because of that rule a range is no interval, so a Range keeps its releases
// and its pre-releases as two separate lists of intervals. Union, Intersect and
// Complement work on each list and are exact: every law of Boolean algebra
// holds. Build metadata is ignored by ranges, as precedence ignores it. The
// universe is all versions, of any length; [Range.Complement] is relative to it.
//
// # Canonical text
//
// Equal sets have equal text, whatever they were parsed from or computed with,
// and the text reads back as the same set. It is plain node grammar where that
// can say it, for example ">=1.2.3 <2.0.0". Pre-releases that span more than
// two successive major.minor.patch, as no single node alternative does, need one
// extension: an alternative that starts with "pre:" is read with
// includePrerelease and holds only the pre-releases of what follows:
//
//	>=1.0.0 <2.0.0 || pre:>=1.0.0-0 <2.0.0-0
//
// # Where it differs from node-semver
//
// Text that range.bnf does not allow, but that node's regular expressions let
// through ("==1.2", "^=1.2.3", "1.2.3*", "1.2+build"), is refused; one "v" before
// a version, "~>" and spaces after an operator are accepted as there. An
// alternative "*" does not swallow the others: "* || 1.0.0-rc" holds 1.0.0-rc.
// Numeric pre-release identifiers are compared exactly, whatever their length.
// A bound above the highest number, which node refuses, carries over: from
// "~1.9007199254740991" follows an end at 2.0.0, from "^9007199254740991" no end.
//
// All values are immutable and safe for concurrent use.
package semver
