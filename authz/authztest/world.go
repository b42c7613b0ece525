package authztest

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"github.com/modreg/modreg/authz"
)

// A World makes random policies and requests about few principals and resources, so that they meet often. The same
// seed makes the same. It is not safe for concurrent use.
type World struct {
	rand    *rand.Rand
	actions []authz.Action
	paths   []authz.Path
}

// NewWorld returns the world of a seed.
func NewWorld(seed uint64) *World {
	w := &World{rand: rand.New(rand.NewPCG(seed, 7)), actions: authz.Actions()}
	for _, text := range [...]string{
		"fleet", "node/n1", "node/n2", "namespace/acme", "namespace/acme/text", "namespace/beta", "module/acme/pay", "module/acme/text/up",
		"module/beta/x", "module/solo", "version/acme/pay@1.0.0", "version/solo@2.1.0-rc.1+b", "instance/acme/pay:i7", "instance/solo:I1",
		"secret/acme/db", "secret/key", "role/admin", "role/custom0", "principal/user/ada", "principal/service/ci", "token/T1x", "policy/forbids",
		"incident/01H", "key/k1", "trust/t1", "compliance/soc2/cc6.1", "audit/n1/audit", "audit/registry", "backup/n2/b1", "config/n1/limits",
	} {
		w.paths = append(w.paths, mustPath(text))
	}
	return w
}

func mustPath(text string) authz.Path {
	p, err := authz.ParsePath(text)
	if err != nil {
		panic(err)
	}
	return p
}

// Time is in the middle of the times that a World makes: a Wednesday.
func Time() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

func (w *World) chance(percent int) bool { return w.rand.IntN(100) < percent }

func pick[T any](w *World, list ...T) T { return list[w.rand.IntN(len(list))] }

// some returns up to n of list, in their order.
func some[T any](w *World, n int, list ...T) []T {
	var out []T
	for _, x := range list {
		if len(out) < n && w.chance(50) {
			out = append(out, x)
		}
	}
	return out
}

// Path returns a resource.
func (w *World) Path() authz.Path { return pick(w, w.paths...) }

// Subject returns a principal, or if groups is true perhaps a group.
func (w *World) Subject(groups bool) authz.Subject {
	if groups && w.chance(40) {
		return authz.Subject{Kind: authz.Group, ID: pick(w, "ops", "dev", "sec")}
	}
	return pick(w,
		authz.Subject{Kind: authz.User, ID: "ada"}, authz.Subject{Kind: authz.User, ID: "bob"}, authz.Subject{Kind: authz.User, ID: "eve"},
		authz.Subject{Kind: authz.Service, ID: "ci"}, authz.Subject{Kind: authz.Module, ID: "acme/pay/i7"},
		authz.Subject{Kind: authz.Node, ID: "n1"}, authz.Subject{Kind: authz.System, ID: "self"})
}

// Policy returns a valid policy.
func (w *World) Policy() *authz.Policy {
	p := &authz.Policy{Revision: fmt.Sprintf("r%d", w.rand.IntN(1000)), Settings: authz.Settings{
		NoStepUp: w.chance(40), TwoPerson: w.chance(30), Strict: w.chance(40), StepUp: pick(w, 0, time.Minute, time.Hour),
	}}
	roles := []string{authz.RoleViewer, authz.RoleDeveloper, authz.RoleOperator, authz.RoleSecurity, authz.RoleAuditor, authz.RoleAdmin, authz.RoleAdmin}
	for i := range w.rand.IntN(4) {
		r := authz.Role{Name: fmt.Sprintf("custom%d", i), Actions: w.Actions(20), Grants: w.Actions(3)}
		if len(r.Actions) > 0 {
			p.Roles, roles = append(p.Roles, r), append(roles, r.Name)
		}
	}
	for i := range w.rand.IntN(24) {
		b := authz.Binding{ID: fmt.Sprintf("b%d", i), Subject: w.Subject(true), Role: pick(w, roles...), Scope: w.Path()}
		if w.chance(35) {
			b.Scope = authz.Fleet()
		}
		if w.chance(50) {
			b.When = w.Conditions()
		}
		p.Bindings = append(p.Bindings, b)
	}
	for i := range w.rand.IntN(3) {
		p.Forbids = append(p.Forbids, w.Forbid(fmt.Sprintf("f%d", i)))
	}
	return p
}

