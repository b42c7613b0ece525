package main

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/capability"
)

// A listed plugin is one that -list shows.
type listed struct {
	Name        string           `json:"name"`
	Version     string           `json:"version"`
	Kind        string           `json:"kind"`
	Capability  string           `json:"capability"` // id@version
	Attributes  capability.Attrs `json:"attributes"`
	Description string           `json:"description"`
}

// list writes all plugins, by kind and name.
func list(w io.Writer, reg *modreg.Registry, asJSON bool) error {
	found, err := reg.Discover(modreg.Query{})
	if err != nil {
		return err
	}
	var all []listed
	for m := range found {
		for _, c := range m.Provides() {
			all = append(all, listed{
				Name: m.Name(), Version: m.Version().String(), Kind: m.Kind(), Attributes: c.Attrs,
				Capability: c.ID.String() + "@" + c.Version.String(), Description: m.Manifest().Description,
			})
		}
	}
	slices.SortStableFunc(all, func(a, b listed) int { return strings.Compare(a.Kind, b.Kind) })
	if asJSON {
		return json.NewEncoder(w).Encode(all)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "PLUGIN\tKIND\tPROVIDES\tATTRIBUTES\tDESCRIPTION")
	for _, l := range all {
		fmt.Fprintf(t, "%s@%s\t%s\t%s\t%s\t%s\n", l.Name, l.Version, l.Kind, l.Capability, attributes(l.Attributes), l.Description)
	}
	return t.Flush()
}

// attributes writes attributes as a pipeline would ask for them.
func attributes(a capability.Attrs) string {
	text := ""
	for name, value := range a.All() {
		if text != "" {
			text += " "
		}
		if s, ok := value.AsString(); ok {
			text += name + "=" + s
		} else {
			text += name + "=" + string(value.AppendJSON(nil))
		}
	}
	return text
}

// sortedKeys yields the keys of a set in order.
func sortedKeys(set map[string]bool) iter.Seq[string] {
	return slices.Values(slices.Sorted(maps.Keys(set)))
}
