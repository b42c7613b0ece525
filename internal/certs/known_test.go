package certs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKnown_Config(t *testing.T) {
	t.Parallel()
	a, b := open(t, Options{}), open(t, Options{})
	serveA, serveB := ServerConfig(ServerOptions{Certificate: a.Certificate}), ServerConfig(ServerOptions{Certificate: b.Certificate})
	path := filepath.Join(t.TempDir(), "sub", "known")
	k := OpenKnown(path)
	asked := ""
	refuse := errors.New("the person said no")
	answer := refuse
	const address = "localhost:8470"
	call := func(address string, server *tls.Config) error {
		t.Helper()
		asked = ""
		c, err := k.Config(address, x509.NewCertPool(), func(fingerprint string) error { asked = fingerprint; return answer })
		if err != nil {
			t.Fatal(err)
		}
		return shake(t, server, c).client
	}
	wantError(t, "a person who says no", call(address, serveA), refuse)
	if got := must[string](t)(k.Fingerprint(address)); got != "" || asked != Fingerprint(a.Root()) {
		t.Errorf("it keeps %q, and asked for %q", got, asked)
	}
	answer = nil
	wantError(t, "the first time", call(address, serveA), nil)
	wantError(t, "the second time", call(strings.ToUpper(address), serveA), nil)
	if asked != "" {
		t.Errorf("it asked for %q again", asked)
	}
	a.server = nil
	a.issuer = nil
	wantError(t, "after a renewal", call(address, serveA), nil)
	served := must[*tls.Certificate](t)(a.Certificate(nil))
	longer := &tls.Certificate{Certificate: append(served.Certificate[:3:3], b.Root().Raw), PrivateKey: served.PrivateKey}
	wantError(t, "with one more behind the root", call(address, ServerConfig(ServerOptions{Certificate: give(longer)})), nil)
	wantError(t, "another CA", call(address, serveB), ErrChanged)
	// Somebody in between shows the known root behind a chain of their own.
	mixed := must[*tls.Certificate](t)(b.Certificate(nil))
	pose := &tls.Certificate{Certificate: append(mixed.Certificate[:2:2], a.Root().Raw), PrivateKey: mixed.PrivateKey}
	wantError(t, "a root that is not its own", call(address, ServerConfig(ServerOptions{Certificate: give(pose)})), ErrUntrusted)
	// Or a certificate of the known CA that is for somebody else, or for clients.
	wantError(t, "a certificate of a module", call(address, ServerConfig(ServerOptions{Certificate: give(must[*tls.Certificate](t)(a.Issue(moduleID(t, "1"))))})), ErrChanged)
	if err := call("elsewhere.example:8470", serveA); err == nil || asked != "" {
		t.Errorf("a name that is not in the certificate: %v, and it asked for %q", err, asked)
	}
	must[any](t)(nil, k.Forget(address))
	wantError(t, "after it was forgotten", call(address, serveB), nil)
	if info := must[os.FileInfo](t)(os.Stat(path)); os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v", info.Mode())
	}
}

func give(c *tls.Certificate) func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c, nil }
}

// What everybody trusts is not asked about, unless the address had something else before.
func TestKnown_Config_system(t *testing.T) {
	t.Parallel()
	a, b := open(t, Options{}), open(t, Options{})
	k := OpenKnown(filepath.Join(t.TempDir(), "known"))
	first := func(string) error { return errors.New("it asked") }
	for _, address := range []string{"localhost:1", "127.0.0.1:1", "[::1]:1"} {
		c := must[*tls.Config](t)(k.Config(address, Pool(a.Root()), first))
		wantError(t, address, shake(t, ServerConfig(ServerOptions{Certificate: a.Certificate}), c).client, nil)
	}
	must[any](t)(nil, k.Trust("localhost:1", Fingerprint(b.Root())))
	c := must[*tls.Config](t)(k.Config("localhost:1", Pool(a.Root()), first))
	wantError(t, "another CA than before", shake(t, ServerConfig(ServerOptions{Certificate: a.Certificate}), c).client, ErrChanged)
}

func TestKnown_file(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "known")
	k := OpenKnown(path)
	one, two := Fingerprint(open(t, Options{}).Root()), Fingerprint(open(t, Options{}).Root())
	must[any](t)(nil, os.WriteFile(path, []byte("# mine\n\na.example:1 "+one+"\n"), 0o600))
	must[any](t)(nil, k.Trust("B.example:1", two))
	must[any](t)(nil, k.Trust("a.example:1", one))
	wantError(t, "another one", k.Trust("a.example:1", two), ErrChanged)
	if text := string(must[[]byte](t)(os.ReadFile(path))); text != "# mine\n\na.example:1 "+one+"\nb.example:1 "+two+"\n" {
		t.Errorf("%q", text)
	}
	must[any](t)(nil, k.Forget("A.example:1"))
	if got := must[string](t)(k.Fingerprint("a.example:1")); got != "" {
		t.Errorf("it still knows %q", got)
	}
	for _, bad := range [][2]string{{"a", one}, {"a b:1", one}, {"a:1\nb:1", one}, {"#a:1", one}, {"a:1", "SHA256:x"}, {"a:1", ""}, {"a:1", one + "\n"}} {
		if k.Trust(bad[0], bad[1]) == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	for _, text := range []string{"a:1\n", "a:1 SHA256:short\n", "a:1  " + one + "\n", "\x00\n", strings.Repeat("#\n", maxKnown)} {
		must[any](t)(nil, os.WriteFile(path, []byte(text), 0o600))
		if _, err := k.Fingerprint("a:1"); err == nil {
			t.Errorf("%.40q was taken", text)
		}
		if k.Trust("c:1", one) == nil {
			t.Errorf("%.40q was written over", text)
		}
	}
}