// Actions returns up to n names of actions, in order.
func (w *World) Actions(n int) []string {
	var names []string
	for range w.rand.IntN(n + 1) {
		names = append(names, pick(w, w.actions...).Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Forbid returns a forbid.
func (w *World) Forbid(id string) authz.Forbid {
	f := authz.Forbid{ID: id, Scope: w.Path(), Actions: w.Actions(8)}
	if w.chance(70) {
		f.Subject = w.Subject(true)
	}
	if w.chance(30) {
		f.NotAfter = w.when()
	}
	return f
}

func (w *World) when() time.Time {
	return Time().Add(time.Duration(w.rand.IntN(21)-10) * time.Hour)
}

// Conditions returns conditions, mostly few.
func (w *World) Conditions() authz.Conditions {
	var c authz.Conditions
	if w.chance(20) {
		c.Networks = some(w, 2, netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8"), netip.MustParsePrefix("0.0.0.0/0"))
	}
	if w.chance(20) {
		c.Hours = &authz.Hours{Days: some(w, 7, 0, 1, 2, time.Wednesday, 4, 5, 6), From: w.rand.IntN(24) * 60, To: 1 + w.rand.IntN(1440)}
	}
	if w.chance(15) {
		c.MFAAge = pick(w, time.Minute, time.Hour)
	}
	c.Approval = w.chance(10)
	if w.chance(15) {
		c.Environments = some(w, 2, "dev", "staging", authz.Production)
	}
	if w.chance(15) {
		c.DataClasses = some(w, 2, "personal", "public")
	}
	if w.chance(15) {
		c.Labels = map[string]string{pick(w, "team", "tier"): pick(w, "a", "b")}
	}
	if w.chance(20) {
		c.NotAfter = w.when()
	}
	return c
}

// Principal returns who asks.
func (w *World) Principal() authz.Principal {
	p := authz.Principal{Subject: w.Subject(false), Groups: some(w, 3, "ops", "dev", "sec"), Disabled: w.chance(3)}
	if len(p.Groups) > 0 && w.chance(10) {
		p.Groups = append(p.Groups, p.Groups[0])
	}
	if w.chance(60) {
		p.MFA = Time().Add(-pick(w, 0, time.Second, 59*time.Second, time.Minute, time.Minute+time.Microsecond, time.Minute+time.Millisecond, 5*time.Minute, time.Hour, -time.Hour))
	}
	if p.Kind == authz.Module && w.chance(70) {
		p.Granted = some(w, 3, mustPath("module/acme/pay"), mustPath("module/solo"), mustPath("secret/acme/db"))
	}
	return p
}

// Request returns a request, mostly well-formed.
func (w *World) Request() authz.Request {
	action := pick(w, w.actions...)
	r := authz.Request{Principal: w.Principal(), Action: action.Name, Resource: w.resource(), Context: authz.Context{Time: Time()}}
	kinds := authz.KindsOf(action)
	for range 20 {
		if slices.Contains(kinds, r.Resource.Path.Kind) {
			break
		}
		r.Resource.Path = w.Path()
	}
	if w.chance(30) {
		r.Context.Time = w.when().Add(time.Duration(w.rand.IntN(3600)) * time.Second)
	}
	if w.chance(60) {
		r.Context.Address = pick(w, netip.MustParseAddr("10.1.2.3"), netip.MustParseAddr("10.9.0.1"), netip.MustParseAddr("::ffff:10.1.2.3"),
			netip.MustParseAddr("fd00::1%eth0"), netip.MustParseAddr("192.0.2.1"))
	}
	if w.chance(30) {
		r.Context.Approval = &authz.Approval{ID: "a1", By: w.Subject(false)}
	}
	if w.chance(25) {
		r.Context.Token = &authz.Token{ID: "t1"}
		for range w.rand.IntN(3) {
			r.Context.Token.Scopes = append(r.Context.Token.Scopes, authz.TokenScope{Actions: w.Actions(30), Within: pick(w, authz.Fleet(), w.Path())})
		}
	}
	switch w.rand.IntN(200) {
	case 0:
		r.Action = "module:unknown"
	case 1:
		r.Context.Time = time.Time{}
	case 2:
		r.Principal.ID = "Not Valid"
	}
	return r
}

func (w *World) resource() authz.Resource {
	r := authz.Resource{
		Path: w.Path(), Quarantined: w.chance(15), Trust: pick(w, authz.TrustNone, authz.TrustSigned, authz.TrustVerified),
		Environment: pick(w, "", "dev", "staging", authz.Production), DataClasses: some(w, 2, "personal", "public", "health"),
	}
	if w.chance(50) {
		r.Labels = map[string]string{pick(w, "team", "tier", "other"): pick(w, "a", "b")}
	}
	if w.chance(30) {
		r.Owner = w.Subject(false)
	}
	return r
}
