package certs

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/internal/disk"
)

func TestAuthority_handshake(t *testing.T) {
	t.Parallel()
	a := open(t, Options{Node: "n1", Names: []string{"Modreg.Example", "10.1.2.3"}})
	server := ServerConfig(ServerOptions{Certificate: a.Certificate, Peers: a.Verifier()})
	for name, ok := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "modreg.example": true, "10.1.2.3": true,
		"10.1.2.4": false, "a.modreg.example": false, "example": false,
	} {
		c := client(a, nil)
		c.ServerName = name
		if r := shake(t, server, c); (r.client == nil) != ok || r.client == nil && r.state.Version != tls.VersionTLS13 {
			t.Errorf("%s: %v, %v, version %x", name, r.client, r.server, r.state.Version)
		}
	}
	for _, c := range []struct{ tls12, ok bool }{{false, false}, {true, true}} {
		server := ServerConfig(ServerOptions{Certificate: a.Certificate, TLS12: c.tls12})
		config := client(a, nil)
		config.MaxVersion = tls.VersionTLS12
		if r := shake(t, server, config); (r.client == nil) != c.ok {
			t.Errorf("TLS 1.2, allowed %v: %v", c.tls12, r.client)
		}
		config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		if r := shake(t, server, config); r.client == nil {
			t.Error("TLS 1.1 was spoken")
		}
		config.MaxVersion, config.MinVersion = tls.VersionTLS12, 0
		config.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		if r := shake(t, server, config); r.client == nil {
			t.Error("CBC was spoken")
		}
	}
	// A stranger does not trust it.
	if r := shake(t, server, &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "localhost"}); r.client == nil {
		t.Error("it was trusted without its root")
	}
}

func TestAuthority_certificates(t *testing.T) {
	t.Parallel()
	a := open(t, Options{Node: "n1"})
	served := must[*tls.Certificate](t)(a.Certificate(nil))
	leaf, inter, root := served.Leaf, must[*x509.Certificate](t)(x509.ParseCertificate(served.Certificate[1])), a.Root()
	if !bytes.Equal(served.Certificate[2], root.Raw) {
		t.Error("the root is not shown")
	}
	if d := leaf.NotAfter.Sub(leaf.NotBefore); d != ServerTTL+skew {
		t.Errorf("the server's lives %v", d)
	}
	if d := inter.NotAfter.Sub(inter.NotBefore); d != IntermediateTTL+skew || !inter.MaxPathLenZero || !inter.IsCA || !inter.PermittedDNSDomainsCritical {
		t.Errorf("the intermediate lives %v: %+v", d, inter)
	}
	if root.MaxPathLen != 1 || root.KeyUsage != x509.KeyUsageCertSign || root.URIs[0].String() != "spiffe://"+domain {
		t.Errorf("%+v", root)
	}
	peer := must[*tls.Certificate](t)(a.Issue(moduleID(t, "7"))).Leaf
	if d := peer.NotAfter.Sub(peer.NotBefore); d != PeerTTL+skew || len(peer.URIs) != 1 || peer.URIs[0].String() != "spiffe://modreg.test/module/text/upper/7" ||
		!slices.Equal(peer.ExtKeyUsage, []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}) || len(peer.DNSNames)+len(peer.IPAddresses) > 0 {
		t.Errorf("lives %v: %+v", d, peer)
	}
	for _, c := range []*x509.Certificate{leaf, inter, root, peer} {
		if c.PublicKeyAlgorithm != x509.ECDSA || c.SignatureAlgorithm != x509.ECDSAWithSHA256 || c.SerialNumber.BitLen() < 64 {
			t.Errorf("%v %v, serial number %x", c.PublicKeyAlgorithm, c.SignatureAlgorithm, c.SerialNumber)
		}
	}
}

