package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipe makes a connection without a network, for times that are made up.
func pipe(server, client *tls.Config) result {
	s, c := net.Pipe()
	return shakeOn(s, c, server, client)
}

func TestAuthority_renewsWhileItRuns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := open(t, Options{Problem: func(err error) { t.Error(err) }})
		server := ServerConfig(ServerOptions{Certificate: a.Certificate, Peers: a.Verifier(), RequirePeer: true})
		var leaves, issuers []string
		for hour := 0; hour < 24*30; hour += 3 {
			me := must[*tls.Certificate](t)(a.Issue(moduleID(t, "1")))
			r := pipe(server, client(a, me))
			if r.client != nil || r.server != nil {
				t.Fatalf("after %d hours: %v, %v", hour, r.client, r.server)
			}
			leaf, inter := r.state.PeerCertificates[0], r.state.PeerCertificates[1]
			if left := time.Until(leaf.NotAfter); left < ServerTTL/2-skew-3*time.Hour {
				t.Fatalf("after %d hours it has %v left", hour, left)
			}
			if left := time.Until(inter.NotAfter); left < IntermediateTTL/2-skew-12*time.Hour {
				t.Fatalf("after %d hours the intermediate has %v left", hour, left)
			}
			leaves, issuers = append(leaves, Fingerprint(leaf)), append(issuers, Fingerprint(inter))
			time.Sleep(3 * time.Hour)
		}
		for what, list := range map[string][]string{"certificates": leaves, "intermediates": issuers} {
			n := len(slices.Compact(slices.Clone(list)))
			if want := map[string]int{"certificates": 60, "intermediates": 8}[what]; n < want-12 || n > want+1 {
				t.Errorf("there were %d %s in 30 days, want about %d", n, what, want)
			}
		}
	})
}

// A peer whose certificate has ended is refused, and is not when it has another one; half-way a connection notices by Check.
func TestAuthority_peerExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := open(t, Options{})
		server := ServerConfig(ServerOptions{Certificate: a.Certificate, Peers: a.Verifier(), RequirePeer: true})
		me := must[*tls.Certificate](t)(a.Issue(moduleID(t, "1")))
		time.Sleep(PeerTTL)
		if r := pipe(server, client(a, me)); r.server != nil {
			t.Errorf("at the end of its life: %v", r.server)
		}
		time.Sleep(time.Second)
		wantError(t, "after it", pipe(server, client(a, me)).server, ErrExpired)
		_, err := a.Verifier().Check(me.Leaf)
		wantError(t, "on an old connection", err, ErrExpired)
		if r := pipe(server, client(a, must[*tls.Certificate](t)(a.Issue(moduleID(t, "1"))))); r.server != nil {
			t.Errorf("with another: %v", r.server)
		}
	})
}

// Denials of certificates go when they no longer matter.
func TestVerifier_forgetsDenials(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := open(t, Options{})
		v := a.Verifier()
		for range 100 {
			v.DenyCertificate(must[*tls.Certificate](t)(a.Issue(moduleID(t, "1"))).Leaf)
		}
		time.Sleep(PeerTTL + time.Second)
		v.DenyCertificate(must[*tls.Certificate](t)(a.Issue(moduleID(t, "1"))).Leaf)
		if n := len(v.denied); n != 1 {
			t.Errorf("%d are kept", n)
		}
	})
}

