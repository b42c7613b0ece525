package main

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/modreg/modreg"
)

// Users is the service that knows who there is.
type Users interface {
	// Check reports whether the password is the user's. It takes as long for a user that does not exist.
	Check(name, password string) bool
	Admin(name string) bool
	Names() []string
}

// UserService is the capability of the module user.
var UserService = modreg.NewCapability[Users]("user.store")

// defaultIterations is what OWASP recommends for PBKDF2 with HMAC-SHA-256 (2023).
const defaultIterations = 600_000

type account struct {
	salt, key []byte
	admin     bool
}

// users is immutable after it was built.
type users struct {
	iterations int
	accounts   map[string]account
	checks     chan struct{} // bounds how many passwords are checked at once: each takes a core for a while
}

// userModule is the module user with these passwords by name. The user admin is an administrator.
func userModule(passwords map[string]string, iterations int) []modreg.ModuleOption {
	build := func(context.Context, modreg.Deps) (*users, error) {
		u := &users{iterations: iterations, accounts: map[string]account{}, checks: make(chan struct{}, 2)}
		for name, password := range passwords {
			salt := make([]byte, 16)
			rand.Read(salt) // never fails
			key, err := u.derive(password, salt)
			if err != nil {
				return nil, err
			}
			u.accounts[name] = account{salt: salt, key: key, admin: name == "admin"}
		}
		return u, nil
	}
	return []modreg.ModuleOption{modreg.Share(build,
		modreg.As(UserService, func(u *users) Users { return u }),
		modreg.As(Pages, func(u *users) http.Handler { return u }, modreg.Attr("mount", "/users/")),
	)}
}

func (u *users) derive(password string, salt []byte) ([]byte, error) {
	return pbkdf2.Key(sha256.New, password, salt, u.iterations, 32)
}

func (u *users) Check(name, password string) bool {
	u.checks <- struct{}{}
	defer func() { <-u.checks }()
	a, known := u.accounts[name]
	key, err := u.derive(password, a.salt)
	return err == nil && known && subtle.ConstantTimeCompare(key, a.key) == 1
}

func (u *users) Admin(name string) bool { return u.accounts[name].admin }

func (u *users) Names() []string {
	var names []string
	for name := range u.accounts {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// ServeHTTP says how many users there are: who they are is not for everybody.
func (u *users) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, map[string]int{"users": len(u.accounts)})
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // what fails here is the visitor's connection
}
