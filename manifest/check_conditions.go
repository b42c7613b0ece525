package manifest

import (
	"fmt"
	"slices"
	"strings"
)

func (c *checker) conditions(n *Manifest) {
	if n.Conditions == nil {
		return
	}
	k := *n.Conditions
	k.Environment = c.variables(k.Environment)
	k.OS = c.list(k.OS, platformFault, "conditions", "os")
	k.Arch = c.list(k.Arch, platformFault, "conditions", "arch")
	k.Capabilities, c.more.conditions = c.requirements(k.Capabilities, "conditions", "capabilities")
	n.Conditions = &k
	if k.Environment == nil && k.OS == nil && k.Arch == nil && k.Capabilities == nil {
		n.Conditions = nil
	}
}

func (c *checker) variables(m map[string][]string) map[string][]string {
	if len(m) == 0 {
		return nil
	}
	if len(m) > MaxListed {
		c.tooMany("conditions.environment", len(m), MaxListed)
		return nil
	}
	out := make(map[string][]string, len(m))
	for _, name := range sortedKeys(m) {
		if reason := variableFault(name); reason != "" {
			c.add(at("conditions", "environment", name), quoted(name)+" "+reason, "")
		}
		values := c.list(m[name], valueFault, "conditions", "environment", name)
		if values == nil {
			values = []string{} // not null: the variable must be set
		}
		out[name] = slices.Clip(values)
	}
	return out
}

// valueFault says why s is not a value of an environment variable to wait for.
func valueFault(s string) string {
	if len(s) > MaxText {
		return fmt.Sprintf("is %d bytes long, at most %d are allowed", len(s), MaxText)
	}
	if textFault(s, "") != "" {
		return "is not text that can be shown"
	}
	return ""
}

// platformFault says why s cannot be one of Go's names of systems and
// architectures.
func platformFault(s string) string {
	odd := strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	if s == "" || len(s) > 32 || odd >= 0 {
		return "is not a name like Go's: linux, darwin, windows; amd64, arm64"
	}
	return ""
}