func TestAuthority_renewalFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var problems []error
		a := open(t, Options{Problem: func(err error) { problems = append(problems, err) }})
		server := ServerConfig(ServerOptions{Certificate: a.Certificate})
		path := filepath.Join(a.dir, RootName)
		must[any](t)(nil, os.Rename(path, path+".away"))
		end := must[*tls.Certificate](t)(a.Certificate(nil)).Leaf.NotAfter
		last := end
		for time.Now().Before(a.issuer.cert.NotAfter.Add(-time.Minute)) {
			if r := pipe(server, client(a, nil)); r.client != nil {
				t.Fatalf("%v before the intermediate ends: %v", time.Until(a.issuer.cert.NotAfter), r.client)
			}
			last = must[*tls.Certificate](t)(a.Certificate(nil)).Leaf.NotAfter
			time.Sleep(30 * time.Minute)
		}
		if !last.Equal(a.issuer.cert.NotAfter) || !last.After(end) {
			t.Errorf("the last certificate lives until %v, and the intermediate until %v", last, a.issuer.cert.NotAfter)
		}
		if len(problems) == 0 || !errors.Is(problems[0], os.ErrNotExist) {
			t.Errorf("the problems were %v", problems)
		}
		time.Sleep(time.Hour)
		if r := pipe(server, client(a, nil)); r.client == nil || r.server == nil {
			t.Error("it goes on with what has expired")
		}
		must[any](t)(nil, os.Rename(path+".away", path))
		if r := pipe(server, client(a, nil)); r.client != nil {
			t.Errorf("with its root again: %v", r.client)
		}
		// Another root in its place is not used: clients know the first.
		other := must[[]byte](t)(os.ReadFile(filepath.Join(open(t, Options{}).dir, RootName)))
		must[any](t)(nil, os.WriteFile(path, other, 0o600))
		time.Sleep(IntermediateTTL)
		wantError(t, "with another root", pipe(server, client(a, nil)).server, ErrDamaged)
	})
}

// However many ask, what fails is tried once a minute.
func TestAuthority_failsSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		told := 0
		a := open(t, Options{Problem: func(error) { told++ }})
		first := must[*tls.Certificate](t)(a.Certificate(nil))
		path := filepath.Join(a.dir, RootName)
		must[any](t)(nil, os.Rename(path, path+".away"))
		ask := func(what string, want int) {
			t.Helper()
			told = 0
			for range 10 {
				must[*tls.Certificate](t)(a.Certificate(nil))
			}
			if told != want {
				t.Errorf("%s: it was told of %d problems, want %d", what, told, want)
			}
		}
		must[any](t)(nil, a.SetNames([]string{"new.example"}))
		ask("new names", 1)
		ask("at once", 0)
		time.Sleep(retryAfter)
		ask("after a minute", 1)
		if got := must[*tls.Certificate](t)(a.Certificate(nil)); got != first {
			t.Error("the certificate before is not used")
		}
		if _, err := a.Issue(moduleID(t, "1")); err == nil {
			t.Error("a certificate was issued by an intermediate for other names")
		}
		must[any](t)(nil, a.SetNames(nil))
		time.Sleep(IntermediateTTL/2 + time.Minute)
		told = 0
		for range 10 {
			must[*tls.Certificate](t)(a.Issue(moduleID(t, "1")))
		}
		if told != 1 {
			t.Errorf("an old intermediate: it was told of %d problems", told)
		}
	})
}

func TestAuthority_SetNames(t *testing.T) {
	t.Parallel()
	a := open(t, Options{})
	server := ServerConfig(ServerOptions{Certificate: a.Certificate})
	config := client(a, nil)
	config.ServerName = "new.example"
	if r := shake(t, server, config); r.client == nil {
		t.Fatal("it had the name before")
	}
	must[any](t)(nil, a.SetNames([]string{"new.example"}))
	if r := shake(t, server, config); r.client != nil {
		t.Error(r.client)
	}
	first := must[*tls.Certificate](t)(a.Certificate(nil))
	must[any](t)(nil, a.SetNames([]string{"NEW.example", "new.example"}))
	if second := must[*tls.Certificate](t)(a.Certificate(nil)); second != first {
		t.Error("the same names made another certificate")
	}
	if a.SetNames([]string{"a b"}) == nil {
		t.Error("a name with a space was taken")
	}
}

// pair writes a certificate of an authority as files of somebody else would be.
func pair(t *testing.T, a *Authority, dir string) (certPath, keyPath string, cert *x509.Certificate) {
	t.Helper()
	a.server = nil // another one each time
	c := must[*tls.Certificate](t)(a.Certificate(nil))
	var text []byte
	for _, der := range c.Certificate {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must[[]byte](t)(x509.MarshalPKCS8PrivateKey(c.PrivateKey))})
	certPath, keyPath = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	must[any](t)(nil, os.WriteFile(certPath, text, 0o600))
	must[any](t)(nil, os.WriteFile(keyPath, key, 0o600))
	return certPath, keyPath, c.Leaf
}

