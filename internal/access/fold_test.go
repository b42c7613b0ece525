package access

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

// step does something at random, legal or not. Whether it succeeds is not what is looked at.
func (w *world) step(ctx context.Context, r *rand.Rand, n int) {
	users := []Ref{"user/a", "user/b", "user/c", "user/d"}
	all := append([]Ref{"service/s", "service/t", "node/n", "module/m/i"}, users...)
	who, user := all[r.IntN(len(all))], users[r.IntN(len(users))]
	groups := []string{"g1", "g2", "g3"}[:r.IntN(4)]
	o := record.Origin{Actor: record.Actor{Kind: record.KindSystem, ID: "n1"}}
	if r.IntN(3) == 0 {
		o.Request = fmt.Sprintf("r%d", r.IntN(n))
	}
	if r.IntN(4) == 0 {
		o.Actor = record.Actor{Kind: user.Kind(), ID: user.ID()}
	}
	ctx = record.WithOrigin(ctx, o)
	id := fmt.Sprintf("b%d", r.IntN(8))
	subject := who.Subject()
	if r.IntN(2) == 0 {
		subject = authz.Subject{Kind: authz.Group, ID: "g1"}
	}
	tokens := func(yield func(*Token)) {
		for t := range w.Snapshot().Tokens(who) {
			yield(t)
			return
		}
	}
	switch r.IntN(20) {
	case 0, 1, 2:
		_ = w.Create(ctx, NewPrincipal{Ref: who, Groups: groups})
	case 3:
		_ = w.Create(ctx, NewPrincipal{Ref: Ref(fmt.Sprintf("service/x%d", r.IntN(20))), Owner: user})
	case 4:
		_ = w.Update(ctx, who, 0, "", groups)
	case 5:
		_ = w.Disable(ctx, who)
	case 6, 7:
		_ = w.Enable(ctx, who)
	case 8:
		if r.IntN(4) == 0 {
			_ = w.Delete(ctx, who)
		}
	case 9, 10:
		_, _ = w.CreateToken(ctx, TokenSpec{Owner: who, For: everything(), Networks: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	case 11:
		tokens(func(t *Token) { _, _ = w.RotateToken(ctx, t.ID, time.Hour) })
	case 12:
		tokens(func(t *Token) { _ = w.RevokeToken(ctx, t.ID, r.IntN(2) == 0) })
	case 13:
		_ = w.Link(ctx, user, "https://idp.example", id)
	case 14:
		_ = w.MapGroup(ctx, GroupMapping{Issuer: "https://idp.example", Claim: id, Group: "g1"})
		_ = w.UnmapGroup(ctx, GroupMapping{Issuer: "https://idp.example", Claim: "b1", Group: "g1"})
	case 15:
		_ = w.Bind(ctx, authz.Binding{ID: id, Subject: subject, Role: []string{"custom", authz.RoleAdmin, authz.RoleViewer}[r.IntN(3)], Scope: authz.Fleet()})
	case 16:
		_ = w.Unbind(ctx, id)
		_ = w.DropRole(ctx, "custom")
	case 17:
		_ = w.PutRole(ctx, authz.Role{Name: "custom", Actions: []string{"module:read", "module:start"}[:1+r.IntN(2)]})
		_ = w.PutForbid(ctx, authz.Forbid{ID: id, Scope: authz.Path{Kind: authz.KindModule, ID: "acme/pay"}})
	case 18:
		_, _ = w.EnrolTOTP(ctx, user, "modreg")
		_, _ = w.OpenBootstrap(ctx)
	case 19:
		_ = w.SetSettings(ctx, authz.Settings{TwoPerson: r.IntN(2) == 0})
	}
}

// The state is a function of the journal: who opens it, who wrote it and who followed it show the same.
func TestFold_randomHistories(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 7))
			w := newWorld(t)
			other := openWorld(t, w.journal)
			for range 300 {
				[]*world{w, other}[r.IntN(2)].step(t.Context(), r, 100)
			}
			head, err := w.journal.Head(t.Context(), stream)
			must(t, err)
			for w.Snapshot().Seq() < head || other.Snapshot().Seq() < head {
				runtime.Gosched()
			}
			if head < 30 {
				t.Fatalf("only %d records", head)
			}
			want := dump(t, w.Snapshot())
			sameDump(t, dump(t, other.Snapshot()), want)
			sameDump(t, dump(t, openWorld(t, w.journal).Snapshot()), want)
		})
	}
}

// sameDump fails t unless two stores show the same.
func sameDump(t *testing.T, got, want string) {
	t.Helper()
	a, b := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Fatalf("two stores on one journal do not agree:\n%s\n%s", a[i], b[i])
		}
	}
	if len(a) != len(b) {
		t.Fatalf("%d lines and %d", len(a), len(b))
	}
}

