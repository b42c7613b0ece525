package access

import (
	"cmp"
	"crypto/sha256"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/internal/persist"
)

// A Snapshot is the state after one record. It is immutable and safe for concurrent use; what it returns must not be
// changed.
type Snapshot struct {
	seq      uint64
	hash     [sha256.Size]byte
	time     time.Time
	requests requests

	principals persist.Map[*Principal]
	owned      persist.Map[int]                   // how many services a principal owns
	members    persist.Map[persist.Map[struct{}]] // of groups
	tokens     persist.Map[*Token]
	tokensOf   persist.Map[[]string] // identifiers of the tokens of a principal, oldest first
	passwords  persist.Map[*passwordHash]
	totps      persist.Map[*totpState]
	identities persist.Map[Ref]    // by Link.key
	linksOf    persist.Map[[]Link] // of a principal
	mappings   persist.Tree[string, GroupMapping]
	bootstrap  bootstrapState
	grants     grants
}

func emptySnapshot() *Snapshot {
	return &Snapshot{
		requests: newRequests(),
		mappings: persist.NewTree[string, GroupMapping](strings.Compare),
		grants:   newGrants(),
	}
}

// A Principal is somebody or something that can act. Its fields must not be changed.
type Principal struct {
	Ref      Ref
	Owner    Ref      // of a service: who answers for it; may be empty
	Groups   []string // in ascending order
	Disabled bool
	Deleted  bool // a tombstone: nobody gets the name again
	Created  time.Time
	Changed  time.Time
	Rev      uint64 // record of the last change
	Secured  uint64 // record after which sessions must have begun: the last that disabled it or changed a credential
}

// Live reports whether the principal may act.
func (p *Principal) Live() bool { return p != nil && !p.Disabled && !p.Deleted }

// A Scope is what a token is limited to: no principal can do more with one than without it.
type Scope struct {
	For      []authz.TokenScope `json:"for"`                // what it may be used for: any of them
	Networks []netip.Prefix     `json:"networks,omitempty"` // from where, in ascending order; none means from anywhere
}

// A Token is what is known of an API token. Its fields must not be changed.
type Token struct {
	ID       string
	Owner    Ref
	Family   string // identifier of the first token that this one continues
	Scope    Scope
	Created  time.Time
	Expires  time.Time
	Replaced string    // identifier of the token that replaced it; empty if none did
	Revoked  time.Time // zero if it was not
	LastUsed time.Time // as recorded; see [Token.Used]

	digest digest
	used   *atomic.Int64 // seconds since 1970 of the last use in this process
}

// Live reports whether the token was valid at a moment, if its owner was.
func (t *Token) Live(at time.Time) bool {
	return t.Revoked.IsZero() && t.Replaced == "" && at.Before(t.Expires)
}

// Seq returns the sequence number of the last record in the snapshot, 0 for an empty stream.
func (s *Snapshot) Seq() uint64 { return s.seq }

// Hash returns the hash of the last record, which vouches for all before.
func (s *Snapshot) Hash() [sha256.Size]byte { return s.hash }

// Time returns the time of the last record; times never go back.
func (s *Snapshot) Time() time.Time { return s.time }

// Principal returns a principal; false if there is none. Deleted ones are returned.
func (s *Snapshot) Principal(ref Ref) (*Principal, bool) { return s.principals.Get(string(ref)) }

// Len returns the number of principals, deleted ones included.
func (s *Snapshot) Len() int { return s.principals.Len() }

// Principals yields all principals, deleted ones included, in the order of their references. It sorts them first.
func (s *Snapshot) Principals() iter.Seq[*Principal] {
	return func(yield func(*Principal) bool) {
		all := make([]*Principal, 0, s.principals.Len())
		for _, p := range s.principals.All() {
			all = append(all, p)
		}
		slices.SortFunc(all, func(a, b *Principal) int { return cmp.Compare(a.Ref, b.Ref) })
		for _, p := range all {
			if !yield(p) {
				return
			}
		}
	}
}

// Token returns a token; false if there is none.
func (s *Snapshot) Token(id string) (*Token, bool) { return s.tokens.Get(id) }

// Tokens yields the tokens of a principal, oldest first.
func (s *Snapshot) Tokens(owner Ref) iter.Seq[*Token] {
	return func(yield func(*Token) bool) {
		ids, _ := s.tokensOf.Get(string(owner))
		for _, id := range ids {
			if t, ok := s.tokens.Get(id); ok && !yield(t) {
				return
			}
		}
	}
}

// A draft is the next snapshot in the making.
type draft struct {
	Snapshot
	now time.Time // of the record that is being built or read
	ops []operation
}

// do checks an operation, applies it, and adds it to the record that is being built.
func (d *draft) do(o operation) error {
	if err := o.check(); err != nil {
		return invalid(o.do(), err)
	}
	if err := o.apply(d); err != nil {
		return err
	}
	d.ops = append(d.ops, o)
	return nil
}

// enter makes the record, whose operations have been applied, the last one of the draft.
func (d *draft) enter(seq uint64, t *transaction, data []byte) {
	d.seq, d.time, d.hash = seq, t.head.Time, sha256.Sum256(data)
	d.requests.add(seq, t)
}

// live returns a principal that is not deleted.
func (d *draft) live(what string, ref Ref) (*Principal, error) {
	p, ok := d.principals.Get(string(ref))
	if !ok || p.Deleted {
		return nil, unknownPrincipal(what, ref)
	}
	return p, nil
}

// put makes a changed copy of a principal the newest.
func (d *draft) put(p *Principal, change func(*Principal)) {
	next := *p
	change(&next)
	next.Changed, next.Rev = d.now, d.seq+1
	d.principals = d.principals.Set(string(p.Ref), &next)
}

// secure ends the sessions of a principal.
func (d *draft) secure(p *Principal) {
	d.put(p, func(p *Principal) { p.Secured = d.seq + 1 })
}
