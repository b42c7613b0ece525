package capability

import (
	"errors"
	"fmt"
	"strings"

	"github.com/modreg/modreg/semver"
)

// maxRequirement is the longest text of a requirement in bytes. The longest ID,
// range and filter fit in canonical form, so that this needs no check.
const maxRequirement = 2*maxFilter + 2*maxName

// Requirement is what a module needs: a capability of the ID, with a version
// in the Range and attributes that satisfy the Filter. The zero Range is any
// release version, the zero Filter everything.
//
// The flags say what the answer is for, not what matches, and are no part of
// the text: Optional that there may be none, Many that all that match are
// wanted, Forbid that none may be there.
type Requirement struct {
	ID     ID
	Range  semver.Range
	Filter Filter

	Optional, Many, Forbid bool
}

// ParseRequirement reads "id", "id range", "id where filter" or "id range
// where filter". The range follows white space or "@", or the ID directly if it
// starts with one of < > = ^ ~ *; it may hold spaces, and is "*" where there is
// none. The text is at most 8448 bytes long.
//
// The error is a [*SyntaxError] whose offset is that in s; a fault inside the
// range is at its start.
func ParseRequirement(s string) (Requirement, error) {
	r, off, reason := parseRequirement(s)
	if reason != "" {
		return Requirement{}, fault("requirement", s, off, reason)
	}
	return r, nil
}

func parseRequirement(s string) (r Requirement, offset int, reason string) {
	if len(s) > maxRequirement {
		return r, maxRequirement, tooLong(len(s), maxRequirement)
	}
	id, rng, where := splitRequirement(s)
	if off, reason := idFault(id.text); reason != "" {
		return r, id.off + off, fmt.Sprintf("capability id %q: %s", shorten(id.text), reason)
	}
	r.ID, _ = ParseID(id.text)
	var err error
	if rng.text != "" {
		if r.Range, err = semver.ParseRange(rng.text); err != nil {
			return r, rng.off, semverReason("range", err)
		}
	} else if rng.found {
		return r, rng.off, "want a range after @"
	}
	if where.found && where.text == "" {
		return r, where.off, "want a filter after where"
	}
	r.Filter, err = ParseFilter(where.text)
	if e, ok := errors.AsType[*SyntaxError](err); ok {
		if e.Offset >= 0 {
			e.Offset += where.off
		}
		return r, e.Offset, "filter: " + e.Reason
	}
	return r, 0, ""
}

// part is a trimmed piece of a requirement and where it starts. It was found
// if what announces it was there, even when it is empty.
type part struct {
	text  string
	off   int
	found bool
}

func cut(s string, from, to int) part {
	for from < to && isSpace(s[from]) {
		from++
	}
	for to > from && isSpace(s[to-1]) {
		to--
	}
	return part{text: s[from:to], off: from}
}

func splitRequirement(s string) (id, rng, filter part) {
	start := cut(s, 0, len(s)).off
	end := len(s)
	if i := strings.IndexAny(s[start:], "<>=^~*@ \t\r\n"); i >= 0 {
		end = start + i
	}
	id = cut(s, start, end)
	where := findWhere(s, end)
	at := end < where && s[end] == '@'
	if at {
		end++
	}
	rng = cut(s, end, where)
	rng.found = at
	if where < len(s) {
		filter = cut(s, where+len(" where"), len(s))
		filter.found = true
	}
	return id, rng, filter
}

// findWhere returns the offset of the white space before the first word
// "where", or the length of s. No range holds that word.
func findWhere(s string, from int) int {
	const word = "where"
	for i := from; i+len(word) < len(s); i++ {
		rest := s[i+1:]
		if isSpace(s[i]) && strings.HasPrefix(rest, word) && (len(rest) == len(word) || !isWord(rest[len(word)])) {
			return i
		}
	}
	return len(s)
}

// Check reports whether the ID is valid and [ParseRequirement] takes the text
// of the rest. The error is a [*SyntaxError].
func (r Requirement) Check() error {
	if err := r.ID.Check(); err != nil {
		return err
	}
	_, err := ParseRequirement(r.String())
	return err
}

// String returns the canonical text: the ID, then a space and the range unless
// that is any, then " where " and the filter unless that is zero.
// [ParseRequirement] of it returns the same ID, an equal range and an equal
// filter.
func (r Requirement) String() string {
	s := r.ID.String()
	if !r.Range.IsAny() {
		s += " " + r.Range.String()
	}
	if !r.Filter.IsZero() {
		s += " where " + r.Filter.String()
	}
	return s
}

// Matches reports whether the capability has the ID, a version in the Range
// and attributes that satisfy the Filter. A pre-release version matches only
// where the Range admits it. The flags make no difference. It allocates
// nothing.
func (r Requirement) Matches(c Capability) bool {
	return r.ID == c.ID && r.Range.Contains(c.Version) && r.Filter.Match(c.Attrs)
}
