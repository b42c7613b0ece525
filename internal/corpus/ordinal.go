package corpus

import (
	"strconv"
	"strings"

	"github.com/modreg/modreg/semver"
)

// ordinalVersion is n.0.0, labelled with the text that it stands for.
func ordinalVersion(n uint64, text string) semver.Version {
	return labelled(strconv.FormatUint(n, 10)+".0.0", text)
}

// labelled is the version of the text, which is one, with the label as build
// metadata where that may hold it.
func labelled(text, label string) semver.Version {
	if v, err := semver.Parse(text + "+" + label); err == nil {
		return v
	}
	v, _ := semver.Parse(text)
	return v
}

// plain is the text of the version without build metadata.
func plain(v semver.Version) string {
	text, _, _ := strings.Cut(v.String(), "+")
	return text
}
