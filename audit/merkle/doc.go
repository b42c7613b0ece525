// Package merkle makes a stream of a [modreg.Journal] evident to tampering: every record is a leaf of a Merkle tree,
// and after every batch the root of the tree is signed, stored and handed to whoever keeps it elsewhere.
//
// A [Log] stands beside one stream. Record Seq n is leaf n-1 of a tree as in RFC 6962, and the data of the leaf is the
// data of the record; the package never looks into it. [Log.Append] and [Log.Add] write through to the journal,
// [Log.Advance] takes in what others appended. A signed root is a [Checkpoint], in the format of C2SP tlog-checkpoint.
//
// What it promises, as long as the signing key and one checkpoint outside are out of the reach of whoever tampers:
//
//   - A record that was edited, removed, swapped or put in between below a signed checkpoint is found by [Log.Verify],
//     and by [Log.Prove] for the one record.
//   - A log that was cut off or replaced as a whole by an older copy is found by [Open] and [Log.Verify] against a
//     checkpoint that a [Sink] or the caller kept.
//   - A record can be shown to an outsider by one file, see [Proof]. The program audit/verify checks it with nothing but
//     the standard library.
//   - What is only derived (the tree file) is repaired; what contradicts a signature is a [*TamperError], never repaired.
//
// Somebody who holds the key and can write to the journal can rewrite what no outside checkpoint covers. Hence [FileSink]
// and [WebhookSink], and keys that change: see [Log.Rotate] and [Keyring].
//
// Records may be pruned from the journal while their hashes stay, see [Log.Prune].
package merkle
