// Package backup writes a node's journal and the small files that belong to it into one stream while the node runs,
// and makes an empty node of such a stream again.
//
// [Write] and [WriteFile] write a backup, [Inspect] and [CheckFile] verify one, [Restore] verifies one while it fills a
// [Target], and [MakeFolder] makes sure that a folder that was filled in part is never taken for a good one. A [Schedule]
// writes one at every interval and lets go of old ones.
//
// What it promises:
//
//   - A backup is consistent though appends go on: of each stream it holds the records up to the head at the time of the
//     call, byte for byte. After Restore the head of each stream and the hash of its last record are those of the source.
//   - Whatever was changed, cut off, added or left out since it was written is found. A backup without its end is no
//     backup. What is not encrypted can be made anew by whoever can write the file: this is for the audit log to find, by
//     checkpoints that are kept elsewhere.
//   - It is encrypted with age (https://age-encryption.org/v1) if there are recipients, and then nothing of it but its size
//     can be read. Private keys are written only if the caller gives them as [Source.Secrets], and then only encrypted.
//   - Memory is bounded both ways, whatever the file says: a few blocks, a batch of records (about 50 MiB in all), and one
//     file or snapshot. Time is not: a small file of another maker may hold a lot of zeroes. The context ends it.
//
// # The format
//
// Three lines of text come first, so that a person can look at them: "modreg backup 1", the header, which is a JSON
// object, and the SHA-256 of the two lines in hexadecimal. Blocks follow to the end of the file:
//
//	stored uint32, plain uint32, stored bytes (one zstd frame), SHA-256 of all lines and blocks so far without their sums
//
// Integers are big-endian. A block is decompressed after its sum was checked. What the blocks hold, at most 1 MiB
// each, is one sequence of frames: kind (one byte), length uint32, payload. First 'F' with the content of each file, in the
// order of the header. Then for each stream of the header, in its order:
//
//	'S' the name of the stream
//	'R' sequence number uint64 and data of a record, from the first to the head
//	'P' 1 MiB of a snapshot, if the header says so; the snapshot is after one of the records
//	'L' hashes of the leaves of the pruned records (SHA-256 of a zero byte and the data), 4,096 a frame, if the header says so
//
// and last 'E' with a JSON object that repeats the streams and files, now with the number of bytes and the SHA-256 of the
// frames of each stream. Nothing may follow. Both JSON objects have one spelling, that of encoding/json for
// [Manifest.Streams] and [Manifest.Files].
//
// A snapshot is written for streams that were pruned only: it cannot be checked against records that are gone, and where
// all records are there a registry folds them instead of trusting it.
package backup
