package discover

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/modreg/modreg/semver"
)

// sortKey is what a document is sorted by: its rank, the next 8 bytes of its
// name, and last its place, so that of two documents with one key the later one
// comes last.
type sortKey struct {
	name  uint64
	rank  uint32 // descending
	place uint32
}

// sortDocs returns the documents in the order of results, those with the same
// key as they stood, without changing docs. Comparing documents means following
// three pointers, so the names are compared by eight bytes copied beside them.
func sortDocs(docs []*Doc) []*Doc {
	if slices.IsSortedFunc(docs, compareDocs) {
		return slices.Clone(docs)
	}
	skip := commonPrefix(docs)
	keys := make([]sortKey, len(docs))
	for i, d := range docs {
		keys[i] = sortKey{nameChunk(d.Name, skip), ^(uint32(d.Rank) ^ 1<<31), uint32(i)}
	}
	sortKeys(docs, keys, skip)
	out := make([]*Doc, len(docs))
	for i := range keys {
		out[i] = docs[keys[i].place]
	}
	return out
}

func commonPrefix(docs []*Doc) int {
	first := docs[0].Name
	n := len(first)
	for _, d := range docs {
		n = min(n, len(d.Name))
		for i := range n {
			if d.Name[i] != first[i] {
				n = i
				break
			}
		}
	}
	return n
}

// nameChunk is the name from byte skip on as a number in the order of the text.
func nameChunk(name string, skip int) uint64 {
	if len(name) >= skip+8 {
		return binary.BigEndian.Uint64([]byte(name[skip : skip+8]))
	}
	var b [8]byte
	if len(name) > skip {
		copy(b[:], name[skip:])
	}
	return binary.BigEndian.Uint64(b[:])
}

// sortKeys sorts by rank and the chunk of the names at skip, and what that
// leaves equal by the next one. Rank is looked at again there, which costs
// nothing.
func sortKeys(docs []*Doc, keys []sortKey, skip int) {
	slices.SortFunc(keys, func(a, b sortKey) int {
		switch {
		case a.rank != b.rank:
			return cmp.Compare(a.rank, b.rank)
		case a.name != b.name:
			return cmp.Compare(a.name, b.name)
		}
		return cmp.Compare(a.place, b.place)
	})
	for start := 0; start < len(keys); {
		end, long := start, true
		for ; end < len(keys) && keys[end].rank == keys[start].rank && keys[end].name == keys[start].name; end++ {
			long = long && len(docs[keys[end].place].Name) > skip+8
		}
		if group := keys[start:end]; len(group) > 1 {
			sortGroup(docs, group, skip+8, long)
		}
		start = end
	}
}

func sortGroup(docs []*Doc, group []sortKey, skip int, long bool) {
	if !long {
		// Some name ends here. What is left to compare are versions mostly.
		slices.SortFunc(group, func(a, b sortKey) int {
			return cmp.Or(compareDocs(docs[a.place], docs[b.place]), cmp.Compare(a.place, b.place))
		})
		return
	}
	for i := range group {
		group[i].name = nameChunk(docs[group[i].place].Name, skip)
	}
	sortKeys(docs, group, skip)
}

// sameKey reports whether both have the same name and version.
func sameKey(a, b *Doc) bool { return a.Name == b.Name && a.Version.Compare(b.Version) == 0 }

// dropDoubles removes, from documents as sortDocs returns them, all but the last
// of those with the same key and rank.
func dropDoubles(docs []*Doc) []*Doc {
	out := docs[:0]
	for i, d := range docs {
		if i+1 < len(docs) && d.Rank == docs[i+1].Rank && sameKey(d, docs[i+1]) {
			continue
		}
		out = append(out, d)
	}
	clear(docs[len(out):])
	return out
}

// lastOfEach returns the documents without those whose key a later one has.
func lastOfEach(docs []*Doc) []*Doc {
	type key struct {
		name                string
		major, minor, patch uint64
		pre                 string
	}
	of := func(name string, v semver.Version) key {
		return key{name, v.Major(), v.Minor(), v.Patch(), v.Prerelease()}
	}
	last := make(map[key]int, len(docs))
	for i, d := range docs {
		last[of(d.Name, d.Version)] = i
	}
	out := make([]*Doc, 0, len(last))
	for i, d := range docs {
		if last[of(d.Name, d.Version)] == i {
			out = append(out, d)
		}
	}
	return out
}

// sortOnce makes a segment of documents, of which as yet only the documents are
// indexed. Of those with one key it takes the last.
func sortOnce(docs []*Doc) *segment {
	s := newSegment(dropDoubles(sortDocs(docs)))
	if s.scattered == nil {
		return s
	}
	// Documents with one key but different rank are not neighbours.
	return newSegment(sortDocs(lastOfEach(docs)))
}

// mergeDocs merges two sorted lists.
func mergeDocs(a, b []*Doc) []*Doc {
	if len(a) == 0 {
		return b
	}
	if len(b) == 0 {
		return a
	}
	out := make([]*Doc, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compareDocs(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}
