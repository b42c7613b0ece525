package manifest

import (
	"slices"
	"strings"

	"github.com/modreg/modreg/internal/nearest"
)

// meant suggests which of the known names was meant by an unknown one.
func meant(name string, known []string) string {
	near := nearest.Of(name, slices.Values(known))
	switch {
	case near == "":
		return ""
	case strings.EqualFold(near, name):
		return "write it as " + quoted(near) + ": names are case-sensitive"
	}
	return "did you mean " + quoted(near) + "?"
}
