package certs

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
)

// Limits of identifiers, which are those of SPIFFE.
const (
	maxID          = 2048
	maxTrustDomain = 255
)

// An ID is a SPIFFE identifier: spiffe://TRUSTDOMAIN/PATH (https://github.com/spiffe/spiffe, SPIFFE-ID). Make one with [ParseID], [ModuleID]
// or [NodeID]; two are the same if they are ==. The zero value is none.
type ID struct{ domain, path string }

// ParseID reads an identifier. What SPIFFE forbids is an error: upper case in the trust domain, ports, escapes, empty parts of
// the path, parts that are . or .., and anything after the path.
func ParseID(s string) (ID, error) {
	rest, ok := strings.CutPrefix(s, "spiffe://")
	if len(s) > maxID || !ok {
		return ID{}, fmt.Errorf("%.80q is not a SPIFFE identifier", s)
	}
	domain, path, slash := strings.Cut(rest, "/")
	if err := checkDomain(domain); err != nil {
		return ID{}, fmt.Errorf("%.80q is not a SPIFFE identifier: %w", s, err)
	}
	if slash {
		for part := range strings.SplitSeq(path, "/") {
			if err := checkPart(part); err != nil {
				return ID{}, fmt.Errorf("%.80q is not a SPIFFE identifier: %w", s, err)
			}
		}
	}
	return ID{domain, path}, nil
}

func checkDomain(s string) error {
	if s == "" || len(s) > maxTrustDomain {
		return errors.New("a trust domain has 1 to 255 characters")
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return errors.New("a trust domain has lower-case letters, digits and . - _")
		}
	}
	return nil
}

func checkPart(s string) error {
	if s == "" || s == "." || s == ".." {
		return errors.New("the parts of a path are names")
	}
	for i := range len(s) {
		c := s[i]
		if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return errors.New("a path has letters, digits and . - _")
		}
	}
	return nil
}

// ModuleID returns the identifier of an instance of a module: module/NAMESPACE/NAME/INSTANCE.
func ModuleID(trustDomain, namespace, name, instance string) (ID, error) {
	return makeID(trustDomain, "module", namespace, name, instance)
}

// NodeID returns the identifier of a node: node/NAME.
func NodeID(trustDomain, name string) (ID, error) { return makeID(trustDomain, "node", name) }

func makeID(domain string, parts ...string) (ID, error) {
	for _, part := range parts {
		if err := checkPart(part); err != nil {
			return ID{}, fmt.Errorf("%.80q is no part of a SPIFFE identifier: %w", part, err)
		}
	}
	return ParseID("spiffe://" + domain + "/" + strings.Join(parts, "/"))
}

// String returns the identifier, "" if it is none.
func (id ID) String() string {
	switch {
	case id.domain == "":
		return ""
	case id.path == "":
		return "spiffe://" + id.domain
	}
	return "spiffe://" + id.domain + "/" + id.path
}

// TrustDomain returns the trust domain.
func (id ID) TrustDomain() string { return id.domain }

// Module returns the parts of the identifier of a module.
func (id ID) Module() (namespace, name, instance string, ok bool) {
	parts := strings.Split(id.path, "/")
	if len(parts) != 4 || parts[0] != "module" {
		return "", "", "", false
	}
	return parts[1], parts[2], parts[3], true
}

// Node returns the name in the identifier of a node.
func (id ID) Node() (name string, ok bool) {
	name, ok = strings.CutPrefix(id.path, "node/")
	return name, ok && !strings.Contains(name, "/")
}

// idOf returns the only identifier of a certificate. One with two would be two peers at once.
func idOf(cert *x509.Certificate) (ID, error) {
	if len(cert.URIs) != 1 {
		return ID{}, fmt.Errorf("%w: it has %d URIs", ErrNoID, len(cert.URIs))
	}
	id, err := ParseID(cert.URIs[0].String())
	if err != nil {
		return ID{}, fmt.Errorf("%w: %w", ErrNoID, err)
	}
	if id.path == "" || cert.IsCA {
		return ID{}, fmt.Errorf("%w: it is that of an authority", ErrNoID)
	}
	return id, nil
}
