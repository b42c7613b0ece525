package certs_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modreg/modreg/internal/certs"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "modreg")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is an example
	a, err := certs.Open(filepath.Join(dir, "ca"), certs.Options{TrustDomain: "modreg.local", Node: "n1"})
	if err != nil {
		fmt.Println(err)
		return
	}
	config := certs.ServerConfig(certs.ServerOptions{Certificate: a.Certificate, Peers: a.Verifier()})
	fmt.Println(tls.VersionName(config.MinVersion), len(certs.Fingerprint(a.Root())))

	id, err := certs.ModuleID("modreg.local", "text", "upper", "1")
	if err != nil {
		fmt.Println(err)
		return
	}
	cert, err := a.Issue(id)
	if err != nil {
		fmt.Println(err)
		return
	}
	got, err := a.Verifier().Check(cert.Leaf)
	fmt.Println(got, err)
	// Output:
	// TLS 1.3 50
	// spiffe://modreg.local/module/text/upper/1 <nil>
}
