package access

import (
	"context"
	"encoding/base32"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
)

const goodPassword = "correct horse battery staple"

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := as(t.Context(), "system")
	ada, bob, off := w.user(t, "user/ada"), w.user(t, "user/bob"), w.user(t, "user/off")
	must(t, w.SetPassword(ctx, ada, goodPassword))
	must(t, w.SetPassword(ctx, off, goodPassword))
	must(t, w.Disable(ctx, off))
	p, err := w.CheckPassword(t.Context(), ada, goodPassword, home)
	must(t, err)
	if p.Ref != ada {
		t.Errorf("it is %s", p.Ref)
	}
	answers := map[string]bool{}
	for name, tt := range map[string]struct {
		user     Ref
		password string
		reason   Reason
	}{
		"wrong":       {ada, goodPassword + " ", ReasonSecret},
		"empty":       {ada, "", ReasonSecret},
		"long":        {ada, strings.Repeat("x", 1<<20), ReasonUnknown},
		"no password": {bob, goodPassword, ReasonUnknown},
		"nobody":      {"user/nobody", goodPassword, ReasonUnknown},
		"no name":     {"", goodPassword, ReasonUnknown},
		"service":     {"service/ci", goodPassword, ReasonUnknown},
		"disabled":    {off, goodPassword, ReasonDisabled},
	} {
		_, err := w.CheckPassword(t.Context(), tt.user, tt.password, home)
		wantCode(t, err, CodeUnauthenticated)
		if ReasonOf(err) != tt.reason {
			t.Errorf("%s: %q", name, ReasonOf(err))
		}
		answers[err.Error()] = true
	}
	if len(answers) != 1 {
		t.Errorf("answers tell who there is: %v", answers)
	}
	_, err = w.CheckPassword(t.Context(), "user/hunter2", "ada", home) // who mixes the fields up does not write a password into the log
	wantCode(t, err, CodeUnauthenticated)
	for _, e := range w.diary.all() {
		if strings.Contains(e.Resource.ID+e.Actor.ID, "hunter2") {
			t.Errorf("event %+v", e)
		}
	}
	if len(w.diary.find("authn:password", audit.OutcomeSuccess)) != 1 {
		t.Error("who was right was not taken down")
	}
	must(t, w.ClearPassword(ctx, ada))
	_, err = w.CheckPassword(t.Context(), ada, goodPassword, home)
	wantReason(t, err, ReasonUnknown)
	for _, bad := range []string{"", "short", strings.Repeat("é", MaxPassword), "\xff" + goodPassword} {
		err := w.SetPassword(ctx, ada, bad)
		wantCode(t, err, modreg.CodeInvalid)
	}
	wantCode(t, w.SetPassword(ctx, "service/ci", goodPassword), modreg.CodeInvalid)
	wantCode(t, w.SetPassword(ctx, "user/nobody", goodPassword), modreg.CodeNotFound)
}

// hashes counts the work that refusing takes: for whom there is and for whom there is not it is the same (attack 55).
func TestCheckPassword_sameWorkForUnknownUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.user(t, "user/ada")
	must(t, w.SetPassword(as(t.Context(), "system"), ada, goodPassword))
	have, _ := w.Snapshot().passwords.Get(string(ada))
	nobody := w.hashing.nobody
	if have.Memory != nobody.Memory || have.Time != nobody.Time || have.Threads != nobody.Threads || len(have.Salt) != len(nobody.Salt) || len(have.Hash) != len(nobody.Hash) {
		t.Error("the hash of those who have no password costs something else")
	}
	for range maxHashing { // nobody is refused without a place to compute
		w.hashing.places <- struct{}{}
	}
	for _, user := range []Ref{ada, "user/nobody", "", "service/x"} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.CheckPassword(ctx, user, goodPassword, home)
		wantCode(t, err, modreg.CodeCanceled)
	}
	for range maxHashing {
		<-w.hashing.places
	}
	if len(w.throttle.entries) != 0 {
		t.Error("attempts that were not looked at count")
	}
}

func TestCheckPassword_delays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		for _, user := range []Ref{w.user(t, "user/ada"), "user/nobody"} {
			from := netip.MustParseAddr("192.0.2." + map[Ref]string{"user/ada": "1", "user/nobody": "2"}[user])
			if user == "user/ada" {
				must(t, w.SetPassword(as(t.Context(), "system"), user, goodPassword))
			}
			for range freeOfPair + 1 {
				_, err := w.CheckPassword(t.Context(), user, "wrong", from)
				wantCode(t, err, CodeUnauthenticated)
			}
			want := firstDelay
			for range 4 {
				_, err := w.CheckPassword(t.Context(), user, goodPassword, from)
				wantCode(t, err, CodeThrottled)
				time.Sleep(want - time.Millisecond)
				_, err = w.CheckPassword(t.Context(), user, goodPassword, from)
				wantCode(t, err, CodeThrottled)
				time.Sleep(time.Millisecond)
				_, err = w.CheckPassword(t.Context(), user, "wrong", from)
				wantCode(t, err, CodeUnauthenticated)
				want *= 2
			}
		}
		_, err := w.CheckPassword(t.Context(), "user/ada", goodPassword, home) // who is elsewhere is not locked out
		must(t, err)
		time.Sleep(longestDelay)
		_, err = w.CheckPassword(t.Context(), "user/ada", goodPassword, netip.MustParseAddr("192.0.2.1"))
		must(t, err)
		if len(w.diary.find("authn:password", audit.OutcomeDeny)) == 0 {
			t.Error("refusals were not taken down")
		}
	})
}

