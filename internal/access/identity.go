package access

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/record"
)

// The limits of links.
const (
	MaxIssuer  = 256 // bytes of the name of an identity provider
	MaxSubject = 512 // bytes of a subject there
	MaxLinks   = 8   // links of one user
	MaxClaim   = 256 // bytes of the name of a group there
	maxMapped  = 4096
)

// A Link is a subject of an identity provider who signs in as a user here. There are no links by addresses of mail. The subject is a keyed
// hash, because some providers use what is personal.
type Link struct {
	Issuer  string `json:"issuer"`
	Subject digest `json:"subject"`
}

func (l Link) key() string { return l.Issuer + " " + hex.EncodeToString(l.Subject[:]) }

// checkIssuer reports whether a value names an identity provider: an https URL, or one of the machine itself for tests.
func checkIssuer(issuer string) error {
	if issuer == "" || len(issuer) > MaxIssuer {
		return fmt.Errorf("issuer: it has 1 to %d bytes", MaxIssuer)
	}
	u, err := url.Parse(issuer)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && u.Scheme != "http" ||
		strings.ContainsFunc(issuer, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }) {
		return errors.New("issuer: it is no URL of an identity provider")
	}
	if host := u.Hostname(); u.Scheme == "http" && host != "127.0.0.1" && host != "::1" && host != "localhost" {
		return errors.New("issuer: http is for the machine itself")
	}
	return nil
}

// link links a user.
type link struct {
	Principal Ref  `json:"principal"`
	Link      Link `json:"link"`
}

func (*link) do() string      { return "identity:link" }
func (o *link) about() string { return string(o.Principal) }

func (o *link) check() error {
	if o.Principal.Kind() != record.KindUser {
		return errors.New("identities are linked to users")
	}
	if err := checkIssuer(o.Link.Issuer); err != nil {
		return err
	}
	return o.Principal.Check()
}

func (o *link) apply(d *draft) error {
	const what = "link an identity"
	if _, err := d.live(what, o.Principal); err != nil {
		return err
	}
	if of, ok := d.identities.Get(o.Link.key()); ok {
		return conflict(what, fmt.Sprintf("it is linked to %q", of), "unlink it there first")
	}
	links, _ := d.linksOf.Get(string(o.Principal))
	if len(links) >= MaxLinks {
		return conflict(what, fmt.Sprintf("there are %d of this user", len(links)), "unlink one first")
	}
	d.identities = d.identities.Set(o.Link.key(), o.Principal)
	d.linksOf = d.linksOf.Set(string(o.Principal), append(slices.Clip(links), o.Link))
	return nil
}

// unlink is the opposite of link.
type unlink struct {
	Principal Ref  `json:"principal"`
	Link      Link `json:"link"`
}

func (*unlink) do() string      { return "identity:unlink" }
func (o *unlink) about() string { return string(o.Principal) }
func (o *unlink) check() error  { return (&link{o.Principal, o.Link}).check() }

func (o *unlink) apply(d *draft) error {
	const what = "unlink an identity"
	p, err := d.live(what, o.Principal)
	if err != nil {
		return err
	}
	if of, ok := d.identities.Get(o.Link.key()); !ok || of != o.Principal {
		return notFound(what, "it is not linked to this user")
	}
	links, _ := d.linksOf.Get(string(o.Principal))
	rest := slices.DeleteFunc(slices.Clone(links), func(l Link) bool { return l == o.Link })
	d.identities, d.linksOf = d.identities.Delete(o.Link.key()), d.linksOf.Set(string(o.Principal), rest)
	d.secure(p)
	return nil
}

// Link makes that a subject of an identity provider signs in as a user. The provider is an https URL, as tokens of it say "iss". It is a
// conflict if the subject is linked to another user. Other errors are those of [Store.Create].
func (s *Store) Link(ctx context.Context, user Ref, issuer, subject string) error {
	if err := checkSubject(subject); err != nil {
		return invalid("link an identity", err)
	}
	return s.change(ctx, ordinary, &link{user, s.link(issuer, subject)})
}

// Unlink is the opposite of [Store.Link], and ends the sessions of the user. It happens even if the audit log cannot be written. It returns
// CodeNotFound if it is not linked to the user.
func (s *Store) Unlink(ctx context.Context, user Ref, l Link) error {
	return s.change(ctx, protective, &unlink{user, l})
}

// Linked returns the user as whom a subject of an identity provider signs in; false if there is none, or none who may act.
func (s *Store) Linked(issuer, subject string) (*Principal, bool) {
	snap := s.snapshot.Load()
	ref, ok := snap.identities.Get(s.link(issuer, subject).key())
	if !ok || subject == "" {
		return nil, false
	}
	p, _ := snap.Principal(ref)
	return p, p.Live()
}

