package access

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/record"
)

// The limits of sessions.
const (
	SessionIdle = 15 * time.Minute // without a request
	SessionMax  = 8 * time.Hour    // altogether
	MaxSessions = 16               // of one user: the oldest ends when there are more

	maxAllSessions = 10_000
)

// A Session is somebody who signed in, until they sign out or are idle. It is in memory only: it ends with the process. Its fields
// must not be changed.
type Session struct {
	ID      string // names the session, and opens nothing
	User    Ref
	Method  string // how the user signed in: "password" or "oidc"
	Started time.Time
	MFA     time.Time // when a second factor was proved; zero if none was
	From    netip.Addr

	csrf   digest
	groups []string // of an identity provider, as it names them, and of whom
	issuer string
	rev    uint64 // of the snapshot in which it began
}

// sessions are those that have not ended.
type sessions struct {
	mu     sync.Mutex
	byHash map[digest]*openSession // guarded by mu; the key is the hash of the secret
	ofUser map[Ref][]*openSession  // guarded by mu; oldest first
	ended  bool                    // guarded by mu
}

type openSession struct {
	*Session
	hash digest
	seen time.Time // guarded by sessions.mu
}

func (s *sessions) init() {
	s.byHash, s.ofUser = map[digest]*openSession{}, map[Ref][]*openSession{}
}

// A SignIn says how a user proved who they are.
type SignIn struct {
	User   Ref
	Method string     // "password" or "oidc"
	MFA    time.Time  // when a second factor was proved; zero if none was
	From   netip.Addr // where the request came from
	Issuer string     // of "oidc": the identity provider, and the groups that it says
	Groups []string   // the user is in, at most [MaxClaims]
}

// MaxClaims is how many groups of an identity provider count.
const MaxClaims = 256

// A Started session is one that just began. Its secrets are nowhere else.
type Started struct {
	Session *Session
	Secret  Secret // for a cookie that scripts cannot read
	CSRF    Secret // for a header: what changes something has to send it too
}

// StartSession begins a session of a user who proved who they are. It is always a new one: what the browser had before is not looked at, so
// that nobody can choose a session for another. It is taken down. Errors are CodeInvalid for a sign-in outside its grammar,
// [CodeUnauthenticated] if the user is disabled or deleted, and CodeClosed.
func (s *Store) StartSession(ctx context.Context, in SignIn) (Started, error) {
	const what = "start a session"
	if err := in.User.Check(); err != nil || in.User.Kind() != record.KindUser {
		return Started{}, invalid(what, errors.New("user: sessions are for users"))
	}
	if in.Method != "password" && in.Method != "oidc" || len(in.Groups) > MaxClaims {
		return Started{}, invalid(what, errors.New(`method: it is neither "password" nor "oidc", or there are too many groups`))
	}
	snap := s.snapshot.Load()
	if p, _ := snap.Principal(in.User); !p.Live() {
		return Started{}, s.refuse(ctx, attempt{reason: ReasonDisabled, method: "session", from: in.From, ref: in.User})
	}
	session := &Session{
		ID: newTokenID(), User: in.User, Method: in.Method, Started: time.Now(), MFA: in.MFA, From: in.From,
		groups: slices.Clone(in.Groups), issuer: in.Issuer, rev: snap.seq,
	}
	out, err := s.openSession(session)
	if err == nil {
		s.recordSession(ctx, session, "session:start", "")
	}
	return out, err
}

// openSession draws the secrets of a session and enters it.
func (s *Store) openSession(session *Session) (Started, error) {
	secret, csrf := newSecret(), newSecret()
	session.csrf = digestOf(csrf)
	now := time.Now()
	all := &s.sessions
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.ended {
		return Started{}, errClosed("start a session")
	}
	if len(all.byHash) >= maxAllSessions {
		return Started{}, conflict("start a session", fmt.Sprintf("there are %d", len(all.byHash)), "end some")
	}
	if mine := all.ofUser[session.User]; len(mine) >= MaxSessions {
		all.remove(mine[0])
	}
	open := &openSession{Session: session, hash: digestOf(secret), seen: now}
	all.byHash[open.hash] = open
	all.ofUser[session.User] = append(all.ofUser[session.User], open)
	return Started{Session: session, Secret: Secret{secret}, CSRF: Secret{csrf}}, nil
}

// remove takes a session out. It is called with mu held.
func (s *sessions) remove(o *openSession) {
	if s.byHash[o.hash] != o {
		return
	}
	delete(s.byHash, o.hash)
	rest := slices.DeleteFunc(slices.Clone(s.ofUser[o.User]), func(other *openSession) bool { return other == o })
	if len(rest) > 0 {
		s.ofUser[o.User] = rest
	} else {
		delete(s.ofUser, o.User)
	}
}