func TestThrottle_manyAtOnce(t *testing.T) {
	t.Parallel()
	var th throttle
	th.init()
	now := time.Now()
	var mu sync.Mutex
	var passed int
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if _, until := th.reserve(digest{1}, home, now); until.IsZero() {
				mu.Lock()
				passed++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if passed != freeOfPair+1 {
		t.Errorf("%d attempts at once, want %d", passed, freeOfPair+1)
	}
	for i := range 2 * maxThrottled {
		th.reserve(digest{byte(i), byte(i >> 8), 2}, netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), now)
	}
	if n := len(th.entries); n > maxThrottled+3 {
		t.Errorf("%d entries", n)
	}
	if _, until := th.reserve(digest{3}, netip.MustParseAddr("2001:db8::1"), now); !until.IsZero() {
		t.Error("somebody else has to wait")
	}
	for i := range freeOfAddress {
		th.reserve(digest{4, byte(i)}, netip.MustParseAddr("2001:db8:1::").Next(), now)
	}
	far := netip.MustParseAddr("2001:db8:1::ffff")
	th.reserve(digest{5}, far, now)
	if _, until := th.reserve(digest{6}, far, now); until.IsZero() {
		t.Error("addresses of one network are counted apart")
	}
	th.sweep(now.Add(2 * forgetAfter))
	if len(th.entries) != 0 {
		t.Errorf("%d entries are not forgotten", len(th.entries))
	}
}

// The vectors of RFC 6238 appendix B for SHA-1, of which authenticators show six digits.
func TestCodeAt(t *testing.T) {
	t.Parallel()
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := codeAt([]byte("12345678901234567890"), uint64(at)/totpStep); got != want {
			t.Errorf("at %d: %s, want %s", at, got, want)
		}
	}
}

func enrolled(tb testing.TB, w *world, user Ref) []byte {
	tb.Helper()
	uri, err := w.EnrolTOTP(as(tb.Context(), user), user, "modreg")
	must(tb, err)
	u, err := url.Parse(uri.Reveal())
	must(tb, err)
	if u.Scheme != "otpauth" || u.Query().Get("digits") != "6" {
		tb.Fatal("no otpauth URL")
	}
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(u.Query().Get("secret"))
	must(tb, err)
	return secret
}

func TestTOTP(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		ada := w.user(t, "user/ada")
		secret := enrolled(t, w, ada)
		code := func(offset int) string { return codeAt(secret, uint64(time.Now().Unix()/totpStep+int64(offset))) }
		wantReason(t, w.CheckTOTP(t.Context(), ada, code(0), home), ReasonUnknown) // it does not count yet
		must(t, w.ConfirmTOTP(t.Context(), ada, code(-1), home))
		if !w.Snapshot().HasTOTP(ada) {
			t.Fatal("it does not count")
		}
		must(t, w.CheckTOTP(t.Context(), ada, code(0), home))
		wantReason(t, w.CheckTOTP(t.Context(), ada, code(0), home), ReasonReplayed)
		wantReason(t, w.CheckTOTP(t.Context(), ada, code(-1), home), ReasonReplayed)
		other := openWorld(t, w.journal) // it is replayed there too, and after a restart
		wantReason(t, other.CheckTOTP(t.Context(), ada, code(0), netip.MustParseAddr("192.0.2.9")), ReasonReplayed)
		time.Sleep(5 * time.Minute)
		for _, bad := range []string{code(-2), code(2), "", "000000 ", strings.Repeat("1", 1000)} {
			wantCode(t, w.CheckTOTP(t.Context(), ada, bad, netip.MustParseAddr("192.0.2.1")), CodeUnauthenticated)
		}
		wantCode(t, w.CheckTOTP(t.Context(), ada, code(0), netip.MustParseAddr("192.0.2.1")), CodeThrottled)
		must(t, w.CheckTOTP(t.Context(), ada, code(0), home))
		_, err := w.EnrolTOTP(as(t.Context(), ada), ada, "modreg")
		wantCode(t, err, modreg.CodeConflict)
		must(t, w.ClearTOTP(as(t.Context(), "system"), ada))
		wantReason(t, w.CheckTOTP(t.Context(), ada, code(1), home), ReasonUnknown)
		if strings.Contains(w.journalText(t), string(secret)) {
			t.Error("the secret is in the journal")
		}
	})
}

func TestTOTP_otherKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ada := w.user(t, "user/ada")
	secret := enrolled(t, w, ada)
	must(t, w.ConfirmTOTP(t.Context(), ada, codeAt(secret, uint64(time.Now().Unix()/totpStep)-1), home))
	other, err := Open(t.Context(), w.journal, Options{Key: make([]byte, KeySize)})
	must(t, err)
	defer other.Close() //nolint:errcheck // it never fails
	err = other.CheckTOTP(t.Context(), ada, codeAt(secret, uint64(time.Now().Unix()/totpStep)), home)
	wantCode(t, err, modreg.CodeFailed)
	if _, err := w.keys.decrypt("user/bob", w.keys.encrypt("user/ada", []byte("x"))); err == nil {
		t.Error("a sealed secret can be moved to somebody else")
	}
}
