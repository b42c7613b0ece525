package authz_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/authz/authztest"
)

// house is a state with an admin, somebody who binds in one namespace, and some without rights.
func house(t *testing.T) *authz.State {
	t.Helper()
	p := policy(
		bind(t, "root", "user/root", authz.RoleAdmin, "fleet"),
		bind(t, "lead", "user/lead", "lead", "namespace/acme"),
		bind(t, "ops", "group/ops", authz.RoleOperator, "fleet"),
		bind(t, "devs", "group/devs", "devs", "namespace/acme"),
	)
	p.Roles = []authz.Role{
		{Name: "lead", Actions: []string{"module:invoke", "module:read", "role:bind"}},
		{Name: "devs", Actions: []string{"module:read"}},
	}
	s := &authz.State{Policy: p}
	for _, name := range []string{"root", "lead", "ada", "bob"} {
		s.Accounts = append(s.Accounts, authz.Account{Subject: subject(t, "user/"+name)})
	}
	s.Accounts = append(s.Accounts, authz.Account{Subject: subject(t, "service/ci"), Groups: []string{"ops"}})
	return s
}

func clone(s *authz.State) *authz.State {
	p := *s.Policy
	p.Roles, p.Bindings, p.Forbids = slices.Clone(p.Roles), slices.Clone(p.Bindings), slices.Clone(p.Forbids)
	for i := range p.Roles {
		p.Roles[i].Actions, p.Roles[i].Grants = slices.Clone(p.Roles[i].Actions), slices.Clone(p.Roles[i].Grants)
	}
	return &authz.State{Policy: &p, Accounts: slices.Clone(s.Accounts)}
}

func account(t *testing.T, s *authz.State, name string) *authz.Account {
	t.Helper()
	i := slices.IndexFunc(s.Accounts, func(a authz.Account) bool { return a.Subject.String() == name })
	if i < 0 {
		t.Fatalf("no account %s", name)
	}
	return &s.Accounts[i]
}