// Links returns what a user is linked to.
func (s *Snapshot) Links(user Ref) []Link {
	links, _ := s.linksOf.Get(string(user))
	return links
}

func (s *Store) link(issuer, subject string) Link {
	return Link{Issuer: issuer, Subject: pseudonym(s.keys.subject, issuer, subject)}
}

func checkSubject(subject string) error {
	if subject == "" || len(subject) > MaxSubject || strings.ContainsRune(subject, 0) {
		return fmt.Errorf("subject: it has 1 to %d bytes, none of them zero", MaxSubject)
	}
	return nil
}

// A GroupMapping says that whoever an identity provider has in one of its groups is in one here. There are no others: a group
// there means nothing here by itself.
type GroupMapping struct {
	Issuer string `json:"issuer"`
	Claim  string `json:"claim"` // the group as the provider names it
	Group  string `json:"group"`
}

func (m GroupMapping) key() string { return m.Issuer + " " + m.Claim + "\x00" + m.Group }

func (m GroupMapping) check() error {
	if err := checkIssuer(m.Issuer); err != nil {
		return err
	}
	if m.Claim == "" || len(m.Claim) > MaxClaim {
		return fmt.Errorf("claim: it has 1 to %d bytes", MaxClaim)
	}
	if err := record.CheckReason(m.Claim); err != nil {
		return errors.New("claim: it is no text that can be printed")
	}
	return checkName("group", m.Group)
}

// mapGroup enters a mapping.
type mapGroup struct {
	GroupMapping
}

func (*mapGroup) do() string      { return "group:map" }
func (o *mapGroup) about() string { return o.Group }
func (o *mapGroup) check() error  { return o.GroupMapping.check() }

func (o *mapGroup) apply(d *draft) error {
	if d.mappings.Len() >= maxMapped {
		return conflict("map a group", fmt.Sprintf("there are %d mappings", maxMapped), "take some away first")
	}
	d.mappings, d.grants.rev = d.mappings.Set(o.key(), o.GroupMapping), d.seq+1
	return nil
}

// unmapGroup is the opposite of mapGroup.
type unmapGroup struct {
	GroupMapping
}

func (*unmapGroup) do() string      { return "group:unmap" }
func (o *unmapGroup) about() string { return o.Group }
func (o *unmapGroup) check() error  { return o.GroupMapping.check() }

func (o *unmapGroup) apply(d *draft) error {
	if _, ok := d.mappings.Get(o.key()); !ok {
		return notFound("take a mapping away", "there is none like it")
	}
	d.mappings, d.grants.rev = d.mappings.Delete(o.key()), d.seq+1
	return nil
}

// MapGroup enters a mapping. Whoever does it gives what the group here has. Errors are those of [Store.Create].
func (s *Store) MapGroup(ctx context.Context, m GroupMapping) error {
	if s.hasClaim(record.OriginOf(ctx).Actor, m) {
		err := denied("map a group", "whoever asks for it is in that group of the identity provider, and nobody gives to themselves", "ask somebody else who may")
		s.recordDenied(ctx, audit.Event{Class: audit.ClassPolicy, Action: "group:map", Resource: audit.Resource{Kind: "group", ID: m.Group}}, err)
		return err
	}
	return s.change(ctx, ordinary, &mapGroup{m})
}

// hasClaim reports whether somebody acts in a session that would gain by a mapping.
func (s *Store) hasClaim(a record.Actor, m GroupMapping) bool {
	for _, session := range s.Sessions(RefOf(a)) {
		if session.issuer == m.Issuer && slices.Contains(session.groups, m.Claim) {
			return true
		}
	}
	return false
}

// UnmapGroup takes a mapping away: sessions lose the group at once. It returns CodeNotFound if there is no such mapping.
func (s *Store) UnmapGroup(ctx context.Context, m GroupMapping) error {
	return s.change(ctx, protective, &unmapGroup{m})
}

// Mappings returns all mappings, in order.
func (s *Snapshot) Mappings() []GroupMapping {
	list := make([]GroupMapping, 0, s.mappings.Len())
	for _, m := range s.mappings.All() {
		list = append(list, m)
	}
	return list
}

// MappedGroups returns the groups here that somebody is in whom an identity provider has in groups there, in ascending order. Of more than
// [MaxGroups] the first count.
func (s *Snapshot) MappedGroups(issuer string, claims []string) []string {
	var list []string
	for _, c := range claims {
		from := issuer + " " + c + "\x00"
		for key, m := range s.mappings.From(from) {
			if !strings.HasPrefix(key, from) {
				break
			}
			list = append(list, m.Group)
		}
	}
	slices.Sort(list)
	list = slices.Compact(list)
	return list[:min(len(list), MaxGroups)]
}