// What an intermediate signs beyond its names is worth nothing, even if its key is stolen.
func TestAuthority_intermediateIsConstrained(t *testing.T) {
	t.Parallel()
	a := open(t, Options{})
	verify := func(c *tls.Certificate) error {
		var chain []*x509.Certificate
		for _, der := range c.Certificate {
			chain = append(chain, must[*x509.Certificate](t)(x509.ParseCertificate(der)))
		}
		return verifyChain(chain, x509.VerifyOptions{Roots: Pool(a.Root()), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	}
	if err := verify(forge(t, a, func(*x509.Certificate) {})); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*x509.Certificate){
		"name":         func(c *x509.Certificate) { c.DNSNames = []string{"bank.example"} },
		"address":      func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.IPv4(10, 0, 0, 1)} },
		"IPv6 address": func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.ParseIP("fd00::1")} },
		"mail":         func(c *x509.Certificate) { c.EmailAddresses = []string{"me@bank.example"} },
		"trust domain": func(c *x509.Certificate) { c.URIs = []*url.URL{mustURL("spiffe://other.test/node/n")} },
	} {
		if err := verify(forge(t, a, change)); err == nil {
			t.Errorf("another %s was taken", name)
		}
	}
	// It makes no authorities.
	sub := forge(t, a, func(c *x509.Certificate) { c.IsCA, c.KeyUsage, c.ExtKeyUsage = true, x509.KeyUsageCertSign, nil })
	key := must[*tls.Certificate](t)(a.Issue(moduleID(t, "1")))
	leaf := must[*x509.Certificate](t)(create(&x509.Certificate{
		NotBefore: time.Now().Add(-skew), NotAfter: time.Now().Add(skew), URIs: []*url.URL{mustURL(moduleID(t, "1").String())},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, sub.Leaf, key.Leaf.PublicKey, sub.PrivateKey.(crypto.Signer)))
	_, err := a.Verifier().Client([]*x509.Certificate{leaf, sub.Leaf, a.issuer.cert})
	wantError(t, "a certificate of an authority below", err, ErrInvalid)
}

func TestOpen_again(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "ca")
	first := must[*Authority](t)(Open(dir, Options{TrustDomain: domain}))
	second := must[*Authority](t)(Open(dir, Options{TrustDomain: domain, Names: []string{"other.example"}}))
	if Fingerprint(first.Root()) != Fingerprint(second.Root()) || !strings.HasPrefix(Fingerprint(first.Root()), "SHA256:") {
		t.Error("the root is another one")
	}
	// Peers of the first are known to the second: the process was started anew.
	cert := must[*tls.Certificate](t)(first.Issue(moduleID(t, "1")))
	server := ServerConfig(ServerOptions{Certificate: second.Certificate, Peers: second.Verifier(), RequirePeer: true})
	if r := shake(t, server, client(first, cert)); r.client != nil || r.server != nil {
		t.Errorf("%v, %v", r.client, r.server)
	}
	_, err := Open(dir, Options{TrustDomain: "other.test"})
	wantError(t, "another trust domain", err, ErrTrustDomain)
	for _, bad := range []Options{{}, {TrustDomain: "A.test"}, {TrustDomain: "a_b.test"}, {TrustDomain: domain, Node: "a/b"}, {TrustDomain: domain, Names: []string{"*.example"}}, {TrustDomain: domain, Names: []string{""}}} {
		if _, err := Open(filepath.Join(t.TempDir(), "ca"), bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestOpen_modes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("modes mean nothing here")
	}
	a := open(t, Options{})
	entries := must[[]os.DirEntry](t)(os.ReadDir(a.dir))
	var found []string
	for _, e := range entries {
		found = append(found, e.Name())
		if info := must[os.FileInfo](t)(e.Info()); info.Mode().Perm() != 0o600 {
			t.Errorf("%s has the mode %v", e.Name(), info.Mode())
		}
	}
	if info := must[os.FileInfo](t)(os.Stat(a.dir)); info.Mode().Perm() != 0o700 || !slices.Equal(found, []string{CertName, RootName}) {
		t.Errorf("the folder has the mode %v and %q", info.Mode(), found)
	}
	public := must[[]byte](t)(os.ReadFile(filepath.Join(a.dir, CertName)))
	if bytes.Contains(public, []byte("PRIVATE")) {
		t.Error("there is a key in what is for clients")
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o601} {
		must[any](t)(nil, os.Chmod(filepath.Join(a.dir, RootName), mode))
		_, err := Open(a.dir, a.o)
		wantError(t, mode.String(), err, ErrReadable)
	}
}

