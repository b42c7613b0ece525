package manifest

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strings"

	"github.com/modreg/modreg/capability"
)

func (c *checker) permissions(n *Manifest) {
	if n.Permissions == nil {
		return
	}
	p := *n.Permissions
	p.Files = c.files(p.Files)
	p.Network = c.network(p.Network)
	p.Environment = c.list(p.Environment, variableFault, "permissions", "environment")
	p.Secrets = c.list(p.Secrets, nameFault, "permissions", "secrets")
	p.Calls, c.more.calls = c.requirements(p.Calls, "permissions", "calls")
	n.Permissions = &p
	if p.Files == nil && p.Network == nil && p.Environment == nil && p.Secrets == nil && p.Calls == nil {
		n.Permissions = nil
	}
}

func (c *checker) files(list []FilePermission) []FilePermission {
	if len(list) == 0 {
		return nil
	}
	if len(list) > MaxListed {
		c.tooMany("permissions.files", len(list), MaxListed)
		return nil
	}
	var seen names
	for i, f := range list {
		if reason := pathFault(f.Path); reason != "" {
			c.add(at("permissions", "files", i, "path"), quoted(f.Path)+" "+reason, "")
		} else if !seen.add(f.Path) {
			c.add(at("permissions", "files", i, "path"), quoted(f.Path)+" stands twice", "one entry says what is done with it")
		}
		if f.Access != AccessRead && f.Access != AccessWrite {
			c.add(at("permissions", "files", i, "access"), quoted(f.Access)+" is not a kind of access", `write "read" or "write"`)
		}
	}
	return slices.Clone(list)
}

// pathFault says why a path may lead elsewhere than it seems to, "" if not.
func pathFault(s string) string {
	switch {
	case s == "":
		return "is no path"
	case len(s) > MaxText:
		return fmt.Sprintf("is %d bytes long, at most %d are allowed", len(s), MaxText)
	case strings.Contains(s, `\`):
		return `holds a '\', parts of a path are joined by '/' on every system`
	case s == ".." || strings.HasPrefix(s, "../"):
		return "leads out of the module's folder"
	case path.Clean(s) != s:
		return fmt.Sprintf("goes a roundabout way, write %q", path.Clean(s))
	}
	if reason := textFault(s, ""); reason != "" {
		return "is not text that can be shown"
	}
	return ""
}

func (c *checker) network(list []NetworkPermission) []NetworkPermission {
	if len(list) == 0 {
		return nil
	}
	if len(list) > MaxListed {
		c.tooMany("permissions.network", len(list), MaxListed)
		return nil
	}
	list = slices.Clone(list)
	var seen names
	for i := range list {
		host := list[i].Host
		if !isHost(host) {
			c.add(at("permissions", "network", i, "host"), quoted(host)+" is not a host",
				`a lower-case name without port and scheme, an IP address, "*.example.org" or "*"`)
		} else if !seen.add(host) {
			c.add(at("permissions", "network", i, "host"), quoted(host)+" stands twice", "list its ports in one entry")
		}
		list[i].Ports = c.ports(list[i].Ports, i)
	}
	return list
}

func (c *checker) ports(list []int, i int) []int {
	if len(list) == 0 || len(list) > MaxListed {
		c.add(at("permissions", "network", i, "ports"), fmt.Sprintf("has %d entries", len(list)), fmt.Sprintf("from 1 to %d", MaxListed))
		return nil
	}
	for j, port := range list {
		if port < 1 || port > 65535 {
			c.add(at("permissions", "network", i, "ports", j), fmt.Sprintf("%d is not a port", port), "from 1 to 65535")
		} else if slices.Contains(list[:j], port) {
			c.add(at("permissions", "network", i, "ports", j), fmt.Sprintf("%d stands twice", port), "keep one of the two")
		}
	}
	return slices.Clone(list)
}

// isHost tells whether s is a host of a NetworkPermission. Names follow RFC
// 1123, addresses are in the form of RFC 5952 without a zone.
func isHost(s string) bool {
	if s == "*" {
		return true
	}
	if addr, err := netip.ParseAddr(s); err == nil {
		return addr.Zone() == "" && addr.String() == s
	}
	s = strings.TrimPrefix(s, "*.")
	if len(s) > 253 {
		return false
	}
	last := ""
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, "-") != label {
			return false
		}
		for i := range len(label) {
			if b := label[i]; b != '-' && (!isLetterOrDigit(b) || b >= 'A' && b <= 'Z') {
				return false
			}
		}
		last = label
	}
	// A last label of digits would make it a broken address: 10.0.0.256.
	return strings.Trim(last, "0123456789") != ""
}

// list checks a list of texts by a grammar and gives a copy.
func (c *checker) list(list []string, fault func(string) string, path ...any) []string {
	if len(list) == 0 {
		return nil
	}
	if len(list) > MaxListed {
		c.tooMany(at(path...), len(list), MaxListed)
		return nil
	}
	var seen names
	for i, s := range list {
		if reason := fault(s); reason != "" {
			c.add(at(append(path, i)...), quoted(s)+" "+reason, "")
		} else if !seen.add(s) {
			c.add(at(append(path, i)...), quoted(s)+" stands twice", "keep one of the two")
		}
	}
	return slices.Clone(list)
}

func nameFault(s string) string {
	if err := capability.CheckName(s); err != nil {
		return "is not a name: " + reasonOf(err)
	}
	return ""
}

// variableFault says why s is not the portable name of an environment variable
// (POSIX.1-2017, section 8.1, with lower-case letters too).
func variableFault(s string) string {
	odd := strings.IndexFunc(s, func(r rune) bool { return r != '_' && (r >= 0x80 || !isLetterOrDigit(byte(r))) })
	if s == "" || len(s) > 256 || isDigit(s[0]) || odd >= 0 {
		return "is not the name of an environment variable: letters, digits and '_', no digit first"
	}
	return ""
}
