// Package boltjournal is a journal in one file, for one process: the durable store of a registry.
// [Open] returns a [Journal], which is a [modreg.Journal], a [modreg.SnapshotStore] and a [modreg.Pruner].
//
// # What it promises
//
// Once Append, PutSnapshot, Prune or Seed returned nil, what it did is on the disk: the file was flushed (fdatasync
// or the like) after the data and again after the page that makes it count. What was not acknowledged is absent or
// whole, never in part. Appends that arrive together share one transaction of the file and so one flush; each is
// checked against the head of its stream inside it, and one that is refused does not fail the others.
//
// Every record, head, snapshot and header carries a checksum that binds it to its place, and is checked each time it
// is read. Open walks the whole tree of the file before it is used: page by page, with every key, every reference
// and every length checked. So a bit that flips anywhere in the file is either found, and reported as a [CorruptError],
// or lies where nothing is read. What is found is never passed over and never repaired by guessing: an acknowledged
// record could be lost that way. One flipped bit in the newer of the two meta pages would otherwise take the last
// transaction back without a word, which is why Open insists on both. The way out is a backup.
//
// A transaction that fails before the page that makes it count is written, on a full disk for example, is refused and
// the journal stays usable. After a failed flush the outcome is in doubt, and a second flush that succeeds would prove
// nothing, because the kernel may have dropped the pages in between. The journal then refuses everything that
// writes, with an error that wraps [ErrBroken] and the first cause, until it is opened again. Reads go on,
// except that of the streams that were written nothing is said beyond the last acknowledged record.
//
// A file that is replaced, unlinked or cut off while it is open is noticed before the next acknowledgement, and by
// [Journal.Check]: see [ErrReplaced], [ErrUnlinked] and [ErrTruncated]. Only if it is cut off in the very moment in
// which a transaction that makes it longer is written may that one still be acknowledged; what reads the file then finds it.
//
// One process at a time may write, see [LockedError]; several may read with [WithReadOnly] while none does.
//
// # What it does not promise
//
// A checksum finds damage, not intent: whoever can write the file can also write checksums. An older copy of
// the whole file is a good file. Both are for the audit log to find, by checkpoints that are kept elsewhere.
//
// A disk that says it has flushed and has not, or that overwrites a sector in part when the power fails, can lose what
// was acknowledged. The tests kill the process at random moments, and let every system call fail in turn, but a
// kill leaves the page cache of the kernel standing, so they do not show what a power cut does. That rests on
// the order in which the pages are flushed, and on a file system that keeps it: a local one, not a network mount.
//
// Damage done to the pages of the file while it is open, below the cache, is found where it is read, but a damaged
// page reference may then cost the process: the walk that rules this out is made by Open.
//
// # The file
//
// It is a [bbolt] file without a stored list of free pages, so that no damaged list can make a writer
// overwrite pages in use: the list is rebuilt by Open, which takes time in proportion to the size of the file. Pruned
// space is used again but not given back. Beside the file stands a small one that ends in .pid while it is
// open for writing; it is information for people and for [LockedError]. A file that ends in .new- and a number is left by
// a creation that was interrupted, and can be deleted.
//
// The file carries the version of its layout. Open refuses a later one with a [VersionError], and brings an earlier
// one forward in a single transaction: until that is committed the file is the old one, whole.
//
// [bbolt]: https://pkg.go.dev/go.etcd.io/bbolt
package boltjournal
