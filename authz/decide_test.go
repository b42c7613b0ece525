package authz_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/authztest"
)

func TestDecide_deniesByDefault(t *testing.T) {
	t.Parallel()
	p := policy(bind(t, "root", "user/root", authz.RoleAdmin, "fleet"))
	if d := decide(t, p, ask(t, who(t, "user/root"), "module:read", "module/solo")); !d.Allow || !slices.Equal(d.Policies, []string{"binding/root"}) || d.Revision != "r1" {
		t.Fatalf("root: %+v", d)
	}
	stranger := ask(t, who(t, "user/ada"), "module:read", "module/solo")
	if d := decide(t, p, stranger); d.Allow || len(d.Errors) > 0 || !strings.Contains(d.Reason, "user/ada") || !strings.Contains(d.Reason, "module/solo") {
		t.Errorf("a stranger: %+v", d)
	}
	for name, spoil := range map[string]func(*authz.Request){
		"unknown action":    func(r *authz.Request) { r.Action = "module:fly" },
		"no action":         func(r *authz.Request) { r.Action = "" },
		"nobody":            func(r *authz.Request) { r.Principal = authz.Principal{} },
		"a group":           func(r *authz.Request) { r.Principal.Subject = authz.Subject{Kind: authz.Group, ID: "ops"} },
		"no resource":       func(r *authz.Request) { r.Resource.Path = authz.Path{} },
		"malformed":         func(r *authz.Request) { r.Resource.Path.ID = "../solo" },
		"no time":           func(r *authz.Request) { r.Context.Time = time.Time{} },
		"another kind":      func(r *authz.Request) { r.Resource.Path = path(t, "token/t1") },
		"unknown trust":     func(r *authz.Request) { r.Resource.Trust = "total" },
		"malformed group":   func(r *authz.Request) { r.Principal.Groups = []string{"Ops"} },
		"too many groups":   func(r *authz.Request) { r.Principal.Groups = slices.Repeat([]string{"g"}, authz.MaxGroups+1) },
		"nobody's approval": func(r *authz.Request) { r.Context.Approval = &authz.Approval{ID: "a"} },
	} {
		r := ask(t, who(t, "user/root"), "module:read", "module/solo")
		spoil(&r)
		if d := decide(t, p, r); d.Allow || len(d.Errors) == 0 || d.Reason == "" {
			t.Errorf("%s: %+v", name, d)
		}
	}
}

func TestDecide_guardRails(t *testing.T) {
	t.Parallel()
	p := policy(bind(t, "root", "group/all", authz.RoleAdmin, "fleet"), bind(t, "sec", "group/all", authz.RoleSecurity, "fleet"))
	used := authz.Role{Name: "uses", Actions: []string{"secret:use"}}
	p.Roles = append(p.Roles, used)
	p.Bindings = append(p.Bindings, bind(t, "uses", "group/all", "uses", "fleet"))
	both := policy(bind(t, "a", "group/all", authz.RoleAuditor, "fleet"), bind(t, "o", "user/ada", authz.RoleOperator, "fleet"))
	both.Settings.Strict = true
	asIs := func(r *authz.Request) {}
	other := &authz.Approval{ID: "a1", By: subject(t, "user/bob")}
	tests := []struct {
		guard    string
		policy   *authz.Policy
		who      string
		action   string
		resource string
		bad      func(*authz.Request)
		good     func(*authz.Request)
	}{
		{authz.GuardDisabled, p, "user/ada", "module:read", "module/solo", func(r *authz.Request) { r.Principal.Disabled = true }, asIs},
		{authz.GuardKind, p, "node/n1", "module:install", "module/solo", asIs, func(r *authz.Request) { r.Action = "module:start" }},
		{authz.GuardKind, p, "user/ada", "secret:use", "secret/k", asIs, func(r *authz.Request) { r.Principal.Subject.Kind = authz.Service }},
		{authz.GuardToken, p, "user/ada", "module:read", "module/a/b", func(r *authz.Request) {
			r.Context.Token = &authz.Token{Scopes: []authz.TokenScope{{Within: path(t, "namespace/b")}, {Actions: []string{"module:stop"}, Within: authz.Fleet()}}}
		}, func(r *authz.Request) {
			r.Context.Token = &authz.Token{Scopes: []authz.TokenScope{{Actions: []string{"module:read"}, Within: path(t, "namespace/a")}}}
		}},
		{
			authz.GuardGranted, p, "module/a/i", "module:invoke", "module/a/b", func(r *authz.Request) { r.Principal.Granted = []authz.Path{path(t, "module/a/c")} },
			func(r *authz.Request) { r.Principal.Granted = []authz.Path{path(t, "module/a/b")} },
		},
		{authz.GuardQuarantine, p, "user/ada", "module:start", "module/solo", func(r *authz.Request) { r.Resource.Quarantined = true }, asIs},
		{
			authz.GuardQuarantine, p, "user/ada", "module:invoke", "version/solo@1", func(r *authz.Request) { r.Resource.Quarantined = true },
			func(r *authz.Request) { r.Resource.Quarantined, r.Action = true, "module:stop" },
		},
		{
			authz.GuardProduction, p, "user/ada", "module:install", "module/solo",
			func(r *authz.Request) { r.Resource.Environment, r.Resource.Trust = authz.Production, authz.TrustSigned },
			func(r *authz.Request) {
				r.Resource.Environment, r.Resource.Trust = authz.Production, authz.TrustVerified
			},
		},
		{
			authz.GuardStepUp, p, "user/ada", "role:edit", "role/x", func(r *authz.Request) { r.Principal.MFA = r.Context.Time.Add(-6 * time.Minute) },
			func(r *authz.Request) { r.Principal.MFA = r.Context.Time.Add(-5 * time.Minute) },
		},
		{authz.GuardStepUp, p, "user/ada", "role:bind", "namespace/a", func(r *authz.Request) { r.Principal.MFA = time.Time{} }, asIs},
		{authz.GuardStepUp, p, "user/ada", "role:bind", "namespace/a", func(r *authz.Request) { r.Principal.MFA = r.Context.Time.Add(time.Second) }, asIs},
		{authz.GuardTwoPerson, p, "user/ada", "audit:prune", "audit/registry", asIs, func(r *authz.Request) { r.Context.Approval = other }},
		{authz.GuardApproval, p, "user/ada", "module:read", "module/solo", func(r *authz.Request) {
			r.Context.Approval = &authz.Approval{ID: "a1", By: r.Principal.Subject}
		}, func(r *authz.Request) { r.Context.Approval = other }},
		{authz.GuardAdmin, p, "user/ada", "response:override", "module/solo", asIs, func(r *authz.Request) { r.Context.Approval = other }},
		{authz.GuardDuties, both, "user/ada", "module:stop", "module/solo", asIs, func(r *authz.Request) { r.Principal.Groups = nil }},
		{authz.GuardBundled, p, "user/ada", "role:edit", "role/viewer", asIs, func(r *authz.Request) { r.Resource.Path.ID = "viewers" }},
	}
	tested := map[string]bool{}
	for _, tt := range tests {
		tested[tt.guard] = true
		r := ask(t, who(t, tt.who, "all"), tt.action, tt.resource)
		if tt.good(&r); !decide(t, tt.policy, r).Allow {
			t.Errorf("%s: the good request is denied: %+v", tt.guard, decide(t, tt.policy, r))
		}
		r = ask(t, who(t, tt.who, "all"), tt.action, tt.resource)
		if tt.bad(&r); decide(t, tt.policy, r).Allow || !slices.Contains(decide(t, tt.policy, r).Policies, tt.guard) {
			t.Errorf("%s: %+v", tt.guard, decide(t, tt.policy, r))
		}
	}
	for _, g := range authz.GuardRails() {
		if !tested[g.ID] || g.About == "" || g.Fix == "" {
			t.Errorf("%+v is not tested, or says nothing", g)
		}
	}
}

