package access

import (
	"context"
	"fmt"
	"slices"
)

// A NewPrincipal says what to create.
type NewPrincipal struct {
	Ref    Ref
	Owner  Ref      // of a service: the user who answers for it; may be empty
	Groups []string // in any order
}

// Create makes a principal. Whoever had the name before, nobody gets it again: a name that was deleted is a conflict.
//
// As with every method that changes something, the context has the origin (package record) of whoever asks, with an actor; a request that
// was carried out before is not carried out again and succeeds. Errors are [*modreg.Error]s: CodeInvalid for what is outside its
// grammar, for an origin that is, and for nobody; [CodeDenied] if the rules of access control refuse the change, with the reason;
// CodeConflict, CodeNotFound and CodeInUse where a method says so; CodeAuditUnavailable, CodeJournal and CodeClosed.
//
// Create returns CodeNotFound if there is no such owner.
func (s *Store) Create(ctx context.Context, n NewPrincipal) error {
	o := &createPrincipal{Principal: n.Ref, Owner: n.Owner, Groups: sorted(n.Groups)}
	return s.change(ctx, ordinary, o)
}

// Update sets the groups and the owner of a principal. If rev is not 0, it is a conflict if the principal has changed since that
// revision ([Principal].Rev). It returns CodeNotFound if there is no such principal, or owner.
func (s *Store) Update(ctx context.Context, ref Ref, rev uint64, owner Ref, groups []string) error {
	o := &updatePrincipal{Principal: ref, Owner: owner, Groups: sorted(groups)}
	return s.changeIf(ctx, ordinary, o, func(d *draft) error {
		p, ok := d.principals.Get(string(ref))
		if ok && rev != 0 && p.Rev != rev {
			return conflict(fmt.Sprintf("update %q", ref), fmt.Sprintf("it has changed since: it is of revision %d", p.Rev), "look at it again")
		}
		return nil
	})
}

// Disable makes that a principal may not act: its tokens are not valid, and its sessions end. It succeeds if the principal is disabled. The
// last admin cannot be disabled. It happens even if the audit log cannot be written, see [audit.Trail.Effect]. It returns CodeNotFound if
// there is no such principal.
func (s *Store) Disable(ctx context.Context, ref Ref) error {
	return s.change(ctx, protective, &disablePrincipal{Principal: ref})
}

// Enable is the opposite of [Store.Disable]: tokens that have not ended meanwhile are valid again, sessions are not.
func (s *Store) Enable(ctx context.Context, ref Ref) error {
	return s.change(ctx, ordinary, &enablePrincipal{Principal: ref})
}

// Delete takes a principal away with its credentials, tokens, links and bindings. Its name stays taken. It returns CodeInUse while it
// owns services, and CodeNotFound if there is no such principal. The last admin cannot be deleted.
func (s *Store) Delete(ctx context.Context, ref Ref) error {
	return s.change(ctx, ordinary, &deletePrincipal{Principal: ref})
}

// sorted returns names in order, each once; nil if there are none, as they are read from a record.
func sorted(names []string) []string {
	if len(names) == 0 {
		return nil
	}
	names = slices.Clone(names)
	slices.Sort(names)
	return slices.Compact(names)
}