func TestCheckChange_escalation(t *testing.T) {
	t.Parallel()
	add := func(s *authz.State, b authz.Binding) { s.Policy.Bindings = append(s.Policy.Bindings, b) }
	tests := []struct {
		name   string
		editor string
		groups string
		before func(*authz.State) // makes the state before from the house
		change func(*authz.State)
		want   string // the rules that it breaks
	}{
		{"admin binds", "user/root", "", nil, func(s *authz.State) { add(s, bind(t, "n", "user/ada", authz.RoleSecurity, "fleet")) }, ""},
		{"admin binds self", "user/root", "", nil, func(s *authz.State) { add(s, bind(t, "n", "user/root", authz.RoleSecurity, "fleet")) }, "self"},
		{"admin binds own group", "user/root", "devs", nil, func(s *authz.State) { add(s, bind(t, "n", "group/devs", authz.RoleSecurity, "fleet")) }, "self"},
		{"lead binds what they have", "user/lead", "", nil, func(s *authz.State) { add(s, bind(t, "n", "user/ada", "devs", "namespace/acme/text")) }, ""},
		{"lead binds more", "user/lead", "", nil, func(s *authz.State) { add(s, bind(t, "n", "user/ada", authz.RoleOperator, "namespace/acme")) }, "grant"},
		{"lead binds elsewhere", "user/lead", "", nil, func(s *authz.State) { add(s, bind(t, "n", "user/ada", "devs", "namespace/beta")) }, "grant"},
		{"lead binds above", "user/lead", "", nil, func(s *authz.State) { add(s, bind(t, "n", "user/ada", "devs", "fleet")) }, "grant"},
		{"lead binds a lead", "user/lead", "", nil, func(s *authz.State) { add(s, bind(t, "n", "user/ada", "lead", "namespace/acme")) }, ""},
		{
			"widen own role", "user/root", "", func(s *authz.State) { add(s, bind(t, "x", "user/root", "devs", "fleet")) },
			func(s *authz.State) {
				s.Policy.Roles[1].Actions = []string{"module:read", "response:override"}
			}, "self",
		},
		{"widen another's role", "user/root", "", nil, func(s *authz.State) { s.Policy.Roles[1].Actions = []string{"audit:read", "module:read"} }, ""},
		{"lead widens a role", "user/lead", "", nil, func(s *authz.State) { s.Policy.Roles[1].Actions = []string{"audit:read", "module:read"} }, "grant"},
		{"lead narrows a role", "user/lead", "", nil, func(s *authz.State) { s.Policy.Roles[0].Actions = []string{"module:read"} }, ""},
		{"new role with a superset", "user/lead", "", nil, func(s *authz.State) {
			s.Policy.Roles = append(s.Policy.Roles, authz.Role{Name: "all", Actions: []string{"module:read", "role:edit"}})
		}, "grant"},
		{"new role that grants", "user/lead", "", nil, func(s *authz.State) {
			s.Policy.Roles = append(s.Policy.Roles, authz.Role{Name: "all", Actions: []string{"module:read"}, Grants: []string{"role:edit"}})
		}, "grant"},
		{"grant becomes action", "user/giver", "", func(s *authz.State) {
			s.Policy.Roles = append(s.Policy.Roles, authz.Role{Name: "giver", Actions: []string{"role:edit"}, Grants: []string{"audit:prune"}})
			add(s, bind(t, "x", "user/giver", "giver", "fleet"))
		}, func(s *authz.State) { s.Policy.Roles[2].Actions = []string{"audit:prune", "role:edit"} }, "self"},
		{"give to give", "user/giver", "", func(s *authz.State) {
			s.Policy.Roles = append(s.Policy.Roles, authz.Role{Name: "giver", Actions: []string{"module:read", "role:edit"}})
			add(s, bind(t, "x", "user/giver", "giver", "fleet"))
		}, func(s *authz.State) { s.Policy.Roles[1].Grants = []string{"audit:prune"} }, "grant"},
		{"give to give what one has", "user/giver", "", func(s *authz.State) {
			s.Policy.Roles = append(s.Policy.Roles, authz.Role{Name: "giver", Actions: []string{"module:read", "role:edit"}})
			add(s, bind(t, "x", "user/giver", "giver", "fleet"))
		}, func(s *authz.State) { s.Policy.Roles[1].Grants = []string{"module:read", "role:edit"} }, ""},
		{"join a group", "user/lead", "", nil, func(s *authz.State) { account(t, s, "user/lead").Groups = []string{"ops"} }, "self"},
		{"put another into a group", "user/lead", "", nil, func(s *authz.State) { account(t, s, "user/ada").Groups = []string{"ops"} }, "grant"},
		{"put another into a small group", "user/lead", "", nil, func(s *authz.State) { account(t, s, "user/ada").Groups = []string{"devs"} }, ""},
		{"admin fills a group", "user/root", "", nil, func(s *authz.State) { account(t, s, "user/ada").Groups = []string{"ops"} }, ""},
		{
			"create what is bound already", "user/lead", "", func(s *authz.State) { add(s, bind(t, "x", "user/late", authz.RoleAdmin, "fleet")) },
			func(s *authz.State) {
				s.Accounts = append(s.Accounts, authz.Account{Subject: subject(t, "user/late")})
			}, "grant",
		},
		{
			"recreate the deleted", "user/lead", "", func(s *authz.State) {
				s.Accounts = slices.DeleteFunc(s.Accounts, func(a authz.Account) bool { return a.Subject.ID == "ci" })
			},
			func(s *authz.State) {
				s.Accounts = append(s.Accounts, authz.Account{Subject: subject(t, "service/ci"), Groups: []string{"ops"}})
			}, "grant",
		},
		{
			"enable the disabled", "user/lead", "", func(s *authz.State) { account(t, s, "service/ci").Disabled = true },
			func(s *authz.State) { account(t, s, "service/ci").Disabled = false }, "grant",
		},
		{
			"create disabled", "user/lead", "", func(s *authz.State) { add(s, bind(t, "x", "user/late", authz.RoleAdmin, "fleet")) },
			func(s *authz.State) {
				s.Accounts = append(s.Accounts, authz.Account{Subject: subject(t, "user/late"), Disabled: true})
			}, "",
		},
		{"move a binding", "user/lead", "", nil, func(s *authz.State) { s.Policy.Bindings[3].Scope = authz.Fleet() }, "grant"},
		{"rename a binding's subject", "user/lead", "", nil, func(s *authz.State) { s.Policy.Bindings[2].Subject = subject(t, "user/lead") }, "self"},
		{"narrow a binding", "user/lead", "", nil, func(s *authz.State) { s.Policy.Bindings[2].Scope = path(t, "namespace/acme") }, ""},
		{
			"drop a condition", "user/lead", "", func(s *authz.State) { s.Policy.Bindings[2].When.Approval = true },
			func(s *authz.State) { s.Policy.Bindings[2].When.Approval = false }, "grant",
		},
		{
			"give for longer", "user/lead", "", func(s *authz.State) { s.Policy.Bindings[1].When.NotAfter = authztest.Time().Add(time.Hour) },
			func(s *authz.State) { add(s, bind(t, "n", "user/ada", "devs", "namespace/acme")) }, "grant",
		},
		{
			"give for as long", "user/lead", "", func(s *authz.State) { s.Policy.Bindings[1].When.NotAfter = authztest.Time().Add(time.Hour) },
			func(s *authz.State) {
				b := bind(t, "n", "user/ada", "devs", "namespace/acme")
				b.When.NotAfter = authztest.Time().Add(time.Hour)
				add(s, b)
			}, "",
		},
		{
			"give what expired", "user/lead", "", func(s *authz.State) { s.Policy.Bindings[1].When.NotAfter = authztest.Time() },
			func(s *authz.State) {
				b := bind(t, "n", "user/ada", "devs", "namespace/acme")
				b.When.NotAfter = authztest.Time()
				add(s, b)
			}, "grant",
		},
		{"give what is forbidden to oneself", "user/lead", "", func(s *authz.State) {
			s.Policy.Forbids = []authz.Forbid{{ID: "f", Subject: subject(t, "user/lead"), Scope: path(t, "module/acme/pay"), Actions: []string{"module:read"}}}
		}, func(s *authz.State) { add(s, bind(t, "n", "user/ada", "devs", "namespace/acme")) }, "grant"},
		{"lift one's own forbid", "user/root", "", func(s *authz.State) {
			s.Policy.Forbids = []authz.Forbid{{ID: "f", Subject: subject(t, "user/root"), Scope: path(t, "module/acme/pay")}}
		}, func(s *authz.State) { s.Policy.Forbids = nil }, "forbid"},
		{"shorten one's own forbid", "user/root", "", func(s *authz.State) {
			s.Policy.Forbids = []authz.Forbid{{ID: "f", Subject: subject(t, "user/root"), Scope: path(t, "module/acme/pay")}}
		}, func(s *authz.State) { s.Policy.Forbids[0].NotAfter = authztest.Time() }, "forbid"},
		{"leave a forbidden group", "user/lead", "", func(s *authz.State) {
			s.Policy.Forbids = []authz.Forbid{{ID: "f", Subject: subject(t, "group/ops"), Scope: authz.Fleet(), Actions: []string{"module:remove"}}}
		}, func(s *authz.State) { account(t, s, "service/ci").Groups = nil }, "forbid"},
		{"lift a freeze", "user/root", "", func(s *authz.State) {
			s.Policy.Forbids = []authz.Forbid{{ID: "f", Scope: path(t, "module/acme/pay")}}
		}, func(s *authz.State) { s.Policy.Forbids = nil }, ""},
		{"last admin disabled", "user/root", "", nil, func(s *authz.State) { account(t, s, "user/root").Disabled = true }, "administrator"},
		{"last admin deleted", "user/root", "", nil, func(s *authz.State) { s.Accounts = s.Accounts[1:] }, "administrator"},
		{"last admin unbound", "user/root", "", nil, func(s *authz.State) { s.Policy.Bindings = s.Policy.Bindings[1:] }, "administrator"},
		{"last admin expires", "user/root", "", nil, func(s *authz.State) { s.Policy.Bindings[0].When.NotAfter = authztest.Time().Add(time.Hour) }, "administrator"},
		{"last admin for a part", "user/root", "", nil, func(s *authz.State) { s.Policy.Bindings[0].Scope = path(t, "namespace/acme") }, "administrator"},
		{"last admin locked out", "user/root", "", nil, func(s *authz.State) {
			s.Policy.Forbids = []authz.Forbid{{ID: "f", Scope: authz.Fleet(), Actions: []string{"role:bind"}}}
		}, "administrator"},
		{"the system takes the last admin", "system/self", "", nil, func(s *authz.State) { account(t, s, "user/root").Disabled = true }, "administrator"},
		{"another admin remains", "user/root", "", func(s *authz.State) {
			add(s, bind(t, "x", "group/admins", authz.RoleAdmin, "fleet"))
			account(t, s, "user/bob").Groups = []string{"admins"}
		}, func(s *authz.State) { account(t, s, "user/root").Disabled = true }, ""},
		{"the other admin is disabled", "user/root", "", func(s *authz.State) {
			add(s, bind(t, "x", "user/bob", authz.RoleAdmin, "fleet"))
			account(t, s, "user/bob").Disabled = true
		}, func(s *authz.State) { account(t, s, "user/root").Disabled = true }, "administrator"},
		{
			"the first admin", "system/self", "", func(s *authz.State) { s.Policy.Bindings = nil },
			func(s *authz.State) { add(s, bind(t, "n", "user/ada", authz.RoleAdmin, "fleet")) }, "",
		},
		{
			"auditor and operator", "user/root", "", func(s *authz.State) { s.Policy.Settings.Strict = true },
			func(s *authz.State) { add(s, bind(t, "n", "service/ci", authz.RoleAuditor, "fleet")) }, "duties",
		},
		{"auditor and operator, not strict", "user/root", "", nil, func(s *authz.State) { add(s, bind(t, "n", "service/ci", authz.RoleAuditor, "fleet")) }, ""},
		{
			"a group of both", "user/root", "", func(s *authz.State) { s.Policy.Settings.Strict = true },
			func(s *authz.State) { add(s, bind(t, "n", "group/ops", authz.RoleAuditor, "fleet")) }, "duties",
		},
		{
			"strict with both", "user/root", "", func(s *authz.State) { add(s, bind(t, "x", "service/ci", authz.RoleAuditor, "fleet")) },
			func(s *authz.State) { s.Policy.Settings.Strict = true }, "duties",
		},
		{"malformed", "user/root", "", nil, func(s *authz.State) { s.Policy.Bindings[0].Role = "gone" }, "valid"},
		{"two accounts", "user/root", "", nil, func(s *authz.State) { s.Accounts = append(s.Accounts, s.Accounts[0]) }, "valid"},
		{"self and more", "user/lead", "", nil, func(s *authz.State) {
			add(s, bind(t, "n", "user/lead", authz.RoleAdmin, "fleet"))
			add(s, bind(t, "m", "user/ada", authz.RoleAdmin, "fleet"))
		}, "grant self"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before := house(t)
			if tt.before != nil {
				tt.before(before)
			}
			after := clone(before)
			tt.change(after)
			editor := who(t, tt.editor, strings.Fields(tt.groups)...)
			err := authz.CheckChange(before, after, &editor, &authz.Context{Time: authztest.Time()})
			if got := strings.Join(broken(t, err), " "); got != tt.want {
				t.Errorf("it breaks %q (%v), want %q", got, err, tt.want)
			}
			if err := authz.CheckChange(before, before, &editor, &authz.Context{Time: authztest.Time()}); err != nil {
				t.Errorf("no change: %v", err)
			}
		})
	}
}

