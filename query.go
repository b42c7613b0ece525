package modreg

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/discover"
	"github.com/modreg/modreg/semver"
)

// A Query asks which modules there are. Its conditions are joined by "and"; the zero Query matches every module.
//
// Capabilities are texts as package capability parses requirements: `text.process`, `text.process>=1`,
// `image.resize ^2 where mime = "image/png"`.
type Query struct {
	Name     string            // a name, or a pattern with * and ? as in package path
	Version  string            // a range of module versions, such as "^1.2"
	Kind     string            // the manifest's kind
	Licence  string            // the manifest's licence, as it is written there
	Metadata map[string]string // what the manifest's metadata must hold
	States   []State           // what the version may be doing in this process; none for anything

	Require  []string // capabilities that must be provided
	Optional []string // capabilities that are welcome: modules that provide more of them come first
	Forbid   []string // capabilities that must not be provided

	// Text asks for modules with one of these words in their name, description or capabilities, the most relevant
	// first.
	Text string

	// AllVersions yields every version that matches. Without it each module appears once: by its active version
	// if that matches, else by the highest that does.
	AllVersions bool
	// ActiveOnly yields active versions only, whatever AllVersions says.
	ActiveOnly bool
	// Limit is the most modules to yield; 0 means all.
	Limit int
}

// Discover yields the modules that match q, best first: those with the more relevant text, then those that provide more
// of the optional capabilities, then by name, then the highest version. A query outside the grammar is an error with
// CodeInvalid now; the iterator cannot fail and may be ranged over several times.
//
// The first question to a registry makes an index of it; after that an answer takes microseconds however many modules
// there are. A snapshot from before has to be indexed by itself.
func (s *Snapshot) Discover(q Query) (iter.Seq[Module], error) {
	c, err := q.compile()
	if err != nil {
		return nil, err
	}
	view := s.indexed()
	return func(yield func(Module) bool) {
		for hit := range view.All(c) {
			if !yield(found(hit.Doc)) {
				return
			}
		}
	}, nil
}

// Count returns how many modules match q, its Limit aside. It returns the error of [Snapshot.Discover].
func (s *Snapshot) Count(q Query) (int, error) {
	c, err := q.compile()
	if err != nil {
		return 0, err
	}
	return s.indexed().Count(c), nil
}

// Explain tells how m, which need not match, meets each part of q, and what its relevance is made of. It returns the
// error of [Snapshot.Discover].
func (s *Snapshot) Explain(q Query, m Module) (discover.Explanation, error) {
	c, err := q.compile()
	if err != nil {
		return discover.Explanation{}, err
	}
	return s.indexed().Explain(c, discover.Hit{Doc: document(m.v, s.isActive(m.v))}), nil
}

// A QueryChange is how the answer to a standing query changed.
type QueryChange struct {
	Kind   discover.ChangeKind
	Module Module // what matches now; the zero Module if it was removed
	Old    Module // what matched before; the zero Module if it was added
}

// WatchQuery yields what matches q when the loop starts, each as added, and then how that changes: a module comes to
// match, another version stands for it, or none does any longer. It ends with ctx, or when the registry closes. A slow
// loop delays nobody: what changed several times meanwhile is told once.
//
// The order, Optional and Limit make no difference, and States must be empty: states are local and no part of what is
// watched. The error has CodeInvalid for a query outside the grammar, and CodeClosed.
func (r *Registry) WatchQuery(ctx context.Context, q Query) (iter.Seq[QueryChange], error) {
	if len(q.States) > 0 {
		return nil, &Error{Code: CodeInvalid, What: "watch a query", Why: "it asks for states, which are not watched", Fix: "use Events for them"}
	}
	q.Limit = 0
	c, err := q.compile()
	if err != nil {
		return nil, err
	}
	r.snapshot.Load().indexed()
	r.w.mu.Lock()
	x := r.finder.index
	r.w.mu.Unlock()
	if x == nil {
		return nil, errClosed("watch a query")
	}
	return func(yield func(QueryChange) bool) {
		for change := range x.Watch(ctx, c) {
			told := QueryChange{Kind: change.Kind}
			if change.Doc != nil {
				told.Module = found(change.Doc)
			}
			if change.Old != nil {
				told.Old = found(change.Old)
			}
			if !yield(told) {
				return
			}
		}
	}, nil
}

// compile makes the query ready for an index.
func (q Query) compile() (*discover.Compiled, error) {
	d := discover.Query{
		Name: q.Name, Kind: q.Kind, Licence: q.Licence, Metadata: q.Metadata, Text: q.Text, Limit: q.Limit,
		ByVersion: q.Version != "",
	}
	switch {
	case q.ActiveOnly:
		d.Policy = discover.ActiveOnly
	case q.AllVersions:
		d.Policy = discover.AllVersions
	}
	if states := q.States; len(states) > 0 {
		d.Accept = func(d *discover.Doc) bool { return slices.Contains(states, found(d).Status().State) }
	}
	var err error
	if d.Versions, err = semver.ParseRange(q.Version); err != nil {
		return nil, invalid("query: version", err)
	}
	for _, list := range []struct {
		name  string
		texts []string
		to    *[]capability.Requirement
	}{{"require", q.Require, &d.Require}, {"optional", q.Optional, &d.Optional}, {"forbid", q.Forbid, &d.Forbid}} {
		for _, text := range list.texts {
			req, err := capability.ParseRequirement(text)
			if err != nil {
				return nil, invalid("query: "+list.name, err)
			}
			*list.to = append(*list.to, req)
		}
	}
	c, err := discover.Compile(d)
	if wrong, ok := errors.AsType[*discover.QueryError](err); ok {
		return nil, &Error{Code: CodeInvalid, What: fmt.Sprintf("query: %s", wrong.Field), Why: wrong.Reason, Err: wrong.Err}
	}
	return c, err
}
