package authz

import (
	"maps"
	"net/netip"
	"slices"
	"time"
)

// Includes reports whether c holds for every request that d holds for, as far as can be told one condition at a time: whoever
// has something under c may give it under d.
func (c *Conditions) Includes(d *Conditions) bool {
	switch {
	case len(c.Networks) > 0 && !within(d.Networks, c.Networks, func(n, m netip.Prefix) bool { return m.Bits() <= n.Bits() && m.Contains(n.Addr()) }):
	case c.Hours != nil && (d.Hours == nil || !c.Hours.includes(d.Hours)):
	case c.MFAAge > 0 && (d.MFAAge == 0 || d.MFAAge > c.MFAAge):
	case c.Approval && !d.Approval:
	case len(c.Environments) > 0 && !within(d.Environments, c.Environments, equal):
	case len(c.DataClasses) > 0 && !within(d.DataClasses, c.DataClasses, equal):
	case !hasAll(d.Labels, c.Labels):
	case !c.NotAfter.IsZero() && (d.NotAfter.IsZero() || d.NotAfter.After(c.NotAfter)):
	default:
		return true
	}
	return false
}

func equal(a, b string) bool { return a == b }

// within reports whether there is something in list, and each of it is in some of others.
func within[T any](list, others []T, in func(T, T) bool) bool {
	for _, x := range list {
		if !slices.ContainsFunc(others, func(y T) bool { return in(x, y) }) {
			return false
		}
	}
	return len(list) > 0
}

func hasAll(labels, wanted map[string]string) bool {
	for k, v := range wanted {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

func (h *Hours) includes(other *Hours) bool {
	for day := time.Sunday; day <= time.Saturday; day++ {
		for minute := range 24 * 60 {
			if other.contain(day, minute) && !h.contain(day, minute) {
				return false
			}
		}
	}
	return true
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