// Nothing that was a secret is in a record, an event or an error.
func TestNoSecretAnywhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	system := as(t.Context(), "system")
	var secrets []string
	var errs []error
	keep := func(s Secret) string {
		secrets = append(secrets, s.Reveal())
		return s.Reveal()
	}
	boot, err := w.OpenBootstrap(system)
	must(t, err)
	_, err = w.Claim(t.Context(), Claim{Secret: bootstrapText(newSecret()), User: "user/x"})
	errs = append(errs, err)
	admin, err := w.Claim(t.Context(), Claim{Secret: keep(boot), User: "user/ada", From: home})
	must(t, err)
	keep(admin.Secret)
	_, err = w.Claim(t.Context(), Claim{Secret: boot.Reveal(), User: "user/x"})
	errs = append(errs, err)
	next, err := w.RotateToken(withToken(t.Context(), admin.Token), admin.Token.ID, 0)
	must(t, err)
	_, err = w.Authenticate(t.Context(), keep(next.Secret), home)
	must(t, err)
	_, err = w.Authenticate(t.Context(), admin.Secret.Reveal(), home)
	errs = append(errs, err)
	_, err = w.Authenticate(t.Context(), next.Secret.Reveal()+"x", home)
	errs = append(errs, err)
	must(t, w.SetPassword(as(t.Context(), "user/ada"), "user/ada", goodPassword))
	_, err = w.CheckPassword(t.Context(), "user/ada", goodPassword+"!", home)
	errs = append(errs, err, w.SetPassword(system, "user/ada", "hunter2"))
	uri, err := w.EnrolTOTP(as(t.Context(), "user/ada"), "user/ada", "modreg")
	must(t, err)
	_, secret, _ := strings.Cut(uri.Reveal(), "secret=")
	secrets = append(secrets, secret[:32], goodPassword, "hunter2", "lovelace", string(testKey))
	must(t, w.Link(system, "user/ada", "https://idp.example", "ada.lovelace"))
	s, err := w.StartSession(t.Context(), SignIn{User: "user/ada", Method: "password", From: home})
	must(t, err)
	keep(s.Secret)
	keep(s.CSRF)
	_, err = w.AuthenticateSession(t.Context(), s.Secret.Reveal()+"x", home)
	errs = append(errs, err)

	texts := []string{w.journalText(t), dump(t, w.Snapshot())}
	for _, e := range w.diary.all() {
		texts = append(texts, fmt.Sprintf("%+v", e))
	}
	for _, text := range texts {
		if strings.Contains(text, "10.1.2.3") {
			t.Errorf("an address is in %.200s", text)
		}
	}
	for _, err := range errs {
		if err == nil {
			t.Fatal("something that has to fail did not")
		}
		texts = append(texts, fmt.Sprintf("%v %+v", err, err))
	}
	texts = append(texts, printed(t, s, admin, uri)...)
	for _, text := range texts {
		for _, secret := range secrets {
			at := min(17, len(secret)/2)
			if strings.Contains(text, secret) || len(secret) > 40 && strings.Contains(text, secret[at:at+20]) {
				t.Errorf("a secret is in %.200s", text)
			}
		}
	}
}

// Many do everything at once.
func TestStore_hammer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := openWorld(t, w.journal)
	ada := w.user(t, "user/ada")
	issued := w.token(t, ada)
	var wg sync.WaitGroup
	for g := range 8 {
		store := []*world{w, other}[g%2]
		r := rand.New(rand.NewPCG(uint64(g), 3))
		wg.Go(func() {
			for range 60 {
				store.step(t.Context(), r, 50)
				_, _ = store.Authenticate(t.Context(), issued.Secret.Reveal(), home)
				if s, err := store.StartSession(t.Context(), SignIn{User: ada, Method: "password"}); err == nil {
					_, _ = store.AuthenticateSession(t.Context(), s.Secret.Reveal(), home)
					_, _ = store.StepUp(t.Context(), s.Secret.Reveal(), home)
				}
				store.sessions.sweep(store.Store, time.Now())
				store.denials.flush(store.Store, time.Time{})
				store.EndSession(t.Context(), ada, "")
			}
		})
	}
	wg.Wait()
	head, err := w.journal.Head(t.Context(), stream)
	must(t, err)
	for w.Snapshot().Seq() < head || other.Snapshot().Seq() < head {
		runtime.Gosched()
	}
	sameDump(t, dump(t, w.Snapshot()), dump(t, other.Snapshot()))
}

// Every event that a store writes is one that an audit trail takes.
func TestEvents_areTakenByTheTrail(t *testing.T) {
	t.Parallel()
	journal := modreg.NewMemJournal()
	trail, err := audit.Open(t.Context(), t.TempDir(), audit.Options{Registry: journal, Node: "n1"})
	must(t, err)
	s, err := Open(t.Context(), journal, Options{Key: testKey, Node: "n1", Auditor: trail, Problem: func(err error) { t.Error(err) }})
	must(t, err)
	w := &world{Store: s, journal: journal}
	ada := w.user(t, "user/ada", authz.RoleViewer)
	issued := w.token(t, ada)
	next, err := w.RotateToken(as(t.Context(), ada), issued.Token.ID, 0)
	must(t, err)
	for _, text := range []string{"", issued.Secret.Reveal(), next.Secret.Reveal()} {
		_, err = w.Authenticate(t.Context(), text, home)
		wantCode(t, err, CodeUnauthenticated)
	}
	wantCode(t, w.Bind(as(t.Context(), ada), bindingOf(ada, authz.RoleAdmin)), CodeDenied)
	_, err = w.Reset(as(t.Context(), "system"), 1)
	wantCode(t, err, CodeDenied)
	_, err = w.Reset(as(t.Context(), "system"), 0)
	must(t, err)
	r := rand.New(rand.NewPCG(1, 1))
	for range 100 {
		w.step(t.Context(), r, 50)
	}
	w.session(t, w.user(t, "user/last"))
	must(t, s.Close())
	must(t, trail.Close())
}
