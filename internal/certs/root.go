package certs

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/modreg/modreg/internal/disk"
)

// What is in the folder.
const (
	// RootName is the certificate and the key of the root: one file, so that there are never two that do not fit.
	RootName = "root.pem"
	// CertName is the certificate of the root alone, for clients.
	CertName = "ca.crt"

	maxPEM = 64 << 10
)

// openRoot reads the root in a folder, or makes one. It is there whole or not at all; the certificate alone is written after
// it, so that where that is without the root, the root was lost.
func openRoot(dir, domain string) (*x509.Certificate, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	public := filepath.Join(dir, CertName)
	have, err := disk.Read(public, maxPEM)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	root, _, err := readRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		if have != nil {
			return nil, fmt.Errorf("%w: there is %s in %q but no %s (restore it from a backup, or remove the former and let clients trust a new one)", ErrDamaged, CertName, dir, RootName)
		}
		root, err = makeRoot(dir, domain)
	}
	if err != nil {
		return nil, err
	}
	if len(root.URIs) != 1 || root.URIs[0].String() != "spiffe://"+domain {
		return nil, fmt.Errorf("%w: the one in %q is of another trust domain than %q", ErrTrustDomain, dir, domain)
	}
	if now := time.Now(); now.After(root.NotAfter) {
		return nil, fmt.Errorf("%w: the root has been valid until %s", ErrExpired, root.NotAfter.Format(time.DateOnly))
	}
	if text := encodeCert(root); !bytes.Equal(have, text) {
		return root, disk.Replace(public, text)
	}
	return root, nil
}

func makeRoot(dir, domain string) (*x509.Certificate, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "modreg " + domain},
		NotBefore: now.Add(-skew), NotAfter: now.Add(RootTTL),
		BasicConstraintsValid: true, IsCA: true, MaxPathLen: 1,
		KeyUsage: x509.KeyUsageCertSign,
		URIs:     []*url.URL{{Scheme: "spiffe", Host: domain}},
		// Whoever trusts this root for anything trusts it for identifiers of this trust domain alone.
		PermittedDNSDomainsCritical: true, PermittedURIDomains: []string{domain},
	}
	root, err := create(template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := append(encodeCert(root), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})...)
	return root, disk.Replace(filepath.Join(dir, RootName), text)
}

func encodeCert(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// readRoot reads the root and its key. Errors say nothing of what is in the file.
func readRoot(dir string) (*x509.Certificate, crypto.Signer, error) {
	path := filepath.Join(dir, RootName)
	if err := checkPrivate(path); err != nil {
		return nil, nil, err
	}
	data, err := disk.Read(path, maxPEM)
	if err != nil {
		return nil, nil, err
	}
	damaged := func(what string) error {
		return fmt.Errorf("%w: %q: %s (restore it from a backup)", ErrDamaged, path, what)
	}
	first, rest := pem.Decode(data)
	if first == nil || first.Type != "CERTIFICATE" {
		return nil, nil, damaged("there is no certificate")
	}
	root, err := x509.ParseCertificate(first.Bytes)
	if err != nil || !root.IsCA || root.CheckSignatureFrom(root) != nil {
		return nil, nil, damaged("the certificate is not that of a root")
	}
	second, rest := pem.Decode(rest)
	if second == nil || second.Type != "PRIVATE KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, nil, damaged("there is no key")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(second.Bytes)
	key, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok || key.Curve != elliptic.P256() || !key.PublicKey.Equal(root.PublicKey) {
		return nil, nil, damaged("the key is not that of the certificate")
	}
	return root, key, nil
}

// checkPrivate refuses a key that others can read, where modes mean something.
func checkPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if os.PathSeparator == '/' && info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%w: %q has the mode %#o (chmod 600 %s, and if somebody may have read it, make a new CA)", ErrReadable, path, info.Mode().Perm(), path)
	}
	return nil
}
