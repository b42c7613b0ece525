package certs

import (
	"path/filepath"
	"testing"
)

func benchAuthority(b *testing.B) (*Authority, ID) {
	b.Helper()
	a, err := Open(filepath.Join(b.TempDir(), "ca"), Options{TrustDomain: domain})
	if err != nil {
		b.Fatal(err)
	}
	id, err := ModuleID(domain, "text", "upper", "1")
	if err != nil {
		b.Fatal(err)
	}
	return a, id
}

// BenchmarkIssue makes a key and a certificate for a module.
func BenchmarkIssue(b *testing.B) {
	a, id := benchAuthority(b)
	for b.Loop() {
		if _, err := a.Issue(id); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCheck is what a request on an open connection costs.
func BenchmarkCheck(b *testing.B) {
	a, id := benchAuthority(b)
	cert, err := a.Issue(id)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Verifier().Check(cert.Leaf); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCertificate is what a handshake costs beside the handshake.
func BenchmarkCertificate(b *testing.B) {
	a, _ := benchAuthority(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := a.Certificate(nil); err != nil {
			b.Fatal(err)
		}
	}
}
