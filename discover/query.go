package discover

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// Limits of a query.
const (
	maxTerms    = 256  // requirements in one list
	maxMetadata = 64   // metadata pairs
	maxName     = 256  // bytes of a name or pattern
	maxText     = 4096 // bytes of the text
)

// Policy says which versions of a module that match make a result.
type Policy uint8

const (
	// OnePerModule yields each module once: by its active version if that
	// matches, else by the highest that does. It is the default.
	OnePerModule Policy = iota
	// AllVersions yields every version that matches.
	AllVersions
	// ActiveOnly yields each module by its active version, if that matches.
	ActiveOnly
)

// String returns "one per module", "all versions" or "active only".
func (p Policy) String() string {
	switch p {
	case OnePerModule:
		return "one per module"
	case AllVersions:
		return "all versions"
	case ActiveOnly:
		return "active only"
	}
	return fmt.Sprintf("policy %d", uint8(p))
}

// Query asks which documents there are. Its conditions are joined by "and";
// the zero Query matches everything. [Compile] makes it ready to run.
type Query struct {
	// Require lists what must be provided, Optional what is welcome: documents
	// that provide more of it come first. Forbid lists what must not be
	// provided. Ranges and filters are those of the requirements; their flags
	// make no difference. A list has at most 256 elements.
	Require, Optional, Forbid []capability.Requirement

	// Name is a name, or a pattern as in [path.Match] if it holds one of *?[\.
	// It is at most 256 bytes long; empty admits every name.
	Name string

	// Versions, if ByVersion is set, is what the module's own version must be
	// in. The zero Range then admits every release. If it is not set,
	// pre-releases are admitted too.
	Versions  semver.Range
	ByVersion bool

	// Kind and Licence, unless empty, are compared as they are, and so are the
	// pairs of Metadata, all of which a document must have; at most 64.
	Kind, Licence string
	Metadata      map[string]string

	Health HealthSet
	Policy Policy

	// Text, if it holds a word, asks for documents with one of its words in
	// name, description or capabilities, the most relevant first. It is at most
	// 4096 bytes long, and 32 different words count. Only a view that was made
	// with text answers from an index; others look at every document.
	Text string

	// Accept, unless nil, is asked last, and must be quick, pure and safe for
	// concurrent use. It may be asked more than once about a document.
	Accept func(*Doc) bool

	// Limit is the most hits that Search and All yield; 0 means all.
	Limit int
}

// QueryError says why a query cannot be compiled. It is always used by pointer.
type QueryError struct {
	Field  string // the field of Query: "Require", "Name", …
	Reason string // what is wrong with it
	Err    error  // the cause, if there is one
}

// Error returns one line.
func (e *QueryError) Error() string { return "query: " + e.Field + " " + e.Reason }

// Unwrap returns the cause.
func (e *QueryError) Unwrap() error { return e.Err }

// Compiled is a query that is ready to run on any view. It is immutable and
// safe for concurrent use, if the query's Accept is.
type Compiled struct {
	query                     Query
	require, optional, forbid []reqTerm
	fields                    []fieldTerm
	nameHash                  uint64
	exact, pattern            bool   // which of the two Name is, neither if empty
	need                      uint64 // what the signature of a match contains
	limit                     int
	nothing                   bool       // it contradicts itself
	words                     *textQuery // nil without Text
}

type reqTerm struct {
	capability.Requirement
	hash uint64
}

type fieldTerm struct {
	fieldKey
	hash uint64
}

// Compile checks the query and makes it ready to run. It keeps nothing that
// the caller may change. The error is a [*QueryError]: a list or text beyond
// its limit, a bad pattern or requirement, an unknown policy, or a negative
// limit.
func Compile(q Query) (*Compiled, error) {
	c := &Compiled{query: q, limit: q.Limit}
	c.query.Metadata = maps.Clone(q.Metadata)
	if err := c.checkPlain(); err != nil {
		return nil, err
	}
	var err error
	if c.require, err = reqTerms("Require", q.Require); err != nil {
		return nil, err
	}
	if c.optional, err = reqTerms("Optional", q.Optional); err != nil {
		return nil, err
	}
	if c.forbid, err = reqTerms("Forbid", q.Forbid); err != nil {
		return nil, err
	}
	c.query.Require, c.query.Optional, c.query.Forbid = slices.Clone(q.Require), slices.Clone(q.Optional), slices.Clone(q.Forbid)
	c.simplify()
	c.addFields()
	for i := range c.require {
		c.need |= signatureBit(c.require[i].hash)
	}
	c.words = newTextQuery(q.Text)
	return c, nil
}

// MustCompile is like [Compile] and panics on an error. It is for queries that
// are part of the program.
func MustCompile(q Query) *Compiled {
	c, err := Compile(q)
	if err != nil {
		panic(err) //nolint:forbidigo // the contract of a Must function
	}
	return c
}

func (c *Compiled) checkPlain() error {
	q := &c.query
	switch {
	case len(q.Name) > maxName:
		return tooMuch("Name", len(q.Name), "bytes", maxName)
	case len(q.Text) > maxText:
		return tooMuch("Text", len(q.Text), "bytes", maxText)
	case len(q.Metadata) > maxMetadata:
		return tooMuch("Metadata", len(q.Metadata), "pairs", maxMetadata)
	case q.Policy > ActiveOnly:
		return &QueryError{Field: "Policy", Reason: "is not known"}
	case q.Limit < 0:
		return &QueryError{Field: "Limit", Reason: "is negative"}
	case q.Health >= 1<<healths:
		return &QueryError{Field: "Health", Reason: "holds what is no state"}
	}
	if strings.ContainsAny(q.Name, `*?[\`) {
		if _, err := path.Match(q.Name, ""); err != nil {
			return &QueryError{Field: "Name", Reason: fmt.Sprintf("%.64q is not a pattern", q.Name), Err: err}
		}
		c.pattern = true
	} else if q.Name != "" {
		c.exact, c.nameHash = true, hashString(q.Name)
	}
	return nil
}

func (c *Compiled) addFields() {
	add := func(k fieldKey) {
		h := k.hash()
		c.fields = append(c.fields, fieldTerm{k, h})
		c.need |= signatureBit(h)
	}
	if c.query.Kind != "" {
		add(fieldKey{fieldKind, "", c.query.Kind})
	}
	if c.query.Licence != "" {
		add(fieldKey{fieldLicence, "", c.query.Licence})
	}
	for _, k := range slices.Sorted(maps.Keys(c.query.Metadata)) {
		add(fieldKey{fieldMetadata, k, c.query.Metadata[k]})
	}
}

func reqTerms(field string, reqs []capability.Requirement) ([]reqTerm, error) {
	if len(reqs) > maxTerms {
		return nil, tooMuch(field, len(reqs), "requirements", maxTerms)
	}
	terms := make([]reqTerm, len(reqs))
	for i, r := range reqs {
		if err := r.ID.Check(); err != nil {
			return nil, &QueryError{Field: field, Reason: fmt.Sprintf("[%d]: %v", i, err), Err: err}
		}
		terms[i] = reqTerm{r, hashID(r.ID)}
	}
	return terms, nil
}

func tooMuch(field string, n int, unit string, limit int) *QueryError {
	return &QueryError{Field: field, Reason: fmt.Sprintf("has %d %s, at most %d are allowed", n, unit, limit)}
}

// terms is the most conditions that the query may turn into on a segment.
func (c *Compiled) terms() int {
	const name, health, versions, active = 1, 1, 1, 1
	return len(c.require) + len(c.optional) + len(c.forbid) + len(c.fields) + name + health + versions + active
}
