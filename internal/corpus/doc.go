// Package corpus reads package universes that others made and puts them into
// modreg's terms, for tests, benchmarks and examples: real dependencies, real
// conflicts, and answers that other solvers gave.
//
// The package promises:
//
//   - Translation only: an [io.Reader] or [io/fs.FS] in, candidates out. Nothing is
//     resolved, fetched or written.
//   - The same input gives the same candidates in the same order.
//   - Every reader has limits and a grammar. What breaks them is a [*FormatError];
//     nothing panics on input.
//   - The candidates belong to the caller. Those of one call share memory, so
//     that one of them keeps all alive.
//
// There are four kinds of universe:
//
//   - Debian: [ReadDebianControl] reads the "Packages" files of every Debian
//     system, [ReadDebianJSON] one package a line, and [DebianUniverse] translates
//     either. [DebianVersionCompare] orders versions.
//   - RubyGems: [ReadPods] reads an integration case of CocoaPods' resolver.
//   - PubGrub: [ReadPubGrub] and [ReadPubGrubVerdicts] read the large cases of
//     pubgrub-rs.
//   - Registries with semantic versions and node's ranges: [ReadNode].
//
// Each of them has its own idea of a version, and package resolve has one. Where
// the two differ the translation keeps the order alone: the lowest version of a
// name becomes 1.0.0, the next one 2.0.0. The text it had is the build metadata
// where that may hold it, and always in what [resolve.Candidate.Ref] refers to.
//
// The data itself is no part of the module; [Locate] finds it where it is there.
// Next: package resolve, which solves what this one reads.
package corpus