func TestFiles(t *testing.T) {
	t.Parallel()
	a, dir := open(t, Options{}), t.TempDir()
	certPath, keyPath, first := pair(t, a, dir)
	f := must[*Files](t)(OpenFiles(certPath, keyPath, nil))
	server := ServerConfig(ServerOptions{Certificate: f.Certificate})
	serves := func(what string, want *x509.Certificate) {
		t.Helper()
		if r := shake(t, server, client(a, nil)); r.client != nil || !r.state.PeerCertificates[0].Equal(want) || !f.Expires().Equal(want.NotAfter) {
			t.Errorf("%s: %v, or another certificate", what, r.client)
		}
	}
	serves("at first", first)
	if changed, err := f.Reload(); changed || err != nil {
		t.Errorf("%v, %v", changed, err)
	}
	_, _, second := pair(t, a, dir)
	if changed, err := f.Reload(); !changed || err != nil {
		t.Errorf("%v, %v", changed, err)
	}
	serves("others", second)
	key := must[[]byte](t)(os.ReadFile(keyPath))
	pair(t, a, dir)
	must[any](t)(nil, os.WriteFile(keyPath, key, 0o600))
	if changed, err := f.Reload(); changed || err == nil {
		t.Errorf("a key that does not fit: %v, %v", changed, err)
	}
	serves("a key that does not fit", second)
	must[any](t)(nil, os.WriteFile(certPath, []byte("garbage"), 0o600))
	if _, err := f.Reload(); err == nil {
		t.Error("garbage was taken")
	}
	must[any](t)(nil, os.Remove(certPath))
	if _, err := f.Reload(); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	serves("none", second)
	if _, err := OpenFiles(certPath, keyPath, nil); err == nil {
		t.Error("it was opened without a certificate")
	}
}

func TestFiles_Watch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		told := 0
		a, dir := open(t, Options{}), t.TempDir()
		certPath, keyPath, _ := pair(t, a, dir)
		f := must[*Files](t)(OpenFiles(certPath, keyPath, func(error) { mu.Lock(); defer mu.Unlock(); told++ }))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); f.Watch(ctx, time.Minute) }()
		count := func() int { mu.Lock(); defer mu.Unlock(); return told }
		pass := func(n int) {
			time.Sleep(time.Duration(n)*time.Minute + time.Second)
			synctest.Wait()
		}
		_, _, second := pair(t, a, dir)
		pass(1)
		if got := must[*tls.Certificate](t)(f.Certificate(nil)); !got.Leaf.Equal(second) {
			t.Error("it was not read again")
		}
		must[any](t)(nil, os.Remove(keyPath))
		pass(1)
		if n := count(); n != 0 {
			t.Errorf("between two writes it was told of %d problems", n)
		}
		pass(5)
		if n := count(); n != 1 {
			t.Errorf("it was told of %d problems, want one", n)
		}
		_, _, third := pair(t, a, dir)
		pass(1)
		if got := must[*tls.Certificate](t)(f.Certificate(nil)); !got.Leaf.Equal(third) || count() != 1 {
			t.Error("it was not read again, or it was told of a problem")
		}
		must[any](t)(nil, os.Remove(keyPath))
		pass(3)
		if n := count(); n != 2 {
			t.Errorf("it was told of %d problems, want two", n)
		}
		cancel()
		<-ended
		time.Sleep(2 * ServerTTL)
		if _, err := OpenFiles(certPath, certPath, nil); err == nil {
			t.Error("a certificate was taken for a key")
		}
	})
}

func TestFiles_expired(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, dir := open(t, Options{}), t.TempDir()
		certPath, keyPath, _ := pair(t, a, dir)
		time.Sleep(ServerTTL + time.Second)
		_, err := OpenFiles(certPath, keyPath, nil)
		wantError(t, "an expired certificate", err, ErrExpired)
	})
}

func TestFiles_readableKey(t *testing.T) {
	t.Parallel()
	if os.PathSeparator != '/' {
		t.Skip("modes mean nothing here")
	}
	certPath, keyPath, _ := pair(t, open(t, Options{}), t.TempDir())
	must[any](t)(nil, os.Chmod(keyPath, 0o644))
	var told error
	must[*Files](t)(OpenFiles(certPath, keyPath, func(err error) { told = err }))
	wantError(t, "what was told", told, ErrReadable)
}
