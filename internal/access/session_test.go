package access

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
)

func (w *world) session(tb testing.TB, user Ref) Started {
	tb.Helper()
	out, err := w.StartSession(tb.Context(), SignIn{User: user, Method: "password", From: home})
	must(tb, err)
	return out
}

func TestSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.user(t, "user/ada")
	first, second := w.session(t, ada), w.session(t, ada)
	id, err := w.AuthenticateSession(t.Context(), first.Secret.Reveal(), home)
	must(t, err)
	if id.Principal.Ref != ada || id.Session.ID != first.Session.ID || !id.StepUp.IsZero() {
		t.Errorf("identity %+v", id)
	}
	if a := w.Actor(&id); a.Session != first.Session.ID || a.Authn != "password" || a.Token != "" {
		t.Errorf("actor %+v", a)
	}
	if first.Secret.Reveal() == second.Secret.Reveal() || first.Session.ID == second.Session.ID || strings.Contains(first.Secret.Reveal(), first.Session.ID) {
		t.Error("sessions are not told apart, or their names open them")
	}
	if !first.Session.CheckCSRF(first.CSRF.Reveal()) || first.Session.CheckCSRF(second.CSRF.Reveal()) || first.Session.CheckCSRF("") || first.Session.CheckCSRF(first.Secret.Reveal()) {
		t.Error("the secret of requests is not that of its session")
	}
	if n := w.EndSession(t.Context(), "user/eve", first.Session.ID); n != 0 {
		t.Error("somebody else's session was ended")
	}
	if n := w.EndSession(t.Context(), ada, first.Session.ID); n != 1 || len(w.Sessions(ada)) != 1 {
		t.Errorf("%d sessions ended", n)
	}
	_, err = w.AuthenticateSession(t.Context(), first.Secret.Reveal(), home)
	wantCode(t, err, CodeUnauthenticated)
	for text, reason := range map[string]Reason{"": ReasonMalformed, second.Session.ID: ReasonMalformed, newSecret(): ReasonUnknown} {
		_, err = w.AuthenticateSession(t.Context(), text, home)
		wantReason(t, err, reason)
	}
	if len(w.diary.find("session:start", audit.OutcomeSuccess)) != 2 || len(w.diary.find("session:end", audit.OutcomeSuccess)) != 1 {
		t.Error("beginnings and ends were not taken down")
	}
	for _, in := range []SignIn{{User: "service/ci", Method: "password"}, {User: ada, Method: "cookie"}, {User: ada, Method: "oidc", Groups: make([]string, MaxClaims+1)}} {
		_, err = w.StartSession(t.Context(), in)
		wantCode(t, err, modreg.CodeInvalid)
	}
	_, err = w.StartSession(t.Context(), SignIn{User: "user/nobody", Method: "password"})
	wantCode(t, err, CodeUnauthenticated)
}

func TestSession_ends(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada := w.user(t, "user/ada")
		idle, busy := w.session(t, ada), w.session(t, ada)
		began := time.Now()
		for time.Since(began) < SessionMax-10*time.Minute {
			time.Sleep(10 * time.Minute)
			_, err := w.AuthenticateSession(t.Context(), busy.Secret.Reveal(), home)
			must(t, err)
		}
		_, err := w.AuthenticateSession(t.Context(), idle.Secret.Reveal(), home)
		wantCode(t, err, CodeUnauthenticated)
		time.Sleep(10 * time.Minute)
		_, err = w.AuthenticateSession(t.Context(), busy.Secret.Reveal(), home)
		wantCode(t, err, CodeUnauthenticated)
		edge := w.session(t, ada)
		time.Sleep(SessionIdle - time.Second)
		_, err = w.AuthenticateSession(t.Context(), edge.Secret.Reveal(), home)
		must(t, err)
		time.Sleep(SessionIdle)
		_, err = w.AuthenticateSession(t.Context(), edge.Secret.Reveal(), home)
		wantCode(t, err, CodeUnauthenticated)
		if n := len(w.sessions.byHash) + len(w.sessions.ofUser); n != 0 {
			t.Errorf("%d entries are left", n)
		}
	})
}

