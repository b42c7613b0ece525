package corpus

import (
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/modreg/modreg/capability"
	"github.com/modreg/modreg/resolve"
	"github.com/modreg/modreg/semver"
)

const (
	whatPubGrub         = "pubgrub"
	whatPubGrubVerdicts = "pubgrub verdicts"
)

// ReadPubGrub reads a large case of pubgrub-rs: an object of packages, of their
// versions, of their dependencies, each a list of spans [lo, hi] that hold lo and
// not hi, with null for no end. Package 7 becomes the module "p7", its version 3
// becomes 3.0.0. Dependencies are in the order of the modules' names.
//
// The error is a *[FormatError] or wraps that of the reader.
func ReadPubGrub(r io.Reader) ([]*resolve.Candidate, error) {
	data, err := readDocument(whatPubGrub, r, maxDocument)
	if err != nil {
		return nil, err
	}
	var packages map[string]map[string]map[string][][2]*uint32
	if err := json.Unmarshal(data, &packages); err != nil {
		return nil, formatError(whatPubGrub, "", "", err.Error())
	}
	ranges := make(map[string]semver.Range)
	var all []*resolve.Candidate
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		first := len(all)
		for _, version := range slices.Sorted(maps.Keys(packages[name])) {
			deps := packages[name][version]
			c := &resolve.Candidate{Name: "p" + name}
			if c.Version, err = semver.Parse(version + ".0.0"); err != nil {
				return nil, formatError(whatPubGrub, "package "+name, version, "is no version")
			}
			for _, dep := range slices.Sorted(maps.Keys(deps)) {
				allowed, err := spansRange(deps[dep], ranges)
				if err != nil {
					return nil, formatError(whatPubGrub, "package "+name, dep, err.Error())
				}
				c.Requires = append(c.Requires, capability.Requirement{ID: pubGrubID(dep), Range: allowed})
			}
			all = append(all, c)
		}
		slices.SortFunc(all[first:], func(a, b *resolve.Candidate) int { return a.Version.Compare(b.Version) })
	}
	return all, nil
}

func pubGrubID(name string) capability.ID {
	return capability.ID{Namespace: capability.ModuleNamespace, Name: "p" + name}
}

// spansRange returns the range of the spans, the same value for the same spans.
func spansRange(spans [][2]*uint32, known map[string]semver.Range) (semver.Range, error) {
	texts := []string{semver.None().String()}
	for _, s := range spans {
		lo := uint32(0)
		if s[0] != nil {
			lo = *s[0]
		}
		text := ">=" + strconv.FormatUint(uint64(lo), 10)
		if s[1] != nil {
			text += " <" + strconv.FormatUint(uint64(*s[1]), 10)
		}
		texts = append(texts, text)
	}
	text := strings.Join(texts, " || ")
	if r, ok := known[text]; ok {
		return r, nil
	}
	r, err := semver.ParseRange(text)
	if err == nil {
		known[text] = r
	}
	return r, err
}

// PubGrubVerdict says whether one version of a package can be had.
type PubGrubVerdict struct {
	Root        capability.Requirement // that version and no other
	Satisfiable bool
}

// ReadPubGrubVerdicts reads one verdict a line: package, version, and "true" or
// "false", with tabs between them.
//
// The error is a *[FormatError] or wraps that of the reader.
func ReadPubGrubVerdicts(r io.Reader) ([]PubGrubVerdict, error) {
	var all []PubGrubVerdict
	number := 0
	lines := newLines(r)
	for lines.Scan() {
		number++
		f := strings.Split(lines.Text(), "\t")
		if len(f) != 3 || f[2] != "true" && f[2] != "false" {
			return nil, formatError(whatPubGrubVerdicts, "line "+strconv.Itoa(number), lines.Text(), "is not package, version and verdict")
		}
		v, err := semver.Parse(f[1] + ".0.0")
		if err != nil {
			return nil, formatError(whatPubGrubVerdicts, "line "+strconv.Itoa(number), f[1], "is no version")
		}
		root := capability.Requirement{ID: pubGrubID(f[0]), Range: semver.Exactly(v)}
		all = append(all, PubGrubVerdict{Root: root, Satisfiable: f[2] == "true"})
	}
	return all, linesError(whatPubGrubVerdicts, number, lines.Err())
}
