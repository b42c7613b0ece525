package access

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/authz"
	"github.com/modreg/modreg/record"
)

func TestStore_createAndChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	must(t, w.Create(ctx, NewPrincipal{Ref: "user/ada", Groups: []string{"ops", "dev", "ops"}}))
	must(t, w.Create(ctx, NewPrincipal{Ref: "service/ci", Owner: "user/ada"}))
	p, ok := w.Snapshot().Principal("user/ada")
	if !ok || !p.Live() || strings.Join(p.Groups, " ") != "dev ops" || p.Rev != 1 {
		t.Fatalf("created %+v", p)
	}
	wantCode(t, w.Delete(ctx, "user/ada"), modreg.CodeInUse)
	wantCode(t, w.Update(ctx, "user/ada", 7, "", nil), modreg.CodeConflict)
	must(t, w.Update(ctx, "user/ada", 1, "", []string{"ops"}))
	must(t, w.Update(ctx, "service/ci", 0, "", nil))
	must(t, w.Disable(ctx, "user/ada"))
	if p, _ = w.Snapshot().Principal("user/ada"); p.Live() || !p.Disabled || p.Deleted {
		t.Fatalf("disabled %+v", p)
	}
	must(t, w.Enable(ctx, "user/ada"))
	must(t, w.Delete(ctx, "user/ada"))
	if p, ok = w.Snapshot().Principal("user/ada"); !ok || !p.Deleted || p.Live() || len(p.Groups) > 0 {
		t.Fatalf("deleted %+v", p)
	}
	if got := w.Snapshot().Members("ops"); len(got) > 0 {
		t.Errorf("the deleted are in groups: %v", got)
	}
	for _, err := range []error{
		w.Enable(ctx, "user/ada"), w.Disable(ctx, "user/ada"), w.Delete(ctx, "user/ada"), w.Update(ctx, "user/ada", 0, "", nil),
		w.Create(ctx, NewPrincipal{Ref: "service/x", Owner: "user/ada"}),
	} {
		wantCode(t, err, modreg.CodeNotFound)
	}
}

// A name that was deleted never means another principal (attack 59).
func TestStore_deletedNamesAreNotReused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	ada := w.user(t, "user/ada", authz.RoleOperator)
	secret := w.token(t, ada).Secret.Reveal()
	must(t, w.Link(ctx, ada, "https://idp.example", "s1"))
	must(t, w.Delete(ctx, ada))
	wantCode(t, w.Create(ctx, NewPrincipal{Ref: ada}), modreg.CodeConflict)
	_, err := w.Authenticate(t.Context(), secret, home)
	wantCode(t, err, CodeUnauthenticated)
	if _, ok := w.Linked("https://idp.example", "s1"); ok {
		t.Error("a deleted user can sign in by a link")
	}
	if n := w.Snapshot().tokens.Len(); n != 0 {
		t.Errorf("%d tokens are left of a deleted user", n)
	}
	must(t, w.Link(ctx, w.user(t, "user/bob"), "https://idp.example", "s1"))
	for b := range w.Snapshot().BindingsOf(ada.Subject()) {
		t.Errorf("binding %s is left of a deleted user", b.ID)
	}
	if n := len(w.Snapshot().Policy().Bindings); n != 0 {
		t.Errorf("%d bindings are left", n)
	}
}

func TestStore_refusesWhatIsOutsideTheGrammar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	for _, ref := range []Ref{
		"", "ada", "user/", "user/Ada", "user/а", "user/ada ", "user/../x", "user/a/b", "system/x", "group/ops", "root/x", "user/-a", "user/a\n",
		"module//x", "module/a/../b", Ref("user/" + strings.Repeat("a", MaxID+1)),
	} {
		err := w.Create(ctx, NewPrincipal{Ref: ref})
		wantCode(t, err, modreg.CodeInvalid)
		if len(ref) > 6 && strings.Contains(err.Error(), string(ref)) {
			t.Errorf("the error repeats %q", ref)
		}
	}
	must(t, w.Create(ctx, NewPrincipal{Ref: "module/acme/pay/i7"}))
	wantCode(t, w.Create(ctx, NewPrincipal{Ref: "user/ada", Owner: "user/bob"}), modreg.CodeInvalid)
	wantCode(t, w.Create(ctx, NewPrincipal{Ref: "user/ada", Groups: []string{"No Group"}}), modreg.CodeInvalid)
	wantCode(t, w.Create(t.Context(), NewPrincipal{Ref: "user/ada"}), modreg.CodeInvalid) // on nobody's behalf
	bad := record.WithOrigin(t.Context(), record.Origin{Actor: record.Actor{Kind: "user", ID: "a b"}})
	wantCode(t, w.Create(bad, NewPrincipal{Ref: "user/ada"}), modreg.CodeInvalid)
	wantCode(t, w.Create(as(t.Context(), "user/nobody"), NewPrincipal{Ref: "user/ada"}), CodeDenied)
}

