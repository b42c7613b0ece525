package access

import (
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/authz"
)

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.user(t, "user/ada")
	issued := w.token(t, ada)
	text := issued.Secret.Reveal()
	if !strings.HasPrefix(text, "mrt_user_"+issued.Token.ID+"_") {
		t.Errorf("the token has another form: %d bytes", len(text))
	}
	id, err := w.Authenticate(t.Context(), text, home)
	must(t, err)
	if id.Principal.Ref != ada || id.Token.ID != issued.Token.ID {
		t.Fatalf("authenticated as %+v", id)
	}
	if a := w.Actor(&id); a.String() != "user/ada" || a.Token != issued.Token.ID || a.Authn != "token" || a.Address != w.Address(home) || strings.Contains(a.Address, "10.") {
		t.Errorf("actor %+v", a)
	}
	p, c := id.Authz(time.Now())
	if p.Subject != ada.Subject() || c.Token == nil || len(c.Token.Scopes) != 1 || c.Address != home {
		t.Errorf("for a decision: %+v, %+v", p, c)
	}
	if id.Token.Used().IsZero() {
		t.Error("the use was not remembered")
	}
}

// Whoever is refused cannot tell why from the answer, and the operator can (attacks 54, 55).
func TestAuthenticate_refusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	ada := w.user(t, "user/ada")
	good := w.token(t, ada)
	gone, local := w.token(t, ada), w.token(t, ada, "10.0.0.0/8", "2001:db8::/32")
	must(t, w.RevokeToken(ctx, gone.Token.ID, false))
	off := w.token(t, w.user(t, "user/bob"))
	must(t, w.Disable(ctx, "user/bob"))
	c, _ := parseToken(good.Secret.Reveal())
	other := func(change func(c *credential)) string {
		d := c
		change(&d)
		return d.text()
	}
	text := good.Secret.Reveal()
	answers := map[string]bool{}
	for name, tt := range map[string]struct {
		text   string
		from   string
		reason Reason
	}{
		"empty":         {"", "10.1.2.3", ReasonMalformed},
		"bearer":        {"Bearer " + text, "10.1.2.3", ReasonMalformed},
		"typo":          {text[:30] + "!" + text[31:], "10.1.2.3", ReasonMalformed},
		"swapped":       {text[:30] + string(text[31]) + string(text[30]) + text[32:], "10.1.2.3", ReasonMalformed},
		"longer":        {text + "0", "10.1.2.3", ReasonMalformed},
		"upper kind":    {other(func(c *credential) { c.kind = "User" }), "10.1.2.3", ReasonMalformed},
		"unknown":       {other(func(c *credential) { c.id = newTokenID() }), "10.1.2.3", ReasonUnknown},
		"other kind":    {other(func(c *credential) { c.kind = "service" }), "10.1.2.3", ReasonUnknown},
		"other secret":  {other(func(c *credential) { c.secret = newSecret() }), "10.1.2.3", ReasonSecret},
		"revoked":       {gone.Secret.Reveal(), "10.1.2.3", ReasonRevoked},
		"disabled":      {off.Secret.Reveal(), "10.1.2.3", ReasonDisabled},
		"other network": {local.Secret.Reveal(), "192.0.2.1", ReasonNetwork},
		"mapped":        {local.Secret.Reveal(), "::ffff:192.0.2.1", ReasonNetwork},
		"no address":    {local.Secret.Reveal(), "", ReasonNetwork},
	} {
		from, _ := netip.ParseAddr(tt.from)
		_, err := w.Authenticate(t.Context(), tt.text, from)
		wantCode(t, err, CodeUnauthenticated)
		if got := ReasonOf(err); got != tt.reason {
			t.Errorf("%s: reason %q, want %q", name, got, tt.reason)
		}
		answers[err.Error()] = true
	}
	if len(answers) != 1 {
		t.Errorf("whoever is refused gets %d different answers: %v", len(answers), answers)
	}
	for _, from := range []string{"10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"} {
		if _, err := w.Authenticate(t.Context(), local.Secret.Reveal(), netip.MustParseAddr(from)); err != nil {
			t.Errorf("from %s: %v", from, err)
		}
	}
	seen := map[string]bool{}
	for _, e := range w.diary.find("authn:token", audit.OutcomeDeny) {
		seen[e.Reason] = true
		if e.Reason == string(ReasonSecret) && e.Actor.ID == "ada" {
			t.Error("who did not prove who they are is taken down as the one they tried to be")
		}
	}
	if len(seen) != 6 {
		t.Errorf("taken down: %v", seen)
	}
}

