package access

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

// PutRole makes a custom role, or gives one that there is another content. Its actions may be in any order. Errors are those of
// [Store.Create].
func (s *Store) PutRole(ctx context.Context, r authz.Role) error {
	r.Actions, r.Grants = sorted(r.Actions), sorted(r.Grants)
	return s.change(ctx, ordinary, &putRole{r})
}

// DropRole takes a custom role away. It is a conflict while somebody has it; CodeNotFound if there is none of that name.
func (s *Store) DropRole(ctx context.Context, name string) error {
	return s.change(ctx, ordinary, &dropRole{name})
}

// Bind gives a role to a principal or a group. Bindings do not change: it is a conflict if there is one with the
// identifier. It returns CodeNotFound if there is no such principal.
func (s *Store) Bind(ctx context.Context, b authz.Binding) error {
	b.When.Networks = sortedNetworks(b.When.Networks)
	b.When.NotAfter = inUTC(b.When.NotAfter)
	return s.change(ctx, ordinary, &putBinding{b})
}

// Unbind takes a role away. It happens even if the audit log cannot be written. It returns CodeNotFound if there is no such binding.
func (s *Store) Unbind(ctx context.Context, id string) error {
	return s.change(ctx, protective, &dropBinding{id})
}

// PutForbid makes a forbid, or gives one that there is another content. Its actions may be in any order. It happens even if the audit log
// cannot be written.
func (s *Store) PutForbid(ctx context.Context, f authz.Forbid) error {
	f.Actions, f.NotAfter = sorted(f.Actions), inUTC(f.NotAfter)
	return s.change(ctx, protective, &putForbid{f})
}

// DropForbid takes a forbid away; CodeNotFound if there is none with the identifier.
func (s *Store) DropForbid(ctx context.Context, id string) error {
	return s.change(ctx, ordinary, &dropForbid{id})
}

// SetSettings sets the switches of the guard rails.
func (s *Store) SetSettings(ctx context.Context, settings authz.Settings) error {
	return s.change(ctx, ordinary, &setSettings{settings})
}

// Policy returns the roles, bindings, forbids and settings as package authz has them. Its revision names the last record that changed any of
// them: policies with one revision are the same. It is made anew for each call, and its content must not be changed.
func (s *Snapshot) Policy() *authz.Policy {
	p := &authz.Policy{Revision: s.PolicyRevision(), Settings: s.grants.settings}
	for _, r := range s.grants.roles.All() {
		p.Roles = append(p.Roles, *r)
	}
	for _, b := range s.grants.bindings.All() {
		p.Bindings = append(p.Bindings, *b)
	}
	for _, f := range s.grants.forbids.All() {
		p.Forbids = append(p.Forbids, *f)
	}
	return p
}

// PolicyRevision returns the revision of [Snapshot.Policy].
func (s *Snapshot) PolicyRevision() string { return "access." + strconv.FormatUint(s.grants.rev, 10) }

// BindingsOf yields the bindings of a principal or a group, not those of its groups.
func (s *Snapshot) BindingsOf(subject authz.Subject) iter.Seq[authz.Binding] {
	return func(yield func(authz.Binding) bool) {
		ids, _ := s.grants.of.Get(subject.String())
		for _, id := range ids {
			if b, ok := s.grants.bindings.Get(id); ok && !yield(*b) {
				return
			}
		}
	}
}

func isUTC(t time.Time) bool { return t.Location() == time.UTC }

// inUTC returns a time in the form that records have.
func inUTC(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

// maxWords is how many bytes words of an administrator have.
const maxWords = 256

func checkWords(field, words string) error {
	if len(words) > maxWords {
		return fmt.Errorf("%s: it has %d bytes and may have %d", field, len(words), maxWords)
	}
	if record.CheckReason(words) != nil {
		return errors.New(field + ": it is no text that can be printed")
	}
	return nil
}
