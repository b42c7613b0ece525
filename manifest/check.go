package manifest

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/semver"
)

// Check validates a manifest and parses every field. The error joins an
// *[Error] for each problem, at most [MaxProblems] of them; the last one counts
// those left out. The manifest given is neither changed nor kept.
func Check(m Manifest) (*Checked, error) {
	c := checker{out: &Checked{Manifest: m}}
	n := &c.out.Manifest
	c.identity(n)
	c.words(n)
	c.provides(n)
	c.requires(n)
	n.ConfigSchema = c.schema(n.ConfigSchema, 1, "configSchema")
	c.permissions(n)
	c.limits(n)
	c.conditions(n)
	c.metadata(n)
	if c.found != nil {
		return nil, c.err()
	}
	if c.more.calls != nil || c.more.conditions != nil || c.more.timeouts != (Timeouts{}) {
		more := c.more // a copy, so that the checker itself stays on the stack
		c.out.more = &more
	}
	c.out.Canonical = canonicalManifest(c.out)
	if size := len(c.out.Canonical); size > MaxSize {
		c.add("", fmt.Sprintf("%d bytes of canonical form are too many", size), fmt.Sprintf("at most %d", MaxSize))
		return nil, c.err()
	}
	c.out.Digest = sha256.Sum256(c.out.Canonical)
	return c.out, nil
}

// checker goes through a manifest, puts canonical copies in the place of what
// it finds, and notes problems instead of stopping at them.
type checker struct {
	problems
	out  *Checked
	more parsedMore
}

func (c *checker) identity(n *Manifest) {
	if n.Name == "" {
		c.add("name", "is missing", "")
	} else if err := capability.CheckName(n.Name); err != nil {
		c.refused("name", "a module name", n.Name, err, "")
	}
	c.out.Name = n.Name
	if n.Version == "" {
		c.add("version", "is missing", fixVersion)
		return
	}
	v, err := semver.Parse(n.Version)
	if err != nil {
		c.refused("version", "a version", n.Version, err, fixVersion)
	}
	c.out.Version = v // and n.Version is its text: versions have one spelling
}

const fixVersion = "write it as MAJOR.MINOR.PATCH"

// refused notes that text does not follow a grammar.
func (c *checker) refused(path, what, text string, err error, fix string) {
	c.add(path, fmt.Sprintf("%s is not %s: %s", quoted(text), what, reasonOf(err)), fix)
}

// reasonOf gives what an error says without the input that it repeats.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*capability.SyntaxError](err); ok {
		return e.Reason
	}
	if e, ok := errors.AsType[*semver.SyntaxError](err); ok {
		return e.Reason
	}
	return err.Error()
}

// words checks the fields that are one word or one text.
func (c *checker) words(n *Manifest) {
	c.text("description", n.Description, MaxDescription)
	c.licence(n.Licence)
	c.word("kind", n.Kind)
	n.Runtime = orDefault(n.Runtime, DefaultRuntime)
	if n.Runtime != DefaultRuntime {
		c.word("runtime", n.Runtime)
		if strings.Contains(n.Runtime, "/") {
			c.add("runtime", quoted(n.Runtime)+" is not the name of a runtime", "one name without '/'")
		}
	}
	c.word("entry", n.Entry)
	n.Start = orDefault(n.Start, StartLazy)
	if n.Start != StartLazy && n.Start != StartEager {
		c.add("start", quoted(n.Start)+" is not a way to start", `write "lazy" or "eager"`)
	}
}

// word checks a name that may be left out.
func (c *checker) word(path, s string) {
	if s == "" {
		return
	}
	if err := capability.CheckName(s); err != nil {
		c.refused(path, "a name", s, err, "")
	}
}

// text checks words for people.
func (c *checker) text(path, s string, limit int) {
	if len(s) > limit {
		c.add(path, fmt.Sprintf("%d bytes are too many", len(s)), fmt.Sprintf("at most %d", limit))
	} else if reason := textFault(s, "\n\t"); reason != "" {
		c.add(path, reason, "")
	}
}

// textFault says why text cannot be shown, "" if it can; allowed are the
// control characters that may stand in it.
func textFault(s, allowed string) string {
	if !utf8.ValidString(s) {
		return quoted(s) + " is not UTF-8"
	}
	for _, r := range s {
		if unicode.IsControl(r) && !strings.ContainsRune(allowed, r) {
			return fmt.Sprintf("%s holds the control character %U", quoted(s), r)
		}
	}
	return ""
}

// licence checks the characters of an SPDX licence expression (SPDX 2.3, annex
// D); whether its identifiers exist is not for this package to say.
func (c *checker) licence(s string) {
	if len(s) > MaxLicence {
		c.add("license", fmt.Sprintf("%d bytes are too many", len(s)), fmt.Sprintf("at most %d", MaxLicence))
		return
	}
	odd := strings.IndexFunc(s, func(r rune) bool {
		return r >= utf8.RuneSelf || !isLetterOrDigit(byte(r)) && !strings.ContainsRune(" .-+:()", r)
	})
	if odd >= 0 || strings.TrimSpace(s) != s {
		c.add("license", quoted(s)+" is not an SPDX licence expression", `such as "Apache-2.0" or "MIT OR BSD-3-Clause"`)
	}
}

func isLetterOrDigit(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' || isDigit(b) }

// schema gives the canonical form of a JSON Schema that stands inside the
// given number of objects and arrays. That it is a valid schema is for package
// jsonschema to say.
func (c *checker) schema(raw json.RawMessage, inside int, path ...any) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	canonical, err := canonicalise(make([]byte, 0, len(raw)), raw, MaxDepth-inside, "")
	if err != nil {
		c.add(joinPath(at(path...), err.Path), err.Reason, err.Fix)
		return nil
	}
	if canonical[0] != '{' && canonical[0] != 't' && canonical[0] != 'f' {
		c.add(at(path...), "is not a JSON Schema", "an object, true or false")
	}
	return canonical
}

func (c *checker) metadata(n *Manifest) {
	if len(n.Metadata) == 0 {
		n.Metadata = nil
		return
	}
	if len(n.Metadata) > MaxMetadata {
		c.tooMany("metadata", len(n.Metadata), MaxMetadata)
		return
	}
	for _, key := range sortedKeys(n.Metadata) {
		if err := checkAttribute(key, capability.Bool(true)); err != nil {
			c.refused(at("metadata", key), "a name here", key, err, "")
		}
		c.text(at("metadata", key), n.Metadata[key], MaxMetadataValue)
	}
	n.Metadata = cloneMap(n.Metadata)
}

func (c *checker) tooMany(path string, n, limit int) {
	c.add(path, fmt.Sprintf("has %d entries", n), fmt.Sprintf("at most %d", limit))
}
