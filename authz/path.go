package authz

import (
	"errors"
	"fmt"
	"strings"
)

// MaxPathID is the most bytes that the identifier of a resource has: that of a module and its version fit.
const MaxPathID = 448

// A Path is the place of a resource in the tree, and with it everything below: "fleet" is all there is,
// "namespace/acme" all modules and secrets whose names begin with "acme/", "module/acme/pay" one module with its versions
// "version/acme/pay@1.2.0" and instances "instance/acme/pay:i7". A name without "/" is in no namespace, directly below
// the fleet. "audit/n1/registry", "backup/n1/…" and "config/n1/…" are of the node n1. The zero Path is no place.
type Path struct {
	Kind string
	ID   string // empty for the fleet, and there only
}

// Fleet is the root of the tree.
func Fleet() Path { return Path{Kind: KindFleet} }

// ParsePath reads the form of [Path.String]. The error says what is wrong, without repeating more than the kind.
func ParsePath(s string) (Path, error) {
	kind, id, found := strings.Cut(s, "/")
	p := Path{Kind: kind, ID: id}
	if found && id == "" {
		return Path{}, errors.New("path: it ends after the kind")
	}
	if err := p.Check(); err != nil {
		return Path{}, err
	}
	return p, nil
}

// Check reports what of p is outside the grammar or the limits.
func (p Path) Check() error {
	i := kindIndex(p.Kind)
	if i < 0 {
		return errors.New("path: it does not begin with a kind of resource, as in \"fleet\" or \"module/acme/pay\"")
	}
	if len(p.ID) > MaxPathID {
		return fmt.Errorf("path: the identifier has %d bytes and may have %d", len(p.ID), MaxPathID)
	}
	if fault := kindTable[i].id.fault(p.ID); fault != "" {
		return fmt.Errorf("path: %s: %s", p.Kind, fault)
	}
	return nil
}

// IsZero reports whether p is no place.
func (p Path) IsZero() bool { return p == Path{} }

// String returns the kind, a slash and the identifier; "fleet" for the root.
func (p Path) String() string {
	if p.ID == "" {
		return p.Kind
	}
	return p.Kind + "/" + p.ID
}

// MarshalText is [Path.String].
func (p Path) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is [ParsePath].
func (p *Path) UnmarshalText(text []byte) error {
	q, err := ParsePath(string(text))
	if err != nil {
		return err
	}
	*p = q
	return nil
}

// Parent returns what p is directly in; false for the fleet and for what has no known kind.
func (p Path) Parent() (Path, bool) {
	i := kindIndex(p.Kind)
	if i < 0 {
		return Path{}, false
	}
	switch kindTable[i].place {
	case atRoot:
		return Path{}, false
	case inDir:
		if at := strings.LastIndexByte(p.ID, '/'); at > 0 {
			return Path{Kind: KindNamespace, ID: p.ID[:at]}, true
		}
	case inNode:
		if at := strings.IndexByte(p.ID, '/'); at > 0 {
			return Path{Kind: KindNode, ID: p.ID[:at]}, true
		}
	case beforeAt:
		if at := strings.IndexByte(p.ID, '@'); at > 0 {
			return Path{Kind: KindModule, ID: p.ID[:at]}, true
		}
	case beforeMark:
		if at := strings.IndexByte(p.ID, ':'); at > 0 {
			return Path{Kind: KindModule, ID: p.ID[:at]}, true
		}
	}
	return Fleet(), true
}

// Contains reports whether q is p or below it.
func (p Path) Contains(q Path) bool {
	for ok := true; ok; q, ok = q.Parent() {
		if p == q {
			return true
		}
	}
	return false
}