func TestAuthenticate_refusalsAreGrouped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for range 100 {
			_, _ = w.Authenticate(t.Context(), "nonsense", home)
		}
		_, _ = w.Authenticate(t.Context(), "nonsense", netip.MustParseAddr("10.1.2.4"))
		if got := w.diary.find("authn:token", audit.OutcomeDeny); len(got) != 2 {
			t.Fatalf("%d events, want one of each address", len(got))
		}
		time.Sleep(3 * tidyEvery)
		synctest.Wait()
		got := w.diary.find("authn:token", audit.OutcomeDeny)
		if len(got) != 3 || !strings.Contains(got[2].Reason, "99") {
			t.Errorf("events %+v", got)
		}
	})
}

func TestAuthenticate_expires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada := w.user(t, "user/ada")
		spec := TokenSpec{Owner: ada, For: everything(), Lifetime: time.Hour}
		issued, err := w.CreateToken(as(t.Context(), ada), spec)
		must(t, err)
		usual := w.token(t, ada)
		if d := time.Until(usual.Token.Expires); d > DefaultLifetime || d < DefaultLifetime-time.Minute {
			t.Errorf("a token lasts %v", d)
		}
		time.Sleep(time.Hour - 2*time.Second)
		_, err = w.Authenticate(t.Context(), issued.Secret.Reveal(), home)
		must(t, err)
		time.Sleep(2 * time.Second)
		_, err = w.Authenticate(t.Context(), issued.Secret.Reveal(), home)
		wantReason(t, err, ReasonExpired)
		for _, d := range []time.Duration{-1, time.Millisecond, MaxLifetime + 1} {
			spec.Lifetime = d
			_, err = w.CreateToken(as(t.Context(), ada), spec)
			wantCode(t, err, modreg.CodeInvalid)
		}
	})
}

// Whoever uses a token that was replaced has stolen it, or was stolen from: nobody keeps one of the family (attack 54).
func TestRotateToken_reuseRevokesTheFamily(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.user(t, "user/ada")
	first, other := w.token(t, ada), w.token(t, ada)
	second, err := w.RotateToken(withToken(t.Context(), first.Token), first.Token.ID, 0)
	must(t, err)
	third, err := w.RotateToken(withToken(t.Context(), second.Token), second.Token.ID, 0)
	must(t, err)
	if _, err := w.Authenticate(t.Context(), third.Secret.Reveal(), home); err != nil {
		t.Fatal(err)
	}
	_, err = w.RotateToken(withToken(t.Context(), first.Token), first.Token.ID, 0)
	wantCode(t, err, modreg.CodeConflict)
	c, _ := parseToken(first.Secret.Reveal())
	c.secret = newSecret()
	_, err = w.Authenticate(t.Context(), c.text(), home) // who does not know the secret does not end anybody's tokens
	wantReason(t, err, ReasonSecret)
	if _, err := w.Authenticate(t.Context(), third.Secret.Reveal(), home); err != nil {
		t.Fatal(err)
	}
	_, err = w.Authenticate(t.Context(), first.Secret.Reveal(), netip.MustParseAddr("192.0.2.66"))
	wantReason(t, err, ReasonReused)
	for _, issued := range []Issued{first, second, third} {
		_, err = w.Authenticate(t.Context(), issued.Secret.Reveal(), home)
		wantReason(t, err, ReasonRevoked)
	}
	if _, err := w.Authenticate(t.Context(), other.Secret.Reveal(), home); err != nil {
		t.Errorf("a token of another family: %v", err)
	}
	got := w.diary.find("token:reuse", audit.OutcomeDeny)
	if len(got) != 1 || got[0].Incident == "" || got[0].Actor.ID != "ada" {
		t.Errorf("incidents %+v", got)
	}
}

