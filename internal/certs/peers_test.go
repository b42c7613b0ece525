package certs

import (
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"testing"
	"time"
)

func TestServerConfig_peers(t *testing.T) {
	t.Parallel()
	a, stranger := open(t, Options{Node: "n1"}), open(t, Options{})
	elsewhere := open(t, Options{TrustDomain: "other.test"})
	good, node := moduleID(t, "1"), must[ID](t)(NodeID(domain, "n2"))
	otherNode := must[ID](t)(NodeID("other.test", "n2"))
	deniedCert := must[*tls.Certificate](t)(a.Issue(moduleID(t, "2")))
	deniedPeer := must[*tls.Certificate](t)(a.Issue(moduleID(t, "3")))
	v := NewVerifier(Pool(a.Root(), elsewhere.Root()), domain) // that the other domain is refused must not hang on its root alone
	v.DenyCertificate(deniedCert.Leaf)
	v.DenyID(moduleID(t, "3"))
	ends := forge(t, a, func(*x509.Certificate) {})
	theirs := must[*tls.Certificate](t)(a.Issue(good))
	for name, c := range map[string]struct {
		cert *tls.Certificate
		want error
	}{
		"a module":             {must[*tls.Certificate](t)(a.Issue(good)), nil},
		"a node":               {must[*tls.Certificate](t)(a.Issue(node)), nil},
		"another authority":    {must[*tls.Certificate](t)(stranger.Issue(good)), ErrUntrusted},
		"another trust domain": {must[*tls.Certificate](t)(elsewhere.Issue(otherNode)), ErrTrustDomain},
		"a domain it may not":  {forge(t, elsewhere, func(c *x509.Certificate) { c.URIs = []*url.URL{mustURL(good.String())} }), ErrInvalid},
		"a domain below":       {forge(t, a, func(c *x509.Certificate) { c.URIs = []*url.URL{mustURL("spiffe://a." + domain + "/node/n2")} }), ErrTrustDomain},
		"expired": {forge(t, a, func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-2*time.Hour), time.Now().Add(-time.Second)
		}), ErrExpired},
		"not yet": {forge(t, a, func(c *x509.Certificate) {
			c.NotBefore = time.Now().Add(time.Hour)
			c.NotAfter = c.NotBefore.Add(time.Hour)
		}), ErrExpired},
		"a server":               {must[*tls.Certificate](t)(a.Certificate(nil)), ErrUsage},
		"no usage":               {forge(t, a, func(c *x509.Certificate) { c.ExtKeyUsage = nil }), ErrUsage},
		"no identifier":          {forge(t, a, func(c *x509.Certificate) { c.URIs, c.DNSNames = nil, []string{"localhost"} }), ErrNoID},
		"two identifiers":        {forge(t, a, func(c *x509.Certificate) { c.URIs = append(c.URIs, mustURL(node.String())) }), ErrNoID},
		"another scheme":         {forge(t, a, func(c *x509.Certificate) { c.URIs[0] = &url.URL{Scheme: "https", Host: domain, Path: "/node/n"} }), ErrNoID},
		"the domain itself":      {forge(t, a, func(c *x509.Certificate) { c.URIs[0] = &url.URL{Scheme: "spiffe", Host: domain} }), ErrNoID},
		"a path with dots":       {forge(t, a, func(c *x509.Certificate) { c.URIs[0] = &url.URL{Scheme: "spiffe", Host: domain, Path: "/node/../n"} }), ErrNoID},
		"a denied certificate":   {deniedCert, ErrDenied},
		"a denied peer":          {deniedPeer, ErrDenied},
		"without intermediate":   {&tls.Certificate{Certificate: ends.Certificate[:1], PrivateKey: ends.PrivateKey}, ErrUntrusted},
		"the intermediate alone": {&tls.Certificate{Certificate: ends.Certificate[1:], PrivateKey: a.issuer.key}, ErrNoID},
	} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			server := ServerConfig(ServerOptions{Certificate: a.Certificate, Peers: v, TLS12: true})
			config := client(a, c.cert)
			config.MaxVersion = version
			r := shake(t, server, config)
			wantError(t, name, r.server, c.want)
			if (r.client == nil) != (c.want == nil) {
				t.Errorf("%s: the client was told %v", name, r.client)
			}
		}
	}
	// Somebody else's certificate without its key.
	stolen := &tls.Certificate{Certificate: theirs.Certificate, PrivateKey: ends.PrivateKey}
	if r := shake(t, ServerConfig(ServerOptions{Certificate: a.Certificate, Peers: v}), client(a, stolen)); r.server == nil || r.client == nil {
		t.Error("a certificate was taken without its key")
	}
}

