// Package discover finds modules by what they provide: the index behind
// discovery, for up to some millions of documents in one process. A [Doc] is one
// version of a module; a [Query] asks for capabilities (required, welcome,
// forbidden, with version ranges and attribute filters), name, version, kind,
// licence, metadata, health and words.
//
// The package promises:
//
//   - Answers are exact: those of a look at every document. Counts too.
//   - A [View] never changes, and any number of goroutines may use it. Making a
//     new one with a change costs microseconds and shares the rest.
//   - A change is visible at once. [Index] publishes views through one atomic
//     pointer; merging happens behind it.
//   - [View.Search] without text allocates nothing if it is given room for the
//     hits.
//   - Queries and stored indexes from outside have limits, and no input panics.
//   - No I/O but through the reader and writer of [Load] and [View.Save].
//
// # How it works
//
// The documents of a segment are numbered in the order of results, so that a
// walk that meets the conditions in rising order finds the best first and stops
// when it has enough. Each capability, kind, licence and metadata pair has a
// posting: a bitset with a summary of its empty words where it is dense, a list
// of 16-bit numbers in chunks of 65536 documents where it is sparse. Beside the
// posting of a capability a column keeps in which variant, that is at which
// version and with which attributes, each document provides it: a range or
// filter is judged once for each variant. If the rarest condition is a list, the
// walk takes batches of it and tests the rest; else it joins the bitsets by
// words.
//
// New documents go to a small sorted delta that every query looks through. All
// live versions of a module are in one place, the delta or one segment, so that
// the policy on versions never looks elsewhere. Documents that were replaced or
// removed are marked dead. When the delta is full it becomes a segment, and
// segments are merged by the rule of log-structured merge trees (P. O'Neil and
// others, "The log-structured merge-tree", 1996), which also drops the dead.
// Dense and sparse sets, and when to use which, follow S. Chambi and others,
// "Better bitmap performance with Roaring bitmaps", 2016; the columns of bit
// slices, P. O'Neil and D. Quass, "Improved query performance with variant
// indexes", 1997.
//
// Words are found and scored by BM25, see [WithText].
//
// Start with [New] and [Index.Update], then [Compile] and [View.Search];
// [Index.Watch] keeps a query standing.
package discover