// Whatever a crash leaves, the CA is there whole afterwards, or not yet; and what was damaged is never replaced.
func TestOpen_damage(t *testing.T) {
	t.Parallel()
	a := open(t, Options{})
	root := must[[]byte](t)(os.ReadFile(filepath.Join(a.dir, RootName)))
	cert, key := pem.Decode(root)
	other := must[[]byte](t)(os.ReadFile(filepath.Join(open(t, Options{}).dir, RootName)))
	_, otherKey := pem.Decode(other)
	leaf := must[*tls.Certificate](t)(a.Issue(moduleID(t, "1")))
	text := pem.EncodeToMemory(cert)
	for name, c := range map[string]struct {
		files map[string][]byte
		want  error
	}{
		"nothing":                   {nil, nil},
		"half of the first file":    {map[string][]byte{RootName + ".tmp": root[:100]}, nil},
		"the root alone":            {map[string][]byte{RootName: root}, nil},
		"half of the second file":   {map[string][]byte{RootName: root, CertName + ".tmp": text[:50]}, nil},
		"the other's certificate":   {map[string][]byte{RootName: root, CertName: other[:len(other)-len(otherKey)]}, nil},
		"the certificate alone":     {map[string][]byte{CertName: text}, ErrDamaged},
		"an empty root":             {map[string][]byte{RootName: {}}, ErrDamaged},
		"a root without a key":      {map[string][]byte{RootName: text}, ErrDamaged},
		"a root that was cut off":   {map[string][]byte{RootName: root[:len(root)-40]}, ErrDamaged},
		"the key of another":        {map[string][]byte{RootName: slices.Concat(text, otherKey)}, ErrDamaged},
		"a key before":              {map[string][]byte{RootName: slices.Concat(key, text)}, ErrDamaged},
		"something after":           {map[string][]byte{RootName: slices.Concat(root, []byte("x"))}, ErrDamaged},
		"a leaf in place of a root": {map[string][]byte{RootName: slices.Concat(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: leaf.Leaf.Raw}), key)}, ErrDamaged},
	} {
		dir := t.TempDir()
		for file, data := range c.files {
			must[any](t)(nil, os.WriteFile(filepath.Join(dir, file), data, 0o600))
		}
		got, err := Open(dir, a.o)
		wantError(t, name, err, c.want)
		if err != nil {
			for file, data := range c.files {
				if now := must[[]byte](t)(os.ReadFile(filepath.Join(dir, file))); !bytes.Equal(now, data) {
					t.Errorf("%s: %s was changed", name, file)
				}
			}
			continue
		}
		if c.files[RootName] != nil && !got.Root().Equal(a.Root()) {
			t.Errorf("%s: it has another root now", name)
		}
		if now := must[[]byte](t)(disk.Read(filepath.Join(dir, CertName), maxPEM)); !bytes.Equal(now, encodeCert(got.Root())) {
			t.Errorf("%s: clients would be given another root", name)
		}
	}
}

func TestAuthority_Sign(t *testing.T) {
	t.Parallel()
	a := open(t, Options{})
	id := must[ID](t)(NodeID(domain, "n2"))
	csr := requests(t, id)
	chain := must[[][]byte](t)(a.Sign(csr["plain"], id))
	leaf := must[*x509.Certificate](t)(x509.ParseCertificate(chain[0]))
	if len(chain) != 2 || len(leaf.URIs) != 1 || leaf.URIs[0].String() != id.String() || len(leaf.DNSNames) != 0 || leaf.IsCA || leaf.Subject.String() != "" {
		t.Errorf("%+v", leaf)
	}
	must[[][]byte](t)(a.Sign(csr["with its identifier"], id))
	must[[][]byte](t)(a.Sign(csr["Ed25519"], id))
	_, err := a.Sign(csr["with another identifier"], id)
	wantError(t, "another identifier", err, ErrOther)
	for _, name := range []string{"RSA", "P-224", "broken signature", "garbage", "large"} {
		if _, err := a.Sign(csr[name], id); err == nil {
			t.Errorf("%s was signed", name)
		}
	}
	other := must[ID](t)(NodeID("other.test", "n2"))
	_, err = a.Sign(csr["plain"], other)
	wantError(t, "another trust domain", err, ErrTrustDomain)
	a.Verifier().DenyID(id)
	_, err = a.Sign(csr["plain"], id)
	wantError(t, "a denied one", err, ErrDenied)
	a.Verifier().AllowID(id)
	must[[][]byte](t)(a.Sign(csr["plain"], id))
	for _, text := range []string{"spiffe://" + domain, "spiffe://" + domain + "/user/root", "spiffe://" + domain + "/module/a/b", "spiffe://" + domain + "/node/a/b"} {
		if _, err := a.Issue(must[ID](t)(ParseID(text))); err == nil {
			t.Errorf("a certificate was made for %s", text)
		}
	}
	if _, err := a.Issue(ID{}); err == nil {
		t.Error("a certificate was made for nobody")
	}
}

func TestHostNames(t *testing.T) {
	t.Parallel()
	names := HostNames()
	if len(names) == 0 {
		t.Skip("this machine has no name and no address")
	}
	a := open(t, Options{Names: names})
	leaf := must[*tls.Certificate](t)(a.Certificate(nil)).Leaf
	for _, name := range names {
		if ip, err := netip.ParseAddr(name); err == nil && (ip.IsLoopback() || ip.IsLinkLocalUnicast()) {
			t.Errorf("%s is of no use to others", name)
		}
		if err := leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
}