func TestCheckChange_tokenIsNoWider(t *testing.T) {
	t.Parallel()
	before := house(t)
	after := clone(before)
	after.Policy.Bindings = append(after.Policy.Bindings, bind(t, "n", "user/ada", authz.RoleOperator, "fleet"))
	root := who(t, "user/root")
	for _, tt := range []struct {
		scopes []authz.TokenScope
		want   string
	}{
		{nil, "grant"},
		{[]authz.TokenScope{{Actions: []string{"role:bind"}, Within: authz.Fleet()}}, "grant"},
		{[]authz.TokenScope{{Within: path(t, "namespace/acme")}}, "grant"},
		{[]authz.TokenScope{{Within: authz.Fleet()}}, ""},
	} {
		err := authz.CheckChange(before, after, &root, &authz.Context{Time: authztest.Time(), Token: &authz.Token{Scopes: tt.scopes}})
		if got := strings.Join(broken(t, err), " "); got != tt.want {
			t.Errorf("%+v: it breaks %q, want %q", tt.scopes, got, tt.want)
		}
	}
	root.Disabled = true
	if err := authz.CheckChange(before, after, &root, &authz.Context{Time: authztest.Time()}); err == nil {
		t.Error("a disabled admin gives")
	}
}

// Whatever random editors change, if it is accepted, the editor can do no more than before.
func TestCheckChange_editorGainsNothing(t *testing.T) {
	t.Parallel()
	accepted := 0
	for seed := range uint64(600) {
		w := authztest.NewWorld(10_000 + seed)
		before := &authz.State{Policy: w.Policy()}
		editor := w.Principal()
		if editor.Kind == authz.System {
			continue
		}
		before.Accounts = []authz.Account{{Subject: editor.Subject, Groups: editor.Groups, Disabled: editor.Disabled}}
		before.Policy.Bindings = append(before.Policy.Bindings, authz.Binding{ID: "lead", Subject: editor.Subject, Role: authz.RoleAdmin, Scope: w.Path()})
		before.Policy.Settings.Strict = false
		after := clone(before)
		other := w.Policy()
		for i := range other.Bindings {
			other.Bindings[i].ID = "n" + other.Bindings[i].ID
		}
		after.Policy.Bindings = append(after.Policy.Bindings, other.Bindings[:min(1, len(other.Bindings))]...)
		if len(after.Policy.Roles) > 0 {
			after.Policy.Roles[0].Actions = append(after.Policy.Roles[0].Actions, other.Revision[:0]+"audit:prune")
			slices.Sort(after.Policy.Roles[0].Actions)
			after.Policy.Roles[0].Actions = slices.Compact(after.Policy.Roles[0].Actions)
		}
		if authz.CheckChange(before, after, &editor, &authz.Context{Time: authztest.Time()}) != nil {
			continue
		}
		accepted++
		for range 200 {
			r := w.Request()
			r.Principal = editor
			if decide(t, after.Policy, r).Allow && !decide(t, before.Policy, r).Allow {
				t.Fatalf("seed %d: %s gained %s on %s", seed, editor.Subject, r.Action, r.Resource.Path)
			}
		}
	}
	if accepted < 20 {
		t.Errorf("%d changes were accepted: too few to show anything", accepted)
	}
}

func TestCheckGroup(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ editor, group, want string }{
		{"user/root", "ops", ""},
		{"user/lead", "ops", "grant"},
		{"user/lead", "devs", ""},
		{"user/ada", "devs", "grant"},
		{"user/ada", "empty", ""},
		{"system/self", "ops", ""},
	} {
		editor := who(t, tt.editor)
		err := authz.CheckGroup(house(t), tt.group, &editor, &authz.Context{Time: authztest.Time()})
		if got := strings.Join(broken(t, err), " "); got != tt.want {
			t.Errorf("%+v: it breaks %q", tt, got)
		}
	}
}

func TestCheckApproval(t *testing.T) {
	t.Parallel()
	r := ask(t, who(t, "user/ada"), "audit:prune", "audit/registry")
	for name, ok := range map[string]bool{"user/bob": true, "user/ada": false, "service/ci": false, "module/m": false} {
		p := who(t, name)
		if err := authz.CheckApproval(&r, &p); (err == nil) != ok {
			t.Errorf("%s: %v", name, err)
		}
		p.Disabled = true
		if authz.CheckApproval(&r, &p) == nil {
			t.Errorf("%s approves although disabled", name)
		}
	}
}
