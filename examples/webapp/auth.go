package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"github.com/modreg/modreg"
)

// A Visitor is who sends a request. The zero Visitor has not logged in.
type Visitor struct {
	Name  string
	Admin bool
}

// Auth is the service that knows who sends a request.
type Auth interface {
	Visitor(r *http.Request) Visitor
}

// AuthService is the capability of the module auth.
var AuthService = modreg.NewCapability[Auth]("auth.verify")

const (
	cookieName  = "session"
	sessionTime = 8 * time.Hour
)

// auth keeps sessions in memory: replacing the module logs everybody out.
type auth struct {
	users    *modreg.Handle[Users]
	mux      *http.ServeMux
	mu       sync.Mutex
	sessions map[[sha256.Size]byte]session // guarded by mu; by the hash of the token, which tells a guesser nothing by its time
}

type session struct {
	visitor Visitor
	ends    time.Time
}

func authModule() []modreg.ModuleOption {
	build := func(_ context.Context, d modreg.Deps) (*auth, error) {
		handle, err := modreg.Need(d, UserService)
		if err != nil {
			return nil, err
		}
		a := &auth{users: handle, mux: http.NewServeMux(), sessions: map[[sha256.Size]byte]session{}}
		a.mux.HandleFunc("POST /auth/login", a.login)
		a.mux.HandleFunc("POST /auth/logout", a.logout)
		return a, nil
	}
	return []modreg.ModuleOption{
		modreg.Require(UserService, modreg.Range("^1")),
		modreg.Share(build,
			modreg.As(AuthService, func(a *auth) Auth { return a }),
			modreg.As(Pages, func(a *auth) http.Handler { return a.mux }, modreg.Attr("mount", "/auth/")),
		),
	}
}

func (a *auth) Visitor(r *http.Request) Visitor {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return Visitor{}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	key := sha256.Sum256([]byte(cookie.Value))
	s, ok := a.sessions[key]
	if ok && time.Now().After(s.ends) {
		delete(a.sessions, key)
		return Visitor{}
	}
	return s.visitor
}

func (a *auth) login(w http.ResponseWriter, r *http.Request) {
	name, password := r.PostFormValue("user"), r.PostFormValue("password")
	who, err := modreg.Do(r.Context(), a.users, func(_ context.Context, u Users) (Visitor, error) {
		if !u.Check(name, password) {
			return Visitor{}, nil
		}
		return Visitor{Name: name, Admin: u.Admin(name)}, nil
	})
	switch {
	case err != nil:
		http.Error(w, "nobody can log in right now", http.StatusServiceUnavailable)
	case who.Name == "":
		http.Error(w, "the name or the password is wrong", http.StatusUnauthorized)
	default:
		token := randomText()
		a.keep(token, session{visitor: who, ends: time.Now().Add(sessionTime)})
		http.SetCookie(w, &http.Cookie{
			Name: cookieName, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
			Secure: r.TLS != nil, MaxAge: int(sessionTime.Seconds()),
		})
		w.WriteHeader(http.StatusNoContent)
	}
}

// keep adds a session, and drops those that have ended.
func (a *auth) keep(token string, s session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	for t, old := range a.sessions {
		if now.After(old.ends) {
			delete(a.sessions, t)
		}
	}
	a.sessions[sha256.Sum256([]byte(token))] = s
}

func (a *auth) logout(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		a.mu.Lock()
		delete(a.sessions, sha256.Sum256([]byte(cookie.Value)))
		a.mu.Unlock()
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1})
	w.WriteHeader(http.StatusNoContent)
}

// randomText returns at least 128 bits that nobody can guess.
func randomText() string { return rand.Text() }
