package access

import (
	"context"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

// A cast is a store with an admin, an editor who may bind and edit roles but has little to give, and an operator.
func newCast(t *testing.T) (w *world, root, eve, op Ref) {
	t.Helper()
	w = newWorld(t)
	ctx := as(t.Context(), "system")
	root, eve, op = w.user(t, "user/root", authz.RoleAdmin), w.user(t, "user/eve", authz.RoleViewer), w.user(t, "user/op", authz.RoleOperator)
	must(t, w.PutRole(ctx, authz.Role{Name: "editor", Actions: []string{
		"role:edit", "role:bind", "principal:create", "principal:update", "principal:disable", "token:create", "policy:edit",
	}}))
	must(t, w.Bind(ctx, bindingOf(eve, "editor")))
	must(t, w.Bind(ctx, authz.Binding{ID: "ops", Subject: authz.Subject{Kind: authz.Group, ID: "ops"}, Role: authz.RoleOperator, Scope: authz.Fleet()}))
	must(t, w.Create(ctx, NewPrincipal{Ref: "service/deploy", Owner: op, Groups: []string{"ops"}}))
	must(t, w.Create(ctx, NewPrincipal{Ref: "user/friend"}))
	return w, root, eve, op
}

// Nobody gets or gives more than they have, whichever way they try (attack 59).
func TestRules_escalation(t *testing.T) {
	t.Parallel()
	w, root, eve, op := newCast(t)
	ctx := as(t.Context(), eve)
	issue := func(spec TokenSpec) error {
		spec.For = everything()
		_, err := w.CreateToken(ctx, spec)
		return err
	}
	for name, err := range map[string]error{
		"binds a role to herself":          w.Bind(ctx, bindingOf(eve, authz.RoleAdmin)),
		"binds what she lacks to a friend": w.Bind(ctx, bindingOf("user/friend", authz.RoleOperator)),
		"edits her own role":               w.PutRole(ctx, authz.Role{Name: "editor", Actions: []string{"module:start", "role:bind", "role:edit"}}),
		"makes a wider role":               w.PutRole(ctx, authz.Role{Name: "super", Actions: []string{"module:start", "role:edit"}}),
		"joins a group":                    w.Update(ctx, eve, 0, "", []string{"ops"}),
		"puts a friend into a group":       w.Update(ctx, "user/friend", 0, "", []string{"ops"}),
		"creates a puppet in a group":      w.Create(ctx, NewPrincipal{Ref: "service/puppet", Owner: eve, Groups: []string{"ops"}}),
		"maps a group":                     w.MapGroup(ctx, GroupMapping{Issuer: "https://idp.example", Claim: "all", Group: "ops"}),
		"links herself to the admin":       w.Link(ctx, root, "https://idp.example", "eve"),
		"sets the admin's password":        w.SetPassword(ctx, root, "correct horse battery"),
		"sets the operator's password":     w.SetPassword(ctx, op, "correct horse battery"),
		"takes a second factor away":       w.ClearTOTP(ctx, op),
		"makes the admin's token":          issue(TokenSpec{Owner: root}),
		"makes a stronger service's token": issue(TokenSpec{Owner: "service/deploy"}),
	} {
		if modreg.CodeOf(err) != CodeDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.EnrolTOTP(ctx, root, "modreg"); modreg.CodeOf(err) != CodeDenied {
		t.Errorf("enrols an authenticator of the admin: %v", err)
	}
	must(t, w.Update(as(t.Context(), "system"), "service/deploy", 0, eve, []string{"ops"})) // she owns it now, and is still less than it
	wantCode(t, issue(TokenSpec{Owner: "service/deploy"}), CodeDenied)
	must(t, w.Update(as(t.Context(), "system"), "service/deploy", 0, op, []string{"ops"}))
	if got := w.diary.find("role:bind", audit.OutcomeDeny); len(got) != 2 || got[0].Class != audit.ClassAuthorization || got[0].Reason == "" {
		t.Errorf("denials were taken down as %+v", got)
	}
	if p, _ := w.Snapshot().Principal(eve); len(p.Groups) > 0 {
		t.Error("she is in a group")
	}
	must(t, w.Bind(ctx, bindingOf("user/friend", authz.RoleViewer))) // what she has she may give
	must(t, w.SetPassword(ctx, eve, "correct horse battery"))
	must(t, w.Bind(as(t.Context(), root), bindingOf("user/friend", authz.RoleSecurity)))
	wantCode(t, w.Bind(as(t.Context(), root), bindingOf(root, authz.RoleSecurity)), CodeDenied) // nobody to themselves
}

// What is denied leaves nothing behind.
func TestRules_denialsChangeNothing(t *testing.T) {
	t.Parallel()
	w, _, eve, _ := newCast(t)
	before, seq := dump(t, w.Snapshot()), w.Snapshot().Seq()
	wantCode(t, w.Update(as(t.Context(), eve), eve, 0, "", []string{"ops"}), CodeDenied)
	wantCode(t, w.Bind(as(t.Context(), eve), bindingOf(eve, authz.RoleAdmin)), CodeDenied)
	if dump(t, w.Snapshot()) != before || w.Snapshot().Seq() != seq {
		t.Error("a denied change left something behind")
	}
}

// Somebody remains who can administer (attack 60).
func TestRules_lastAdmin(t *testing.T) {
	t.Parallel()
	w, root, _, op := newCast(t)
	for _, ctx := range []context.Context{as(t.Context(), root), as(t.Context(), "system")} {
		for name, err := range map[string]error{
			"disable": w.Disable(ctx, root), "delete": w.Delete(ctx, root), "unbind": w.Unbind(ctx, "root-admin"),
			"forbid": w.PutForbid(ctx, authz.Forbid{ID: "lock", Subject: root.Subject(), Scope: authz.Fleet()}),
		} {
			if modreg.CodeOf(err) != CodeDenied {
				t.Errorf("%s of the last admin: %v", name, err)
			}
		}
	}
	ctx := as(t.Context(), "system")
	must(t, w.Update(ctx, "service/deploy", 0, "", []string{"ops"}))
	admins := authz.Subject{Kind: authz.Group, ID: "admins"}
	must(t, w.Bind(ctx, authz.Binding{ID: "admins", Subject: admins, Role: authz.RoleAdmin, Scope: authz.Fleet()}))
	wantCode(t, w.Disable(ctx, root), CodeDenied) // an empty group administers nothing
	must(t, w.Update(ctx, op, 0, "", []string{"admins"}))
	must(t, w.Disable(ctx, root))
	wantCode(t, w.Update(ctx, op, 0, "", nil), CodeDenied)
	wantCode(t, w.Delete(ctx, op), CodeDenied)
	wantCode(t, w.Unbind(ctx, "admins"), CodeDenied)
	must(t, w.Enable(ctx, root))
	must(t, w.Delete(ctx, op))
}

// Two who take each other's rights away at the same time do not leave nobody.
func TestRules_twoAdmins(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.user(t, "user/a", authz.RoleAdmin), w.user(t, "user/b", authz.RoleAdmin)
	errs := make(chan error, 2)
	go func() { errs <- w.Disable(as(t.Context(), a), b) }()
	go func() { errs <- w.Disable(as(t.Context(), b), a) }()
	first, second := <-errs, <-errs
	if (first == nil) == (second == nil) {
		t.Errorf("%v and %v: one has to win", first, second)
	}
}

func TestRules_circumstances(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	w.user(t, "user/root", authz.RoleAdmin)
	ada := w.user(t, "user/ada")
	w.user(t, "user/friend")
	b := bindingOf(ada, authz.RoleAdmin)
	b.When.MFAAge = 5 * time.Minute
	must(t, w.Bind(ctx, b))
	give := bindingOf("user/friend", authz.RoleViewer)
	give.When.MFAAge = time.Minute
	wantCode(t, w.Bind(as(t.Context(), ada), give), CodeDenied) // nothing says that she proved a second factor
	p, c := authz.Principal{Subject: ada.Subject(), MFA: time.Now().Add(-time.Minute)}, authz.Context{Time: time.Now()}
	must(t, w.Bind(WithRequest(as(t.Context(), ada), p, c), give))
	give.ID = "again"
	wantCode(t, w.Bind(WithRequest(as(t.Context(), "user/friend"), p, c), give), CodeDenied) // of somebody else
	issued := w.token(t, ada)
	wantCode(t, w.Bind(WithRequest(withToken(t.Context(), issued.Token), p, c), give), CodeDenied) // the token is left out
	must(t, w.Disable(ctx, ada))
	wantCode(t, w.Bind(WithRequest(as(t.Context(), ada), p, c), give), CodeDenied) // disabled meanwhile
}

func TestRules_mappingOneself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	root := w.user(t, "user/root", authz.RoleAdmin)
	must(t, w.Bind(ctx, authz.Binding{ID: "sec", Subject: authz.Subject{Kind: authz.Group, ID: "sec"}, Role: authz.RoleSecurity, Scope: authz.Fleet()}))
	_, err := w.StartSession(t.Context(), SignIn{User: root, Method: "oidc", Issuer: "https://idp.example", Groups: []string{"staff"}})
	must(t, err)
	wantCode(t, w.MapGroup(as(t.Context(), root), GroupMapping{Issuer: "https://idp.example", Claim: "staff", Group: "sec"}), CodeDenied)
	must(t, w.MapGroup(as(t.Context(), root), GroupMapping{Issuer: "https://idp.example", Claim: "guards", Group: "sec"}))
}

func TestGrants(t *testing.T) {
	t.Parallel()
	w, _, _, op := newCast(t)
	ctx := as(t.Context(), "system")
	rev := w.Snapshot().PolicyRevision()
	must(t, w.Create(ctx, NewPrincipal{Ref: "user/new"}))
	if w.Snapshot().PolicyRevision() != rev {
		t.Error("the policy has another revision and is the same")
	}
	wantCode(t, w.DropRole(ctx, "editor"), modreg.CodeConflict)
	wantCode(t, w.DropRole(ctx, "none"), modreg.CodeNotFound)
	wantCode(t, w.PutRole(ctx, authz.Role{Name: authz.RoleAdmin, Actions: []string{"module:read"}}), modreg.CodeInvalid)
	wantCode(t, w.PutRole(ctx, authz.Role{Name: "x", Actions: []string{"module:fly"}}), modreg.CodeInvalid)
	wantCode(t, w.Bind(ctx, bindingOf("user/nobody", authz.RoleViewer)), modreg.CodeNotFound)
	wantCode(t, w.Bind(ctx, bindingOf(op, "none")), modreg.CodeInvalid)
	wantCode(t, w.Bind(ctx, bindingOf(op, authz.RoleOperator)), modreg.CodeConflict)
	wantCode(t, w.Unbind(ctx, "none"), modreg.CodeNotFound)
	must(t, w.Unbind(ctx, "eve-editor"))
	must(t, w.DropRole(ctx, "editor"))
	must(t, w.PutForbid(ctx, authz.Forbid{ID: "freeze", Actions: []string{"module:start", "module:install"}, Scope: authz.Fleet(), Reason: "release"}))
	must(t, w.SetSettings(ctx, authz.Settings{TwoPerson: true}))
	p := w.Snapshot().Policy()
	if len(p.Forbids) != 1 || !p.Settings.TwoPerson || p.Revision == rev || p.Validate() != nil {
		t.Errorf("policy %+v", p)
	}
	must(t, w.DropForbid(ctx, "freeze"))
	wantCode(t, w.DropForbid(ctx, "freeze"), modreg.CodeNotFound)
	var ids []string
	for b := range w.Snapshot().BindingsOf(op.Subject()) {
		ids = append(ids, b.ID)
	}
	if len(ids) != 1 || ids[0] != "op-operator" {
		t.Errorf("bindings %v", ids)
	}
}

// In strict mode whoever audits changes nothing, by a binding or by a group.
func TestRules_strict(t *testing.T) {
	t.Parallel()
	w, _, _, op := newCast(t)
	ctx := as(t.Context(), "system")
	must(t, w.SetSettings(ctx, authz.Settings{Strict: true}))
	wantCode(t, w.Bind(ctx, bindingOf(op, authz.RoleAuditor)), CodeDenied)
	must(t, w.Bind(ctx, bindingOf("user/friend", authz.RoleAuditor)))
	wantCode(t, w.Update(ctx, "user/friend", 0, "", []string{"ops"}), CodeDenied)
	must(t, w.SetSettings(ctx, authz.Settings{}))
	must(t, w.Update(ctx, "user/friend", 0, "", []string{"ops"}))
	wantCode(t, w.SetSettings(ctx, authz.Settings{Strict: true}), CodeDenied)
}

// A change that is denied leaves nothing to those who are in the same batch.
func TestRules_deniedInABatch(t *testing.T) {
	t.Parallel()
	w, _, eve, _ := newCast(t)
	build := func(by Ref, o operation) *write {
		ctx := as(t.Context(), by)
		return &write{do: o.do(), about: o.about(), origin: record.OriginOf(ctx), build: func(d *draft) error { return d.doJudged(ctx, o) }}
	}
	batch := []*write{
		build(eve, &updatePrincipal{Principal: eve, Groups: []string{"ops"}}),
		build("system", &createPrincipal{Principal: "user/new"}),
		build("system", &createPrincipal{Principal: "user/new"}),
	}
	w.w.mu.Lock()
	w.writeBatch(batch)
	w.w.mu.Unlock()
	wantCode(t, batch[0].err, CodeDenied)
	must(t, batch[1].err)
	wantCode(t, batch[2].err, modreg.CodeConflict)
	if p, _ := w.Snapshot().Principal(eve); len(p.Groups) > 0 {
		t.Error("what was denied is in the state")
	}
	sameDump(t, dump(t, openWorld(t, w.journal).Snapshot()), dump(t, w.Snapshot()))
}
