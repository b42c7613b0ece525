package corpus

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

const whatDebianControl = "debian control"

// ReadDebianControl reads the paragraphs of a "Packages" file, as in
// /var/lib/apt/lists, or of dpkg's status file, where packages that are not
// installed are skipped. Files that apt keeps compressed have to be decompressed
// ("apt-helper cat-file" does).
//
// The syntax is that of deb822: fields of any case, folded lines start with white
// space, lines that start with "#" are comments, an empty line ends a paragraph.
// Fields that [DebianPackage] does not have are skipped.
//
// A line and a folded field have at most 1 MiB, and there are at most 1,048,576
// packages. The error is a *[FormatError] or wraps that of the reader.
func ReadDebianControl(r io.Reader) ([]DebianPackage, error) {
	lines := newLines(r)
	var c controlReader
	for lines.Scan() {
		c.number++
		if reason := c.line(lines.Bytes()); reason != "" {
			return nil, c.fail(reason)
		}
	}
	if err := linesError(whatDebianControl, c.number, lines.Err()); err != nil {
		return nil, err
	}
	if reason := c.endParagraph(); reason != "" {
		return nil, c.fail(reason)
	}
	return c.packages, nil
}

// controlField numbers the fields that are kept.
type controlField uint8

const (
	fieldNone controlField = iota
	fieldPackage
	fieldVersion
	fieldArchitecture
	fieldPriority
	fieldStatus
	fieldPreDepends
	fieldDepends
	fieldRecommends
	fieldConflicts
	fieldBreaks
	fieldProvides
	fieldDescription
	fieldTag
	controlFields // their number
)

func fieldOf(lower []byte) controlField {
	switch string(lower) {
	case "package":
		return fieldPackage
	case "version":
		return fieldVersion
	case "architecture":
		return fieldArchitecture
	case "priority":
		return fieldPriority
	case "status":
		return fieldStatus
	case "pre-depends":
		return fieldPreDepends
	case "depends":
		return fieldDepends
	case "recommends":
		return fieldRecommends
	case "conflicts":
		return fieldConflicts
	case "breaks":
		return fieldBreaks
	case "provides":
		return fieldProvides
	case "description":
		return fieldDescription
	case "tag":
		return fieldTag
	}
	return fieldNone
}

// controlReader collects a paragraph line by line.
type controlReader struct {
	packages []DebianPackage
	number   int // of the line
	inside   bool
	field    controlField // what a folded line belongs to
	value    []byte       // of that field, as far as it is read
	values   [controlFields]string
	given    [controlFields]bool
}

func (c *controlReader) fail(reason string) error {
	return formatError(whatDebianControl, "line "+strconv.Itoa(c.number), "", reason)
}

func (c *controlReader) line(b []byte) (reason string) {
	switch {
	case len(bytes.TrimSpace(b)) == 0:
		return c.endParagraph()
	case b[0] == '#':
		return ""
	case b[0] == ' ' || b[0] == '\t':
		return c.fold(b)
	}
	name, value, ok := bytes.Cut(b, []byte{':'})
	if !ok {
		return "there is no colon behind the name of a field"
	}
	c.endField()
	c.inside = true
	var lower [16]byte
	if len(name) > len(lower) {
		return ""
	}
	if c.field = fieldOf(appendLower(lower[:0], name)); c.field == fieldNone {
		return ""
	}
	if c.given[c.field] {
		return "the field " + strconv.Quote(string(name)) + " is there twice"
	}
	c.given[c.field] = true
	c.value = append(c.value, bytes.TrimSpace(value)...)
	return ""
}

// endField puts the value of the field where it belongs.
func (c *controlReader) endField() {
	c.values[c.field] = string(c.value)
	c.field, c.value = fieldNone, c.value[:0]
}

// fold appends a folded line to the field that it continues. Of a description
// only the first line is kept.
func (c *controlReader) fold(b []byte) (reason string) {
	switch {
	case !c.inside:
		return "a paragraph starts with a folded line"
	case c.field == fieldNone || c.field == fieldDescription:
		return ""
	}
	if len(c.value)+len(b) > maxDebianLine {
		return reasonDebianLine
	}
	if len(c.value) > 0 {
		c.value = append(c.value, ' ')
	}
	c.value = append(c.value, bytes.TrimSpace(b)...)
	return ""
}

func appendLower(to, name []byte) []byte {
	for _, ch := range name {
		if 'A' <= ch && ch <= 'Z' {
			ch |= 0x20
		}
		to = append(to, ch)
	}
	return to
}

func (c *controlReader) endParagraph() (reason string) {
	if !c.inside {
		return ""
	}
	c.endField()
	v := &c.values
	absent := c.given[fieldStatus] && !strings.HasSuffix(v[fieldStatus], " installed")
	p := DebianPackage{
		Name: v[fieldPackage], Version: v[fieldVersion], Architecture: v[fieldArchitecture], Priority: v[fieldPriority],
		PreDepends: v[fieldPreDepends], Depends: v[fieldDepends], Recommends: v[fieldRecommends],
		Conflicts: v[fieldConflicts], Breaks: v[fieldBreaks], Provides: v[fieldProvides],
		Summary: v[fieldDescription], Tags: splitTags(v[fieldTag]),
	}
	*c = controlReader{packages: c.packages, number: c.number, value: c.value}
	if absent {
		return ""
	}
	if reason := p.check(); reason != "" {
		return reason
	}
	if len(c.packages) == maxDebianPackages {
		return reasonDebianPackages
	}
	c.packages = append(c.packages, p)
	return ""
}