// A token is for no more than its owner may do, and than the one it is made with (attack 59).
func TestCreateToken_notWider(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada, bob := w.user(t, "user/ada", authz.RoleViewer), w.user(t, "user/bob", authz.RoleAdmin)
	at := func(path string, actions ...string) []authz.TokenScope {
		p, err := authz.ParsePath(path)
		must(t, err)
		return []authz.TokenScope{{Actions: actions, Within: p}}
	}
	ask := func(who *Token, spec TokenSpec) error {
		ctx := as(t.Context(), spec.Owner)
		if who != nil {
			ctx = withToken(t.Context(), who)
		}
		_, err := w.CreateToken(ctx, spec)
		return err
	}
	must(t, ask(nil, TokenSpec{Owner: ada, For: at("fleet", "module:read")}))
	wantCode(t, ask(nil, TokenSpec{Owner: ada, For: at("fleet", "module:start")}), CodeDenied)
	wantCode(t, ask(nil, TokenSpec{Owner: ada, For: at("fleet", "no:such")}), CodeDenied)
	wantCode(t, ask(nil, TokenSpec{Owner: ada}), modreg.CodeInvalid)
	_, err := w.CreateToken(as(t.Context(), bob), TokenSpec{Owner: ada, For: everything()})
	wantCode(t, err, CodeDenied) // not even an admin acts as a user
	_, err = w.CreateToken(as(t.Context(), "system"), TokenSpec{Owner: ada, For: everything()})
	wantCode(t, err, CodeDenied)

	narrow, err := w.CreateToken(as(t.Context(), bob), TokenSpec{
		Owner: bob, For: at("namespace/acme", "module:read", "module:start"), Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, Lifetime: time.Hour,
	})
	must(t, err)
	nets := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	must(t, ask(narrow.Token, TokenSpec{Owner: bob, For: at("module/acme/pay", "module:read"), Networks: nets, Lifetime: time.Minute}))
	for name, spec := range map[string]TokenSpec{
		"all actions":   {For: at("namespace/acme"), Networks: nets, Lifetime: time.Minute},
		"other action":  {For: at("namespace/acme", "module:stop"), Networks: nets, Lifetime: time.Minute},
		"other place":   {For: at("fleet", "module:read"), Networks: nets, Lifetime: time.Minute},
		"everywhere":    {For: at("namespace/acme", "module:read"), Lifetime: time.Minute},
		"wider network": {For: at("namespace/acme", "module:read"), Networks: []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")}, Lifetime: time.Minute},
		"longer":        {For: at("namespace/acme", "module:read"), Networks: nets, Lifetime: 2 * time.Hour},
	} {
		spec.Owner = bob
		if err := ask(narrow.Token, spec); modreg.CodeOf(err) != CodeDenied {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, w.RevokeToken(as(t.Context(), bob), narrow.Token.ID, false))
	wantCode(t, ask(narrow.Token, TokenSpec{Owner: bob, For: at("module/acme/pay", "module:read"), Networks: nets, Lifetime: time.Minute}), CodeDenied)
	if len(w.diary.find("token:create", audit.OutcomeDeny)) == 0 {
		t.Error("denials were not taken down")
	}
}

func TestCreateToken_limit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada := w.user(t, "user/ada")
		for range MaxTokens {
			w.token(t, ada)
		}
		_, err := w.CreateToken(as(t.Context(), ada), TokenSpec{Owner: ada, For: everything()})
		wantCode(t, err, modreg.CodeConflict)
		time.Sleep(DefaultLifetime)
		w.token(t, ada)
		time.Sleep(remembered + 24*time.Hour)
		w.token(t, ada)
		if n := w.Snapshot().tokens.Len(); n != 2 {
			t.Errorf("%d tokens are known, want the last two", n)
		}
	})
}

func TestStore_usesAreWrittenOnceAnHour(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		issued := w.token(t, w.user(t, "user/ada"))
		before := w.Snapshot().Seq()
		for range 3 * 60 {
			_, err := w.Authenticate(t.Context(), issued.Secret.Reveal(), home)
			must(t, err)
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		if n := w.Snapshot().Seq() - before; n == 0 || n > 3 {
			t.Errorf("%d records in three hours", n)
		}
		time.Sleep(3 * time.Hour)
		synctest.Wait()
		again := openWorld(t, w.journal)
		got, _ := again.Snapshot().Token(issued.Token.ID)
		if age := time.Since(got.LastUsed); age < 3*time.Hour || age > 5*time.Hour {
			t.Errorf("last used %v ago", age)
		}
	})
}

// A process that is started again and again does not write more.
func TestStore_usesAndRestarts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		issued := w.token(t, w.user(t, "user/ada"))
		before := w.Snapshot().Seq()
		for range 5 {
			time.Sleep(2 * time.Minute)
			_, err := w.Authenticate(t.Context(), issued.Secret.Reveal(), home)
			must(t, err)
			must(t, w.Close())
			w = openWorld(t, w.journal)
		}
		if n := w.Snapshot().Seq() - before; n != 1 {
			t.Errorf("%d records in ten minutes, want 1", n)
		}
	})
}

func TestSecret_doesNotShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	issued := w.token(t, w.user(t, "user/ada"))
	for _, text := range printed(t, issued.Secret, &issued.Secret, issued) {
		if strings.Contains(text, issued.Secret.Reveal()[30:50]) {
			t.Errorf("shows the secret: %.60s…", text)
		}
	}
}

func TestRevokeToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.user(t, "user/ada")
	first := w.token(t, ada)
	second, err := w.RotateToken(as(t.Context(), ada), first.Token.ID, time.Hour)
	must(t, err)
	must(t, w.RevokeToken(as(t.Context(), ada), second.Token.ID, true))
	must(t, w.RevokeToken(as(t.Context(), ada), second.Token.ID, true))
	wantCode(t, w.RevokeToken(as(t.Context(), ada), newTokenID(), false), modreg.CodeNotFound)
	wantCode(t, w.RevokeToken(as(t.Context(), ada), "x", false), modreg.CodeInvalid)
	_, err = w.Authenticate(t.Context(), first.Secret.Reveal(), home)
	wantReason(t, err, ReasonRevoked)
	_, err = w.RotateToken(as(t.Context(), ada), second.Token.ID, time.Hour)
	wantCode(t, err, modreg.CodeConflict)
}