func TestStore_requestsAreCarriedOutOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	o := record.Origin{Actor: record.Actor{Kind: record.KindSystem, ID: "n1"}, Request: "r1"}
	ctx := record.WithOrigin(t.Context(), o)
	must(t, w.Create(ctx, NewPrincipal{Ref: "user/ada"}))
	must(t, w.Create(ctx, NewPrincipal{Ref: "user/ada"}))
	wantCode(t, w.Create(ctx, NewPrincipal{Ref: "user/bob"}), modreg.CodeConflict)
	if seq := w.Snapshot().Seq(); seq != 1 {
		t.Errorf("%d records, want 1", seq)
	}
	o.Request = "r2"
	ctx = record.WithOrigin(t.Context(), o)
	must(t, w.Create(as(t.Context(), "system"), NewPrincipal{Ref: "service/ci"}))
	spec := TokenSpec{Owner: "service/ci", For: everything()}
	if _, err := w.CreateToken(ctx, spec); err != nil {
		t.Fatal(err)
	}
	_, err := w.CreateToken(ctx, spec)
	wantCode(t, err, modreg.CodeConflict)
	other := openWorld(t, w.journal)
	_, err = other.CreateToken(ctx, spec)
	wantCode(t, err, modreg.CodeConflict)
}

func TestStore_changesAreAuditedOrDoNotHappen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	ada := w.user(t, "user/ada")
	if got := w.diary.find("principal:create", audit.OutcomeSuccess); len(got) != 1 || got[0].Resource.ID != "user/ada" {
		t.Errorf("events %+v", got)
	}
	secret := w.token(t, ada)
	w.diary.breakWith(&modreg.Error{Code: modreg.CodeAuditUnavailable, What: "write"})
	defer w.diary.breakWith(nil)
	wantCode(t, w.Create(ctx, NewPrincipal{Ref: "user/bob"}), modreg.CodeAuditUnavailable)
	if _, ok := w.Snapshot().Principal("user/bob"); ok {
		t.Error("a change that could not be taken down happened")
	}
	must(t, w.RevokeToken(ctx, secret.Token.ID, false)) // protective
	must(t, w.Disable(ctx, ada))
}

func TestStore_closed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.user(t, "user/ada")
	secret := w.token(t, ada).Secret.Reveal()
	started, err := w.StartSession(t.Context(), SignIn{User: ada, Method: "password"})
	must(t, err)
	must(t, w.Close())
	must(t, w.Close())
	wantCode(t, w.Create(as(t.Context(), "system"), NewPrincipal{Ref: "user/bob"}), modreg.CodeClosed)
	_, err = w.Authenticate(t.Context(), secret, home)
	wantCode(t, err, modreg.CodeClosed)
	_, err = w.StartSession(t.Context(), SignIn{User: ada, Method: "password"})
	wantCode(t, err, modreg.CodeClosed)
	_, err = w.AuthenticateSession(t.Context(), started.Secret.Reveal(), home)
	wantCode(t, err, CodeUnauthenticated)
}

func TestOpen_needsAKey(t *testing.T) {
	t.Parallel()
	for _, key := range [][]byte{nil, make([]byte, 16), make([]byte, 33)} {
		_, err := Open(t.Context(), modreg.NewMemJournal(), Options{Key: key})
		wantCode(t, err, modreg.CodeInvalid)
	}
}

func TestOpen_damagedJournal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(t, "user/ada")
	w.user(t, "user/bob")
	var records [][]byte
	for rec, err := range w.journal.Read(t.Context(), stream, 1) {
		must(t, err)
		records = append(records, rec.Data)
	}
	for name, damaged := range map[string][][]byte{
		"missing": records[1:],
		"swapped": {records[1], records[0]},
		"twice":   {records[0], records[0]},
		"changed": {[]byte(strings.Replace(string(records[0]), "user/ada", "user/eve", 1)), records[1]},
		"garbage": {[]byte("{}")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := modreg.NewMemJournal()
			if _, err := j.Append(t.Context(), stream, 0, damaged); err != nil {
				t.Fatal(err)
			}
			_, err := Open(t.Context(), j, Options{Key: testKey})
			wantCode(t, err, modreg.CodeJournal)
		})
	}
}

// lost is a journal that keeps what it says it did not.
type lost struct {
	modreg.Journal
	err error
}

func (l *lost) Append(ctx context.Context, s string, head uint64, batch [][]byte) (uint64, error) {
	n, err := l.Journal.Append(ctx, s, head, batch)
	if l.err != nil {
		return 0, l.err
	}
	return n, err
}

func TestStore_appendInDoubt(t *testing.T) {
	t.Parallel()
	j := &lost{Journal: modreg.NewMemJournal(), err: errors.New("no answer")}
	w := openWorld(t, j)
	o := record.Origin{Actor: record.Actor{Kind: record.KindSystem, ID: "n1"}, Request: "r1"}
	ctx := record.WithOrigin(t.Context(), o)
	wantCode(t, w.Create(ctx, NewPrincipal{Ref: "user/ada"}), modreg.CodeJournal)
	if _, ok := w.Snapshot().Principal("user/ada"); !ok {
		t.Fatal("what landed in the journal is not shown")
	}
	must(t, w.Create(ctx, NewPrincipal{Ref: "user/ada"})) // it was carried out
}
