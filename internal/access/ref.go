package access

import (
	"errors"
	"fmt"
	"strings"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

// The limits of names.
const (
	MaxID     = 100 // bytes of the identifier of a principal
	MaxName   = 63  // bytes of the name of a group
	MaxGroups = 64  // groups of one principal
)

// A Ref names a principal: its kind, a slash and its identifier, as in "user/ada". It is the key of everything that a principal has,
// and never means another principal later.
type Ref string

// NewRef returns the reference to a principal. Errors are those of [Ref.Check].
func NewRef(kind, id string) (Ref, error) {
	r := Ref(kind + "/" + id)
	return r, r.Check()
}

// RefOf returns the reference to the principal that an actor is.
func RefOf(a record.Actor) Ref { return Ref(a.Kind + "/" + a.ID) }

// Kind returns what kind of principal it is.
func (r Ref) Kind() string {
	kind, _, _ := strings.Cut(string(r), "/")
	return kind
}

// ID returns its identifier.
func (r Ref) ID() string {
	_, id, _ := strings.Cut(string(r), "/")
	return id
}

// Subject returns what package authz calls the principal.
func (r Ref) Subject() authz.Subject { return authz.Subject{Kind: r.Kind(), ID: r.ID()} }

// Check reports whether r names a principal of kind user, service, module or node with an identifier of up to [MaxID]
// lower-case letters, digits and "._:@+=~-", the first a letter or a digit. Identifiers of modules may have several
// such parts with "/" between. The error does not repeat the value.
func (r Ref) Check() error {
	kind, id, ok := strings.Cut(string(r), "/")
	if !ok {
		return errors.New("principal: it is not a kind, a slash and an identifier")
	}
	switch kind {
	case record.KindUser, record.KindService, record.KindModule, record.KindNode:
	default:
		return errors.New("principal: the kind is not one of user, service, module, node")
	}
	if len(id) > MaxID {
		return fmt.Errorf("principal: the identifier has %d bytes and may have %d", len(id), MaxID)
	}
	if kind != record.KindModule {
		return checkPart("principal", id, "._:@+=~-")
	}
	for part := range strings.SplitSeq(id, "/") {
		if err := checkPart("principal", part, "._:@+=~-"); err != nil {
			return err
		}
	}
	return nil
}

// checkName reports whether the value of a field is the name of a group.
func checkName(field, value string) error {
	if len(value) > MaxName {
		return fmt.Errorf("%s: it has %d bytes and may have %d", field, len(value), MaxName)
	}
	return checkPart(field, value, "._-")
}

func checkPart(field, value, punctuation string) error {
	if value == "" {
		return fmt.Errorf("%s: it is empty", field)
	}
	for i := range len(value) {
		c := value[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (i == 0 || strings.IndexByte(punctuation, c) < 0) {
			return fmt.Errorf("%s: byte %d is not one of a-z, 0-9 or, after the first, %s", field, i, punctuation)
		}
	}
	return nil
}

// checkGroups reports whether groups are names in ascending order, each once.
func checkGroups(groups []string) error {
	if len(groups) > MaxGroups {
		return fmt.Errorf("groups: %d are too many: at most %d", len(groups), MaxGroups)
	}
	for i, g := range groups {
		if err := checkName("groups", g); err != nil {
			return err
		}
		if i > 0 && groups[i-1] >= g {
			return errors.New("groups: they are not in ascending order")
		}
	}
	return nil
}
