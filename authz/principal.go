package authz

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The kinds of principals, as in package record, and what else a binding may be for.
const (
	User    = "user"    // a person
	Service = "service" // an automation with an account of its own
	Module  = "module"  // an instance of a module
	Node    = "node"    // a daemon of the fleet
	System  = "system"  // the program itself
	Group   = "group"   // a group of principals: only in bindings and forbids
)

// MaxGroups is the most groups that one principal is in.
const MaxGroups = 64

// A Subject is a principal or a group: "user/ada", "service/ci", "module/acme/pay/i7", "node/n1", "group/ops". The
// identifier must never come to mean another principal. The zero Subject is nobody.
type Subject struct {
	Kind string
	ID   string
}

// ParseSubject reads the form of [Subject.String]. The error does not repeat what it read.
func ParseSubject(s string) (Subject, error) {
	kind, id, _ := strings.Cut(s, "/")
	subject := Subject{Kind: kind, ID: id}
	if err := subject.Check(); err != nil {
		return Subject{}, err
	}
	return subject, nil
}

// Check reports what of s is outside the grammar or the limits: the names of groups are up to [MaxWord] lower-case letters,
// digits and "._-", identifiers of principals up to [MaxName] of them and ":@+=~"; the first is a letter or a digit.
// Identifiers of modules have several such parts with "/" between.
func (s Subject) Check() error {
	if s.Kind == Group {
		if fault := wordFault(s.ID); fault != "" {
			return errors.New("group: " + fault)
		}
		return nil
	}
	if kindBit(s.Kind) == 0 {
		return errors.New("the kind is not one of user, service, module, node, system, group")
	}
	if len(s.ID) > MaxName {
		return fmt.Errorf("%s: %d bytes are too many: at most %d", s.Kind, len(s.ID), MaxName)
	}
	rest, more := s.ID, s.Kind == Module
	for {
		part, tail, found := rest, "", false
		if more {
			part, tail, found = strings.Cut(rest, "/")
		}
		if at := lowerFault(part); at >= 0 {
			return fmt.Errorf("%s: byte %d of a part is not one of a-z, 0-9 or, after the first, ._:@+=~-", s.Kind, at)
		}
		if !found {
			return nil
		}
		rest = tail
	}
}

// lowerFault returns the first offending byte; -1 if there is none. The empty part offends at 0.
func lowerFault(part string) int {
	if part == "" {
		return 0
	}
	for i := range len(part) {
		if c := part[i]; !isLower(c) && (i == 0 || strings.IndexByte("._:@+=~-", c) < 0) {
			return i
		}
	}
	return -1
}

// parsePrincipal is ParseSubject for what is no group.
func parsePrincipal(s string) (Subject, error) {
	subject, err := ParseSubject(s)
	if err == nil && subject.Kind == Group {
		err = errors.New("a group is no principal")
	}
	return subject, err
}

// IsZero reports whether s is nobody.
func (s Subject) IsZero() bool { return s == Subject{} }

// String returns the kind, a slash and the identifier; "nobody" for the zero Subject.
func (s Subject) String() string {
	if s.IsZero() {
		return "nobody"
	}
	return s.Kind + "/" + s.ID
}

// MarshalText is [Subject.String]; empty for the zero Subject.
func (s Subject) MarshalText() ([]byte, error) {
	if s.IsZero() {
		return nil, nil
	}
	return []byte(s.String()), nil
}

// UnmarshalText is [ParseSubject]; the empty text is the zero Subject.
func (s *Subject) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*s = Subject{}
		return nil
	}
	t, err := ParseSubject(string(text))
	if err != nil {
		return err
	}
	*s = t
	return nil
}

// A Principal is who asks, as authentication found out. There is no anonymous one.
type Principal struct {
	Subject
	Groups   []string // names of groups
	Authn    string   // how it was authenticated, as in "token" or "mtls"; not part of any decision
	MFA      time.Time
	Disabled bool // it is denied everything

	// Granted is what an operator approved of what the manifest of a module requires: the modules that it may invoke and the
	// secrets that it may use. Of modules only.
	Granted []Path
}

// Check reports what of p is outside the grammar or the limits.
func (p *Principal) Check() error {
	if err := p.Subject.Check(); err != nil {
		return fmt.Errorf("principal: %w", err)
	}
	if p.Kind == Group {
		return errors.New("principal: a group is no principal")
	}
	if len(p.Groups) > MaxGroups {
		return fmt.Errorf("principal: %d groups are too many: at most %d", len(p.Groups), MaxGroups)
	}
	for _, g := range p.Groups {
		if fault := wordFault(g); fault != "" {
			return errors.New("principal: group: " + fault)
		}
	}
	for _, granted := range p.Granted {
		if granted.Kind != KindModule && granted.Kind != KindSecret {
			return errors.New("principal: only modules and secrets are granted to a module")
		}
		if err := granted.Check(); err != nil {
			return fmt.Errorf("principal: granted: %w", err)
		}
	}
	return nil
}

// Is reports whether what is bound to s is p's: s is p, or a group that p is in.
func (p *Principal) Is(s Subject) bool {
	if s.Kind == Group {
		return slices.Contains(p.Groups, s.ID)
	}
	return p.Subject == s
}
