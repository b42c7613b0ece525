package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"testing"
	"time"
)

const domain = "modreg.test"

func open(t *testing.T, o Options) *Authority {
	t.Helper()
	if o.TrustDomain == "" {
		o.TrustDomain = domain
	}
	a, err := Open(filepath.Join(t.TempDir(), "ca"), o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func must[T any](t *testing.T) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func moduleID(t *testing.T, instance string) ID {
	t.Helper()
	return must[ID](t)(ModuleID(domain, "text", "upper", instance))
}

// client is what a client without file of known addresses would use that was given the root.
func client(a *Authority, cert *tls.Certificate) *tls.Config {
	return &tls.Config{RootCAs: Pool(a.Root()), ServerName: "localhost", GetClientCertificate: shows(cert)}
}

// shows a certificate whatever the server would like to see; none if it is nil.
func shows(cert *tls.Certificate) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if cert == nil {
			return &tls.Certificate{}, nil
		}
		return cert, nil
	}
}

// A result is what both sides of a handshake said.
type result struct {
	server, client error
	state          tls.ConnectionState // of the client
}

// shake makes a connection over loopback, with a byte from the server and one back, so that both know how it went.
func shake(t *testing.T, server, client *tls.Config) result {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() //nolint:errcheck // it was only for one connection
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return shakeOn(<-accepted, c, server, client)
}

func shakeOn(serverEnd, clientEnd net.Conn, server, client *tls.Config) (r result) {
	done := make(chan struct{})
	s, c := tls.Server(serverEnd, server), tls.Client(clientEnd, client)
	go func() {
		defer close(done)
		defer serverEnd.Close() //nolint:errcheck // the other side sees it
		if r.server = s.Handshake(); r.server == nil {
			_, _ = s.Write([]byte{1})
			_, _ = s.Read(make([]byte, 1))
		}
	}()
	if r.client = c.HandshakeContext(context.Background()); r.client == nil {
		if _, r.client = c.Read(make([]byte, 1)); r.client == nil {
			_, _ = c.Write([]byte{1})
		}
	}
	r.state = c.ConnectionState()
	_ = clientEnd.Close()
	<-done
	return r
}

// forge makes a certificate of the intermediate of an authority that the authority itself would not make. The template says what is other than
// in that of a module.
func forge(t *testing.T, a *Authority, change func(*x509.Certificate)) *tls.Certificate {
	t.Helper()
	key, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	template := &x509.Certificate{
		NotBefore: now.Add(-skew), NotAfter: now.Add(PeerTTL), KeyUsage: x509.KeyUsageDigitalSignature, BasicConstraintsValid: true,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, URIs: []*url.URL{mustURL(moduleID(t, "1").String())},
	}
	change(template)
	leaf, err := create(template, a.issuer.cert, key.Public(), a.issuer.key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw, a.issuer.cert.Raw}, PrivateKey: key, Leaf: leaf}
}

func wantError(t *testing.T, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) || want == nil && got != nil {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
