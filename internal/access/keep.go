package access

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/authz"
)

// keepEvery is how many records come between two snapshots that are kept in the journal, if it keeps them, and keepAtClose how
// many must have come for one when the store is closed.
const (
	keepEvery   = 10_000
	keepAtClose = 1_000
)

// keptMagic is what a kept snapshot begins with. What follows is a keyed hash and JSON.
const keptMagic = "access1\n"

// keptState is the form of a snapshot. What follows from the rest is left out.
type keptState struct {
	Time       time.Time        `json:"time"`
	Requests   []keptRequest    `json:"requests"`
	Principals []*Principal     `json:"principals"`
	Tokens     []keptToken      `json:"tokens"` // of each owner, oldest first
	Passwords  []*passwordHash  `json:"passwords"`
	TOTPs      []keptTOTP       `json:"totps"`
	Links      []link           `json:"links"` // of each user, oldest first
	Mappings   []GroupMapping   `json:"mappings"`
	Settings   authz.Settings   `json:"settings"`
	Roles      []*authz.Role    `json:"roles"`
	Bindings   []*authz.Binding `json:"bindings"`
	Forbids    []*authz.Forbid  `json:"forbids"`
	PolicyRev  uint64           `json:"policy_rev"`
	Bootstrap  keptBootstrap    `json:"bootstrap"`
}

type keptRequest struct {
	ID    string `json:"id"`
	Seq   uint64 `json:"seq"`
	Do    string `json:"do"`
	About string `json:"about"`
}

type keptToken struct {
	Token
	Digest digest `json:"sha256"`
}

type keptTOTP struct {
	Principal Ref    `json:"principal"`
	Secret    sealed `json:"sealed"`
	Confirmed bool   `json:"confirmed"`
	Step      uint64 `json:"step"`
}

type keptBootstrap struct {
	Secret  *digest   `json:"sha256"`
	Expires time.Time `json:"expires"`
	Claimed bool      `json:"claimed"`
}

// kept returns the form of a snapshot.
func (s *Snapshot) kept() *keptState {
	k := &keptState{
		Time: s.time, Mappings: s.Mappings(), Settings: s.grants.settings, PolicyRev: s.grants.rev,
		Bootstrap: keptBootstrap{s.bootstrap.secret, s.bootstrap.expires, s.bootstrap.claimed},
	}
	for _, id := range s.requests.ids.All() {
		r, _ := s.requests.byID.Get(id)
		k.Requests = append(k.Requests, keptRequest{id, r.seq, r.do, r.about})
	}
	for _, p := range s.principals.All() {
		k.Principals = append(k.Principals, p)
		for t := range s.Tokens(p.Ref) {
			k.Tokens = append(k.Tokens, keptToken{*t, t.digest})
		}
		for _, l := range s.Links(p.Ref) {
			k.Links = append(k.Links, link{p.Ref, l})
		}
	}
	for _, h := range s.passwords.All() {
		k.Passwords = append(k.Passwords, h)
	}
	for ref, t := range s.totps.All() {
		k.TOTPs = append(k.TOTPs, keptTOTP{Ref(ref), t.secret, t.confirmed, t.step})
	}
	for _, r := range s.grants.roles.All() {
		k.Roles = append(k.Roles, r)
	}
	for _, b := range s.grants.bindings.All() {
		k.Bindings = append(k.Bindings, b)
	}
	for _, f := range s.grants.forbids.All() {
		k.Forbids = append(k.Forbids, f)
	}
	return k
}

// snapshot is the inverse of kept.
func (k *keptState) snapshot(seq uint64, hash [sha256.Size]byte) *Snapshot {
	d := &draft{Snapshot: *emptySnapshot()}
	d.seq, d.hash, d.time = seq, hash, k.Time
	for _, r := range k.Requests {
		d.requests.put(r.ID, &request{r.Seq, r.Do, r.About})
	}
	for _, p := range k.Principals {
		d.principals = d.principals.Set(string(p.Ref), p)
		d.enrol(p.Ref, nil, p.Groups)
		if p.Owner != "" {
			n, _ := d.owned.Get(string(p.Owner))
			d.owned = d.owned.Set(string(p.Owner), n+1)
		}
	}
	for i := range k.Tokens {
		t := k.Tokens[i].Token
		t.digest, t.used = k.Tokens[i].Digest, new(atomic.Int64)
		ids, _ := d.tokensOf.Get(string(t.Owner))
		d.tokens, d.tokensOf = d.tokens.Set(t.ID, &t), d.tokensOf.Set(string(t.Owner), append(ids, t.ID))
	}
	for _, h := range k.Passwords {
		d.passwords = d.passwords.Set(string(h.Principal), h)
	}
	for _, t := range k.TOTPs {
		d.totps = d.totps.Set(string(t.Principal), &totpState{t.Secret, t.Confirmed, t.Step})
	}
	for _, l := range k.Links {
		links, _ := d.linksOf.Get(string(l.Principal))
		d.identities, d.linksOf = d.identities.Set(l.Link.key(), l.Principal), d.linksOf.Set(string(l.Principal), append(links, l.Link))
	}
	for _, m := range k.Mappings {
		d.mappings = d.mappings.Set(m.key(), m)
	}
	k.grantTo(d)
	d.bootstrap = bootstrapState{k.Bootstrap.Secret, k.Bootstrap.Expires, k.Bootstrap.Claimed}
	return &d.Snapshot
}