func TestDecide_ownThings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		who, owner, action, resource string
		allow                        bool
	}{
		{"user/ada", "user/ada", "token:create", "token/t1", true},
		{"user/ada", "user/bob", "token:create", "token/t1", false},
		{"user/ada", "user/ada", "principal:read", "principal/user/ada", true},
		{"user/ada", "user/ada", "principal:update", "principal/user/ada", false},
		{"service/ci", "service/ci", "token:revoke", "token/t1", true},
		{"module/m", "module/m", "token:create", "token/t1", false},
		{"user/ada", "", "token:create", "token/t1", false},
	} {
		r := ask(t, who(t, tt.who), tt.action, tt.resource)
		if tt.owner != "" {
			r.Resource.Owner = subject(t, tt.owner)
		}
		if d := decide(t, policy(), r); d.Allow != tt.allow {
			t.Errorf("%+v: %+v", tt, d)
		}
	}
}

func TestDecide_forbidWins(t *testing.T) {
	t.Parallel()
	p := policy(bind(t, "root", "user/root", authz.RoleAdmin, "fleet"))
	p.Forbids = []authz.Forbid{
		{ID: "freeze", Scope: path(t, "namespace/acme"), Actions: []string{"module:install"}, Reason: "release week", NotAfter: authztest.Time().Add(time.Hour)},
		{ID: "over", Scope: authz.Fleet(), NotAfter: authztest.Time()},
	}
	d := decide(t, p, ask(t, who(t, "user/root"), "module:install", "module/acme/pay"))
	if d.Allow || !slices.Equal(d.Policies, []string{"forbid/freeze"}) || !strings.Contains(d.Reason, "release week") {
		t.Errorf("%+v", d)
	}
	for _, at := range []string{"module/beta/x", "fleet"} {
		if d := decide(t, p, ask(t, who(t, "user/root"), "module:install", at)); !d.Allow {
			t.Errorf("%s: %+v", at, d)
		}
	}
}

func TestFilter_hidesOtherNamespaces(t *testing.T) {
	t.Parallel()
	ref, err := authz.NewReference(policy(bind(t, "b", "group/acme", authz.RoleViewer, "namespace/acme")))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"acme/pay", "beta/x", "acme2/pay", "acme/text/up", "acme"}
	r := ask(t, who(t, "user/ada", "acme"), "module:read", "fleet")
	at := func(name string) authz.Resource {
		return authz.Resource{Path: authz.Path{Kind: authz.KindModule, ID: name}}
	}
	got := slices.Collect(authz.Filter(context.Background(), ref, r, slices.Values(names), at))
	if want := []string{"acme/pay", "acme/text/up"}; !slices.Equal(got, want) {
		t.Errorf("she sees %v, want %v", got, want)
	}
	for range authz.Filter(context.Background(), ref, r, slices.Values(names), at) {
		break
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if got := slices.Collect(authz.Filter(ended, ref, r, slices.Values(names), at)); len(got) > 0 {
		t.Errorf("after the end she sees %v", got)
	}
}