func TestServerConfig_withoutPeer(t *testing.T) {
	t.Parallel()
	a := open(t, Options{})
	for _, require := range []bool{false, true} {
		server := ServerConfig(ServerOptions{Certificate: a.Certificate, Peers: a.Verifier(), RequirePeer: require})
		if r := shake(t, server, client(a, nil)); (r.client == nil) == require {
			t.Errorf("required %v: %v", require, r.client)
		}
	}
}

func TestPeerConfig(t *testing.T) {
	t.Parallel()
	a, stranger := open(t, Options{Node: "n1"}), open(t, Options{Node: "n1"})
	me := must[*tls.Certificate](t)(a.Issue(moduleID(t, "1")))
	n1, n2 := must[ID](t)(NodeID(domain, "n1")), must[ID](t)(NodeID(domain, "n2"))
	pose := must[*tls.Certificate](t)(a.Issue(n1)) // a node's certificate as a client
	for name, c := range map[string]struct {
		serve func(*tls.ClientHelloInfo) (*tls.Certificate, error)
		want  ID
		err   error
	}{
		"the one":           {a.Certificate, n1, nil},
		"somebody else":     {a.Certificate, n2, ErrOther},
		"nobody":            {a.Certificate, ID{}, ErrOther},
		"another authority": {stranger.Certificate, n1, ErrUntrusted},
		"not a server":      {func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return pose, nil }, n1, ErrUsage},
	} {
		server := ServerConfig(ServerOptions{Certificate: c.serve, Peers: a.Verifier(), RequirePeer: true})
		wantError(t, name, shake(t, server, PeerConfig(a.Verifier(), c.want, shows(me))).client, c.err)
	}
	none := open(t, Options{}) // a server without identifier
	wantError(t, "no identifier", shake(t, ServerConfig(ServerOptions{Certificate: none.Certificate}), PeerConfig(none.Verifier(), n1, shows(me))).client, ErrNoID)
}

// A session that is resumed shows no certificate again; who was denied in between stays out all the same.
func TestServerConfig_resumption(t *testing.T) {
	t.Parallel()
	a := open(t, Options{})
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		me := must[*tls.Certificate](t)(a.Issue(moduleID(t, "1")))
		server := ServerConfig(ServerOptions{Certificate: a.Certificate, Peers: a.Verifier(), RequirePeer: true, TLS12: true})
		config := client(a, me)
		config.MaxVersion, config.ClientSessionCache = version, tls.NewLRUClientSessionCache(1)
		shake(t, server, config)
		if r := shake(t, server, config); r.client != nil || !r.state.DidResume {
			t.Fatalf("%v, resumed %v", r.client, r.state.DidResume)
		}
		a.Verifier().DenyCertificate(me.Leaf)
		wantError(t, "after the denial", shake(t, server, config).server, ErrDenied)
	}
}

func TestVerifier_Check(t *testing.T) {
	t.Parallel()
	a := open(t, Options{})
	v, id := a.Verifier(), moduleID(t, "1")
	cert := must[*tls.Certificate](t)(a.Issue(id)).Leaf
	if got, err := v.Check(cert); got != id || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	v.DenyID(id)
	_, err := v.Check(cert)
	wantError(t, "denied", err, ErrDenied)
	v.AllowID(id)
	v.DenyCertificate(cert)
	_, err = v.Check(cert)
	wantError(t, "denied", err, ErrDenied)
	if _, err := v.Check(must[*tls.Certificate](t)(a.Issue(id)).Leaf); err != nil {
		t.Errorf("the next certificate: %v", err)
	}
	_, err = v.Check(forge(t, a, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Second) }).Leaf)
	wantError(t, "expired", err, ErrExpired)
	_, err = v.Check(a.Root())
	wantError(t, "the root", err, ErrNoID)
	_, err = v.Client(nil)
	wantError(t, "none", err, ErrInvalid)
}