// ends says why a session is over; "" if it is not. It is called with mu held.
func (o *openSession) ends(snap *Snapshot, now time.Time) Reason {
	p, _ := snap.Principal(o.User)
	switch {
	case now.Sub(o.seen) >= SessionIdle || now.Sub(o.Started) >= SessionMax || now.Before(o.Started):
		return ReasonExpired
	case !p.Live():
		return ReasonDisabled
	case p.Secured > o.rev:
		return ReasonRevoked
	}
	return ""
}

// AuthenticateSession returns whose session a secret is of, and counts as a sign of life of it. Errors are those of [Store.Authenticate].
func (s *Store) AuthenticateSession(ctx context.Context, secret string, from netip.Addr) (Identity, error) {
	a := attempt{method: "session", from: from}
	if len(secret) != secretLen || !isBase62(secret) {
		a.reason = ReasonMalformed
		return Identity{}, s.refuse(ctx, a)
	}
	snap, now, hash := s.snapshot.Load(), time.Now(), digestOf(secret)
	s.sessions.mu.Lock()
	// Whoever measures how far the search for a hash gets learns of the hash, and nothing of the secret.
	open, ok := s.sessions.byHash[hash]
	if !ok {
		a.reason = ReasonUnknown
	} else if a.reason = open.ends(snap, now); a.reason != "" {
		a.ref = open.User
		s.sessions.remove(open)
	} else {
		open.seen = now
	}
	s.sessions.mu.Unlock()
	if a.reason != "" {
		return Identity{}, s.refuse(ctx, a)
	}
	p, _ := snap.Principal(open.User)
	return Identity{
		Principal: p, Session: open.Session, StepUp: open.MFA, From: from,
		groups: snap.MappedGroups(open.issuer, open.groups),
	}, nil
}

// CheckCSRF reports whether a text is the one that requests of the session have to send beside its cookie.
func (s *Session) CheckCSRF(text string) bool {
	sum := digestOf(text)
	return subtle.ConstantTimeCompare(sum[:], s.csrf[:]) == 1
}

// StepUp replaces a session by one whose user has just proved a second factor. The old secrets open nothing any more. The time
// that the session has altogether goes on. Errors are those of [Store.AuthenticateSession].
func (s *Store) StepUp(ctx context.Context, secret string, from netip.Addr) (Started, error) {
	id, err := s.AuthenticateSession(ctx, secret, from)
	if err != nil {
		return Started{}, err
	}
	s.sessions.mu.Lock()
	open, ok := s.sessions.byHash[digestOf(secret)]
	if ok {
		s.sessions.remove(open)
	}
	s.sessions.mu.Unlock()
	if !ok { // it ended meanwhile
		return Started{}, s.refuse(ctx, attempt{reason: ReasonUnknown, method: "session", from: from})
	}
	next := *id.Session
	next.MFA = time.Now()
	out, err := s.openSession(&next)
	if err == nil {
		s.recordSession(ctx, &next, "session:step-up", "")
	}
	return out, err
}

// EndSession ends a session of a user by its identifier; all of them if that is empty. It returns how many it ended.
func (s *Store) EndSession(ctx context.Context, user Ref, id string) int {
	s.sessions.mu.Lock()
	var ended []*Session
	for _, o := range slices.Clone(s.sessions.ofUser[user]) {
		if id == "" || o.ID == id {
			s.sessions.remove(o)
			ended = append(ended, o.Session)
		}
	}
	s.sessions.mu.Unlock()
	for _, session := range ended {
		s.recordSession(ctx, session, "session:end", "")
	}
	return len(ended)
}

// Sessions returns the sessions of a user, oldest first.
func (s *Store) Sessions(user Ref) []*Session {
	snap, now := s.snapshot.Load(), time.Now()
	s.sessions.mu.Lock()
	defer s.sessions.mu.Unlock()
	var list []*Session
	for _, o := range s.sessions.ofUser[user] {
		if o.ends(snap, now) == "" {
			list = append(list, o.Session)
		}
	}
	return list
}

// sweep takes out the sessions that are over.
func (s *sessions) sweep(store *Store, now time.Time) {
	snap := store.snapshot.Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.byHash {
		if o.ends(snap, now) != "" {
			s.remove(o)
		}
	}
}

func (s *sessions) endAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.init()
	s.ended = true
}

// recordSession takes down what happened to a session.
func (s *Store) recordSession(ctx context.Context, session *Session, action, reason string) {
	s.recordEvent(ctx, audit.Event{
		Class: audit.ClassAuthentication, Action: action, Outcome: audit.OutcomeSuccess, Reason: reason,
		Actor: record.Actor{
			Kind: session.User.Kind(), ID: session.User.ID(), Authn: session.Method, Session: session.ID, Address: s.Address(session.From),
		},
		Resource: audit.Resource{Kind: "session", ID: session.ID},
	})
}
