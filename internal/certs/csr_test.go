package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"net/url"
	"strings"
	"testing"
)

// requests are signing requests by what they are.
func requests(t *testing.T, id ID) map[string][]byte {
	t.Helper()
	make := func(key crypto.Signer, change func(*x509.CertificateRequest)) []byte {
		r := &x509.CertificateRequest{Subject: pkix.Name{CommonName: "admin"}, DNSNames: []string{"localhost"}}
		change(r)
		return must[[]byte](t)(x509.CreateCertificateRequest(rand.Reader, r, key))
	}
	none := func(*x509.CertificateRequest) {}
	p256 := must[*ecdsa.PrivateKey](t)(newKey())
	p224 := must[*ecdsa.PrivateKey](t)(ecdsa.GenerateKey(elliptic.P224(), rand.Reader))
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]byte{
		"plain":               make(p256, none),
		"with its identifier": make(p256, func(r *x509.CertificateRequest) { r.URIs = []*url.URL{mustURL(id.String())} }),
		"with another identifier": make(p256, func(r *x509.CertificateRequest) {
			r.URIs = []*url.URL{mustURL(id.String()), mustURL(id.String() + "x")}
		}),
		"Ed25519": make(ed, none),
		"P-224":   make(p224, none),
		"RSA":     make(must[*rsa.PrivateKey](t)(rsa.GenerateKey(rand.Reader, 2048)), none),
		"garbage": []byte("garbage"),
		"large":   make(p256, func(r *x509.CertificateRequest) { r.Subject.CommonName = strings.Repeat("a", maxRequest) }),
	}
	broken := append([]byte{}, all["plain"]...)
	broken[len(broken)-1] ^= 1
	all["broken signature"] = broken
	return all
}
