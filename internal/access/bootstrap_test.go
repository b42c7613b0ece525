package access

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/authz"
)

func TestClaim(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if !w.Snapshot().NeedsBootstrap() {
		t.Fatal("an empty store needs no bootstrap")
	}
	none, err := w.Claim(t.Context(), Claim{Secret: bootstrapText(newSecret()), User: "user/eve"})
	wantReason(t, err, ReasonClosed)
	if none.Secret.Reveal() != "" {
		t.Error("a token was given")
	}
	stale, err := w.OpenBootstrap(as(t.Context(), "system"))
	must(t, err)
	secret, err := w.OpenBootstrap(as(t.Context(), "system"))
	must(t, err)
	for text, reason := range map[string]Reason{"": ReasonMalformed, "mrb_x": ReasonMalformed, bootstrapText(newSecret()): ReasonSecret, stale.Reveal(): ReasonSecret} {
		_, err = w.Claim(t.Context(), Claim{Secret: text, User: "user/eve", From: home})
		wantCode(t, err, CodeUnauthenticated)
		wantReason(t, err, reason)
	}
	issued, err := w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: "user/ada", From: home})
	must(t, err)
	id, err := w.Authenticate(t.Context(), issued.Secret.Reveal(), home)
	must(t, err)
	ref, err := authz.NewReference(w.Snapshot().Policy())
	must(t, err)
	p, c := id.Authz(time.Now())
	r := authz.Request{Principal: p, Action: "principal:create", Resource: authz.Resource{Path: authz.Fleet()}, Context: c}
	if d := ref.Decide(t.Context(), r); !d.Allow {
		t.Errorf("the first admin may not let people in: %s", d.Reason)
	}
	for _, who := range []Ref{"user/eve", "user/ada"} {
		_, err = w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: who, From: home})
		wantReason(t, err, ReasonClosed)
	}
	_, err = w.OpenBootstrap(as(t.Context(), "system"))
	wantCode(t, err, CodeDenied)
	must(t, w.Create(withToken(t.Context(), issued.Token), NewPrincipal{Ref: "user/bob"}))
	if w.Snapshot().NeedsBootstrap() {
		t.Error("the way in is still open")
	}
	if len(w.diary.find("bootstrap:claim", audit.OutcomeSuccess)) != 1 || len(w.diary.find("authn:bootstrap", audit.OutcomeDeny)) == 0 {
		t.Errorf("events %+v", w.diary.all())
	}
}

func TestClaim_expires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		secret, err := w.OpenBootstrap(as(t.Context(), "system"))
		must(t, err)
		time.Sleep(BootstrapLifetime)
		_, err = w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: "user/ada"})
		wantReason(t, err, ReasonExpired)
		secret, err = w.OpenBootstrap(as(t.Context(), "system"))
		must(t, err)
		time.Sleep(BootstrapLifetime - 2*time.Second)
		_, err = w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: "user/ada"})
		must(t, err)
	})
}

// One secret makes one admin, however many come at once and wherever.
func TestClaim_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	other := openWorld(t, w.journal)
	secret, err := w.OpenBootstrap(as(t.Context(), "system"))
	must(t, err)
	for other.Snapshot().Seq() < 1 {
		runtime.Gosched()
	}
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 16 {
		store := []*world{w, other}[i%2]
		wg.Go(func() {
			_, err := store.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: Ref("user/u" + string(rune('a'+i)))})
			if err == nil {
				won.Add(1)
			} else if modreg.CodeOf(err) != CodeUnauthenticated {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d admins came of one secret", won.Load())
	}
}

func TestClaim_takenNameLeavesTheWayOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.user(t, "user/ada")
	secret, err := w.OpenBootstrap(as(t.Context(), "system"))
	must(t, err)
	_, err = w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: "user/ada"})
	wantCode(t, err, modreg.CodeConflict)
	_, err = w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: "service/ada"})
	wantCode(t, err, modreg.CodeInvalid)
	_, err = w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: "user/bob"})
	must(t, err)
}

func TestReset(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, err := w.OpenBootstrap(as(t.Context(), "system"))
	must(t, err)
	_, err = w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: "user/ada"})
	must(t, err)
	for _, uid := range []int{1000, -1} {
		_, err = w.Reset(as(t.Context(), "system"), uid)
		wantCode(t, err, CodeDenied)
	}
	if len(w.diary.find("bootstrap:reset", audit.OutcomeDeny)) != 2 {
		t.Error("the denials were not taken down")
	}
	w.diary.breakWith(errors.New("disk full"))
	if _, err = w.Reset(as(t.Context(), "system"), 0); err == nil {
		t.Fatal("a reset that could not be taken down happened")
	}
	w.diary.breakWith(nil)
	secret, err = w.Reset(as(t.Context(), "system"), 0)
	must(t, err)
	if len(w.diary.find("bootstrap:reset", audit.OutcomeSuccess)) != 1 {
		t.Error("the reset was not taken down")
	}
	if p, _ := w.Snapshot().Principal("user/ada"); !p.Live() {
		t.Error("a reset changed somebody")
	}
	_, err = w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: "user/bob"})
	must(t, err)
	_, err = w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: "user/eve"})
	wantReason(t, err, ReasonClosed)
}

// An admin who came another way closes the way in as well.
func TestOpenBootstrap_closedByAnyAdmin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	secret, err := w.OpenBootstrap(as(t.Context(), "system"))
	must(t, err)
	w.user(t, "user/root", authz.RoleAdmin)
	_, err = w.Claim(t.Context(), Claim{Secret: secret.Reveal(), User: "user/eve"})
	wantReason(t, err, ReasonClosed)
	_, err = w.OpenBootstrap(as(t.Context(), "system"))
	wantCode(t, err, CodeDenied)
}

func TestWriteSecret(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "bootstrap")
	secret := Secret{bootstrapText(newSecret())}
	must(t, WriteSecret(path, secret))
	data, err := os.ReadFile(path)
	must(t, err)
	if strings.TrimSpace(string(data)) != secret.Reveal() {
		t.Error("the file holds something else")
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := WriteSecret(path, secret); err == nil {
		t.Error("a file that was there was written over")
	}
}
