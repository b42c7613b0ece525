// Package journaltest is the suite that every [modreg.Journal] passes: what the contract promises, checked one
// promise at a time.
//
// A package with a journal calls [Run] from one test and [RunBenchmarks] from one benchmark. If the journal is kept
// in a folder it calls [RunDurable] too:
//
//	func TestJournal(t *testing.T) {
//		journaltest.Run(t, func(t *testing.T) modreg.Journal { return openIn(t, t.TempDir()) })
//	}
//
//	func TestJournal_durable(t *testing.T) {
//		journaltest.RunDurable(t, func(t *testing.T, dir string) journaltest.Durable { return openIn(t, dir) })
//	}
//
// Run promises that a journal which passes it can carry a registry: appends are compare-and-set and all or nothing,
// records are numbered without gaps, what concurrent callers see has one order, watchers miss and repeat nothing,
// no call holds up another, ended contexts end calls, and registries that share the journal agree. A journal that is a
// [modreg.SnapshotStore] or a [modreg.Pruner] is found to be one by type assertion, and held to that as well; the
// checks of what it is not are skipped.
//
// RunDurable promises that what was acknowledged is there when the journal is opened again, and nothing else,
// whether it was closed at rest or among calls. Kills, full disks and flipped bits depend on how a journal is
// made: a durable journal tests these itself.
package journaltest