// Whoever is disabled, or has another password, is out at once, and enabling does not let them in again.
func TestSession_endsWithTheUser(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	for name, change := range map[string]func(user Ref) error{
		"disable":  func(u Ref) error { return w.Disable(ctx, u) },
		"enable":   func(u Ref) error { must(t, w.Disable(ctx, u)); return w.Enable(ctx, u) },
		"delete":   func(u Ref) error { return w.Delete(ctx, u) },
		"password": func(u Ref) error { return w.SetPassword(ctx, u, "correct horse battery") },
		"clear":    func(u Ref) error { return w.ClearPassword(ctx, u) },
	} {
		user := w.user(t, Ref("user/"+name))
		s := w.session(t, user)
		must(t, change(user))
		if n := len(w.Sessions(user)); n != 0 {
			t.Errorf("%s: %d sessions", name, n)
		}
		if _, err := w.AuthenticateSession(t.Context(), s.Secret.Reveal(), home); modreg.CodeOf(err) != CodeUnauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A session from before somebody proved more is not one from after (attack 57).
func TestStepUp_replacesTheSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	s := w.session(t, w.user(t, "user/ada"))
	next, err := w.StepUp(t.Context(), s.Secret.Reveal(), home)
	must(t, err)
	_, err = w.AuthenticateSession(t.Context(), s.Secret.Reveal(), home)
	wantReason(t, err, ReasonUnknown)
	id, err := w.AuthenticateSession(t.Context(), next.Secret.Reveal(), home)
	must(t, err)
	if id.StepUp.IsZero() || id.Session.ID != s.Session.ID || !id.Session.Started.Equal(s.Session.Started) {
		t.Errorf("identity %+v", id)
	}
	if next.Session.CheckCSRF(s.CSRF.Reveal()) {
		t.Error("the old secret of requests is good for the new session")
	}
	if p, _ := id.Authz(time.Now()); p.MFA.IsZero() {
		t.Error("a decision would not know of the second factor")
	}
	_, err = w.StepUp(t.Context(), s.Secret.Reveal(), home)
	wantCode(t, err, CodeUnauthenticated)
}

func TestSession_limit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.user(t, "user/ada")
	var all []Started
	for range MaxSessions + 1 {
		all = append(all, w.session(t, ada))
	}
	if n := len(w.Sessions(ada)); n != MaxSessions {
		t.Errorf("%d sessions", n)
	}
	_, err := w.AuthenticateSession(t.Context(), all[0].Secret.Reveal(), home)
	wantReason(t, err, ReasonUnknown)
}

func TestLink(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	ada, bob := w.user(t, "user/ada"), w.user(t, "user/bob")
	const idp, sub = "https://idp.example/realm", "ada.lovelace@example.org"
	must(t, w.Link(ctx, ada, idp, sub))
	wantCode(t, w.Link(ctx, bob, idp, sub), modreg.CodeConflict)
	if p, ok := w.Linked(idp, sub); !ok || p.Ref != ada {
		t.Errorf("linked to %+v", p)
	}
	for _, other := range [][2]string{{idp, "Ada.Lovelace@example.org"}, {idp + "/", sub}, {"https://evil.example", sub}, {idp, ""}, {"", sub}} {
		if p, ok := w.Linked(other[0], other[1]); ok {
			t.Errorf("%q of %q is %s", other[1], other[0], p.Ref)
		}
	}
	for _, issuer := range []string{"", "idp", "http://idp.example", "https://user@idp.example", "https://idp.example?x", "https://idp.example/ x", "javascript:alert(1)"} {
		wantCode(t, w.Link(ctx, bob, issuer, "s"), modreg.CodeInvalid)
	}
	if strings.Contains(w.journalText(t), "lovelace") {
		t.Error("the subject is in the journal")
	}
	links := w.Snapshot().Links(ada)
	must(t, w.Disable(ctx, ada))
	if _, ok := w.Linked(idp, sub); ok {
		t.Error("a disabled user can sign in")
	}
	wantCode(t, w.Unlink(ctx, bob, links[0]), modreg.CodeNotFound)
	must(t, w.Unlink(ctx, ada, links[0]))
	must(t, w.Link(ctx, bob, idp, sub))
}

func TestMapGroup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	ada := w.user(t, "user/ada")
	const idp = "https://idp.example"
	m := GroupMapping{Issuer: idp, Claim: "Platform Team", Group: "ops"}
	must(t, w.MapGroup(ctx, m))
	must(t, w.MapGroup(ctx, GroupMapping{Issuer: idp, Claim: "Platform Team", Group: "dev"}))
	s, err := w.StartSession(t.Context(), SignIn{User: ada, Method: "oidc", Issuer: idp, Groups: []string{"Platform Team", "ops", "admin"}})
	must(t, err)
	groups := func() []string {
		id, err := w.AuthenticateSession(t.Context(), s.Secret.Reveal(), netip.Addr{})
		must(t, err)
		p, _ := id.Authz(time.Now())
		return p.Groups
	}
	if got := groups(); !slices.Equal(got, []string{"dev", "ops"}) {
		t.Errorf("groups %v: names of the provider's groups mean nothing here", got)
	}
	if got := w.Snapshot().MappedGroups("https://evil.example", []string{"Platform Team"}); len(got) != 0 {
		t.Errorf("another provider gives %v", got)
	}
	must(t, w.UnmapGroup(ctx, m))
	if got := groups(); !slices.Equal(got, []string{"dev"}) {
		t.Errorf("groups %v after the mapping went", got)
	}
	wantCode(t, w.UnmapGroup(ctx, m), modreg.CodeNotFound)
	for _, bad := range []GroupMapping{{idp, "", "ops"}, {idp, "a\x00b", "ops"}, {idp, "x", "Ops"}, {"idp", "x", "ops"}} {
		wantCode(t, w.MapGroup(ctx, bad), modreg.CodeInvalid)
	}
}
