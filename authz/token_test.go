package authz_test

import (
	"strings"
	"testing"

	"github.com/modreg/modreg/authz"
)

func TestCheckToken(t *testing.T) {
	t.Parallel()
	p := policy(
		bind(t, "root", "user/root", authz.RoleAdmin, "fleet"),
		bind(t, "ada", "user/ada", authz.RoleOperator, "namespace/acme"),
		bind(t, "ci", "group/ci", authz.RoleOperator, "namespace/acme"),
	)
	scope := func(within string, actions ...string) authz.TokenScope {
		return authz.TokenScope{Actions: actions, Within: path(t, within)}
	}
	ci := who(t, "service/ci", "ci")
	for _, tt := range []struct {
		name    string
		creator string
		owner   *authz.Principal // nil for the creator
		scope   authz.TokenScope
		with    *authz.Token
		word    string // of the error; empty if there is none
	}{
		{"own", "user/ada", nil, scope("namespace/acme", "module:start"), nil, ""},
		{"whatever I may", "user/ada", nil, scope("fleet"), nil, ""},
		{"wider place", "user/ada", nil, scope("fleet", "module:start"), nil, "more than its owner"},
		{"other place", "user/ada", nil, scope("namespace/beta", "module:start"), nil, "more than its owner"},
		{"more", "user/ada", nil, scope("namespace/acme", "role:bind"), nil, "more than its owner"},
		{"unknown", "user/ada", nil, scope("namespace/acme", "module:fly"), nil, "registry"},
		{"out of order", "user/ada", nil, scope("namespace/acme", "module:stop", "module:start"), nil, "order"},
		{"nowhere", "user/ada", nil, authz.TokenScope{}, nil, "path"},
		{"own things", "user/ada", nil, scope("token/t1", "token:revoke"), nil, ""},
		{"by a token", "user/ada", nil, scope("module/acme/pay", "module:start"), &authz.Token{Scopes: []authz.TokenScope{scope("namespace/acme", "module:start", "token:create")}}, ""},
		{"wider than the token", "user/ada", nil, scope("namespace/acme", "module:stop"), &authz.Token{Scopes: []authz.TokenScope{scope("namespace/acme", "module:start")}}, "wider"},
		{"all by a token of some", "user/ada", nil, scope("namespace/acme"), &authz.Token{Scopes: []authz.TokenScope{scope("fleet", "module:start")}}, "wider"},
		{"by a token of nothing", "user/ada", nil, scope("namespace/acme", "module:start"), &authz.Token{}, "wider"},
		{"for a service", "user/root", &ci, scope("fleet"), nil, ""},
		{"for a stronger service", "user/ada", &ci, scope("fleet"), nil, ""},
		{"for a person", "user/root", &authz.Principal{Subject: subject(t, "user/ada")}, scope("namespace/acme", "module:start"), nil, "nobody but"},
		{"for what one lacks", "user/bob", &ci, scope("namespace/acme", "module:start"), nil, "may not give"},
		{"for what one lacks, all", "user/bob", &ci, scope("module/acme/pay"), nil, "may not give"},
		{"for nothing", "user/bob", &ci, scope("namespace/beta"), nil, ""},
	} {
		r := ask(t, who(t, tt.creator), "token:create", "token/t1")
		r.Context.Token = tt.with
		owner := tt.owner
		if owner == nil {
			owner = &r.Principal
		}
		err := p.CheckToken(&r, owner, []authz.TokenScope{tt.scope})
		if (err == nil) != (tt.word == "") || err != nil && !strings.Contains(err.Error(), tt.word) {
			t.Errorf("%s: %v, want %q in it", tt.name, err, tt.word)
		}
	}
	r := ask(t, who(t, "user/ada"), "token:create", "token/t1")
	if p.CheckToken(&r, &r.Principal, nil) == nil || p.CheckToken(&r, &r.Principal, make([]authz.TokenScope, authz.MaxTokenScopes+1)) == nil {
		t.Error("a token has no scopes, or too many")
	}
}
