// Package journaltest is the suite that every [modreg.Journal] passes: what the contract promises, checked one
// promise at a time.
//
// A package with a journal calls [Run] from one test and [RunBenchmarks] from one benchmark:
//
//	func TestJournal(t *testing.T) {
//		journaltest.Run(t, func(t *testing.T) modreg.Journal { return openIn(t, t.TempDir()) })
//	}
//
// The suite promises that a journal which passes it can carry a registry: appends are compare-and-set and all
// or nothing, records are numbered without gaps, watchers miss and repeat nothing, no call holds up another,
// and ended contexts end calls. It says nothing of what outlives the process; a journal that keeps records on
// disk or elsewhere tests that itself.
package journaltest
