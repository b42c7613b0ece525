package discover

import (
	"sort"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/internal/bm25"
	"github.com/modreg/modreg/semver"
)

// segment is an immutable index of documents. Their ids are their positions in
// the order of results, so that a walk by id yields the best first.
type segment struct {
	docs  []*Doc
	names table // by the hash of the name: the first document of each run

	// A run is a maximal row of documents of one name. runs has the first of
	// each; it is nil if every document is a run. scattered has the documents
	// whose name has several runs, nil if there are none.
	runs, scattered bitset

	// active has the documents that are; nil if all or none are.
	active    bitset
	allActive bool

	// health is the state of each document in two slices; nil if all have state.
	health [2]bitset
	state  Health

	arena
	singles  table // what one document only has, by the hash of the ID or field
	caps     []capEntry
	capAt    table
	fields   []fieldEntry
	fieldAt  table
	variants []variantID
	offers   []offer
	groups   []uint32 // see variantID

	versions []semver.Version // of the modules; empty if there are too many
	version  column           // of all documents, if there are several

	text *bm25.Segment // nil if the view is without
}

// capEntry is a capability that two or more documents provide. If its ID is that
// of a module, those that provide it by being there are in it too.
type capEntry struct {
	id       capability.ID
	posting  posting
	column   column
	variants uint32 // the first
	count    uint32 // of variants; 0 if there are too many
	releases bool   // no offer is a pre-release
}

// fieldEntry is a value of a field that two or more documents have.
type fieldEntry struct {
	key     fieldKey
	posting posting
}

func (s *segment) cap(r *reqTerm) *capEntry {
	for p := s.capAt.find(r.hash); ; {
		i, ok := s.capAt.next(&p)
		if !ok {
			return nil
		}
		if e := &s.caps[i]; e.id == r.ID {
			return e
		}
	}
}

func (s *segment) field(t *fieldTerm) *fieldEntry {
	for p := s.fieldAt.find(t.hash); ; {
		i, ok := s.fieldAt.next(&p)
		if !ok {
			return nil
		}
		if e := &s.fields[i]; e.key == t.fieldKey {
			return e
		}
	}
}

// run returns the end of the run that starts at id.
func (s *segment) run(id uint32) (end uint32) {
	if s.runs == nil {
		return id + 1
	}
	return s.runs.next(id+1, uint32(len(s.docs)))
}

// alone reports whether the document is a run by itself.
func (s *segment) alone(id uint32) bool {
	return s.runs.has(id) && (int(id)+1 == len(s.docs) || s.runs.has(id+1))
}

func (s *segment) isActive(id uint32) bool {
	if s.active == nil {
		return s.allActive
	}
	return s.active.has(id)
}

// nextRun continues a search for the runs of a name.
func (s *segment) nextRun(p *probe, name string) (start, end uint32, ok bool) {
	for {
		id, ok := s.names.next(p)
		if !ok {
			return 0, 0, false
		}
		if s.docs[id].Name == name {
			return id, s.run(id), true
		}
	}
}

// find returns the document with the key.
func (s *segment) find(name string, hash uint64, v *semver.Version) (id uint32, ok bool) {
	p := s.names.find(hash)
	for {
		start, end, ok := s.nextRun(&p, name)
		if !ok {
			return 0, false
		}
		docs := s.docs[start:end]
		i := sort.Search(len(docs), func(i int) bool { return docs[i].Version.Compare(*v) <= 0 })
		if i < len(docs) && docs[i].Version.Compare(*v) == 0 {
			return start + uint32(i), true
		}
	}
}

// newSegment returns a segment of documents in the order of results, no two with
// one key, and keeps the slice. What they provide and have is not indexed yet.
func newSegment(docs []*Doc) *segment {
	s := &segment{docs: docs}
	s.tiles = tilesFor(len(docs))
	s.indexDocs()
	return s
}

// indexDocs makes what follows from the documents alone: the table of names,
// runs, who is active and how each is doing.
func (s *segment) indexDocs() {
	n := len(s.docs)
	starts, active := 0, 0
	mixed := false
	for i, d := range s.docs {
		if i == 0 || d.Name != s.docs[i-1].Name {
			starts++
		}
		if d.Active {
			active++
		}
		mixed = mixed || d.Health.known() != s.docs[0].Health.known()
	}
	if starts < n {
		s.runs = newBitset(n)
	}
	s.allActive = active == n
	if active > 0 && active < n {
		s.active = newBitset(n)
	}
	if mixed {
		s.health = [2]bitset{newBitset(n), newBitset(n)}
	} else if n > 0 {
		s.state = s.docs[0].Health.known()
	}
	s.names = newTable(starts, n)
	for i, d := range s.docs {
		s.indexDoc(uint32(i), d, i == 0 || d.Name != s.docs[i-1].Name)
	}
	if s.runs != nil && n < len(s.runs)*wordBits {
		s.runs.set(uint32(n)) // so that the last run ends like all others
	}
	s.findScattered()
}

func (s *segment) indexDoc(id uint32, d *Doc, starts bool) {
	if starts {
		s.names.add(hashString(d.Name), id)
		if s.runs != nil {
			s.runs.set(id)
		}
	}
	if s.active != nil && d.Active {
		s.active.set(id)
	}
	if s.health[0] != nil {
		for j := range s.health {
			if d.Health.known()>>j&1 != 0 {
				s.health[j].set(id)
			}
		}
	}
}

// findScattered marks the names that have several runs. There are none where
// the names ascend through the whole segment, which is so if all have one rank.
func (s *segment) findScattered() {
	if n := len(s.docs); n == 0 || s.docs[0].Rank == s.docs[n-1].Rank {
		return
	}
	for id := uint32(0); int(id) < len(s.docs); {
		end := s.run(id)
		name := s.docs[id].Name
		p := s.names.find(hashString(name))
		if first, _, _ := s.nextRun(&p, name); first != id {
			s.scatter(first, s.run(first))
			s.scatter(id, end)
		} else if again, last, ok := s.nextRun(&p, name); ok {
			s.scatter(again, last)
			s.scatter(id, end)
		}
		id = end
	}
}

func (s *segment) scatter(start, end uint32) {
	if s.scattered == nil {
		s.scattered = newBitset(len(s.docs))
	}
	for id := start; id < end; id++ {
		s.scattered.set(id)
	}
}