// grantTo enters roles, bindings, forbids and settings.
func (k *keptState) grantTo(d *draft) {
	g := &d.grants
	g.settings, g.rev = k.Settings, k.PolicyRev
	for _, r := range k.Roles {
		g.roles = g.roles.Set(r.Name, r)
	}
	for _, b := range k.Bindings { // they are in the order of their identifiers
		ids, _ := g.of.Get(b.Subject.String())
		g.bindings, g.of = g.bindings.Set(b.ID, b), g.of.Set(b.Subject.String(), append(ids, b.ID))
	}
	for _, f := range k.Forbids {
		g.forbids = g.forbids.Set(f.ID, f)
	}
}

// seal returns the bytes of a snapshot that is kept. They are signed with the key of the node: whoever can write into the journal's file
// makes no admins by a snapshot that no record leads to.
func (s *Store) sealSnapshot(snap *Snapshot) (modreg.StoredSnapshot, error) {
	data, err := json.Marshal(snap.kept())
	out := modreg.StoredSnapshot{Seq: snap.seq, Hash: snap.hash}
	out.Data = append(out.Data, keptMagic...)
	out.Data = append(out.Data, s.signature(snap.seq, snap.hash, data)...)
	out.Data = append(out.Data, data...)
	return out, err
}

func (s *Store) signature(seq uint64, hash [sha256.Size]byte, data []byte) []byte {
	h := hmac.New(sha256.New, s.keys.snapshot)
	h.Write(binary.BigEndian.AppendUint64(nil, seq))
	h.Write(hash[:])
	h.Write(data)
	return h.Sum(nil)
}

// openSnapshot is the inverse of sealSnapshot.
func (s *Store) openSnapshot(k modreg.StoredSnapshot) (*Snapshot, error) {
	body, ok := bytes.CutPrefix(k.Data, []byte(keptMagic))
	if !ok || len(body) < sha256.Size {
		return nil, errors.New("the snapshot is of another version")
	}
	if !hmac.Equal(body[:sha256.Size], s.signature(k.Seq, k.Hash, body[sha256.Size:])) {
		return nil, errors.New("the snapshot was not made with this key")
	}
	var state keptState
	if err := json.Unmarshal(body[sha256.Size:], &state); err != nil {
		return nil, err
	}
	return state.snapshot(k.Seq, k.Hash), nil
}

// keep keeps the newest snapshot in the journal if the last that was kept is long ago. That it could not is told, and no error of
// anybody's: it is derived.
func (s *Store) keep(closing bool) {
	store, ok := s.journal.(modreg.SnapshotStore)
	every := uint64(keepEvery)
	if closing {
		every = keepAtClose
	}
	snap := s.snapshot.Load()
	if !ok || snap.seq < s.kept.Load()+every {
		return
	}
	k, err := s.sealSnapshot(snap)
	if err == nil {
		err = store.PutSnapshot(s.life, stream, k)
	}
	if err != nil {
		s.problem(fmt.Errorf("keep a snapshot of the stream %s: %w", stream, err))
	}
	s.kept.Store(snap.seq) // not to try again at once
}

// loadKept returns the newest snapshot that the journal keeps and that belongs to its history; the empty one if there is none.
func (s *Store) loadKept(ctx context.Context) *Snapshot {
	store, ok := s.journal.(modreg.SnapshotStore)
	for atMost := uint64(math.MaxUint64); ok && atMost > 0; {
		k, err := store.LoadSnapshot(ctx, stream, atMost)
		if err != nil || k.Seq == 0 || k.Seq > atMost {
			break
		}
		for rec, err := range s.journal.Read(ctx, stream, k.Seq) {
			if err == nil && sha256.Sum256(rec.Data) == k.Hash {
				if snap, err := s.openSnapshot(k); err == nil {
					s.kept.Store(k.Seq)
					return snap
				}
			}
			break
		}
		atMost = k.Seq - 1 // the records are the truth
	}
	return emptySnapshot()
}
