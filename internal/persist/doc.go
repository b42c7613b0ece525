// Package persist holds the immutable data structures under modreg's snapshots: [Map], a hash map from names, and
// [Tree], an ordered map. A change returns a new version that shares all but the changed path with the old one, so a
// writer can make the next snapshot while any number of goroutines read earlier ones without locks.
//
// A version never changes: every method is safe for concurrent use on the same value, old versions stay valid for as
// long as somebody holds them, and the garbage collector takes the parts that nobody holds. What is not promised is
// safety for the variable that holds the latest version; publish it through an atomic pointer, or guard it with a lock.
// The structures hold keys and values as given and never copy what a value points to.
//
// The sizes in leaf.go, trie.go and node.go were chosen by measurement; the benchmarks of this package repeat it, and
// compare Map with a plain Go map in the same run.
package persist
