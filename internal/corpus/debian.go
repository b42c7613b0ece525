package corpus

import (
	"strconv"
	"strings"
)

// DebianPackage is one binary package of a Debian archive. The relations are the
// fields as written, except that lines are joined; [DebianUniverse] reads them.
type DebianPackage struct {
	Name, Version string
	Architecture  string // "all", or what the package is built for
	Priority      string // "required", "important", "standard", "optional" or "extra"

	PreDepends, Depends, Recommends string
	Conflicts, Breaks, Provides     string

	Summary string   // the first line of the description
	Tags    []string // debtags, such as "role::program"
}

// String returns the name and the version, as in "bash 5.2.15-2+b2".
func (p *DebianPackage) String() string { return p.Name + " " + p.Version }

// Limits of what is read of a Debian archive.
const (
	maxDebianPackages = 1 << 20
	maxDebianLine     = 1 << 20 // bytes of a line, and of a folded field
	maxDebianWord     = 256     // bytes of a name or a version
)

const (
	reasonDebianLine     = "a line or folded field is longer than 1 MiB"
	reasonDebianPackages = "there are more than 1,048,576 packages"
)

// check reports what is wrong with what identifies the package, "" if nothing.
func (p *DebianPackage) check() (reason string) {
	switch {
	case !isDebianName(p.Name):
		return "the name " + strconv.Quote(shorten(p.Name)) + " is not one of a package"
	case !isDebianVersion(p.Version):
		return "the version " + strconv.Quote(shorten(p.Version)) + " is not one of a package"
	}
	return ""
}

func shorten(s string) string { return s[:min(len(s), shownInput)] }

// isDebianName is a little wider than Policy 5.6.1: archives of vendors use upper
// case and underscores.
func isDebianName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isLetter(c) && (i == 0 || !strings.ContainsRune("+-._", rune(c))) {
			return false
		}
	}
	return s != "" && len(s) <= maxDebianWord
}

func isDebianVersion(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && !isLetter(c) && !strings.ContainsRune(".+-~:_", rune(c)) {
			return false
		}
	}
	return s != "" && len(s) <= maxDebianWord
}

// splitTags returns the tags of a field. A brace list such as "{a,b}" is not taken
// apart, as archives write each tag on its own.
func splitTags(field string) []string {
	var tags []string
	for tag := range strings.SplitSeq(field, ",") {
		if tag = strings.TrimSpace(tag); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}
