package certs

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/modreg/modreg/internal/disk"
)

const maxKnown = 1 << 20 // bytes of the file

// Fingerprint returns what people compare: SHA256: and the hash of the certificate, in base64.
func Fingerprint(cert *x509.Certificate) string {
	sum := sha256.Sum256(cert.Raw)
	return "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:])
}

// Known is the file in which a client keeps the fingerprint of the CA that it saw first at each address. It has lines of an address
// and a fingerprint; those that are empty or begin with # are comments. It is safe for concurrent use within a process; of two
// processes that write at a time one may lose what it wrote, and asks again.
type Known struct {
	path string
	mu   sync.Mutex // held while the file is changed
}

// OpenKnown returns the file of a path, which need not exist.
func OpenKnown(path string) *Known { return &Known{path: path} }

// Fingerprint returns what is known of an address, HOST:PORT; "" if nothing is.
func (k *Known) Fingerprint(address string) (string, error) {
	lines, err := k.read()
	if err != nil {
		return "", err
	}
	for _, line := range lines {
		if name, fingerprint, _ := strings.Cut(line, " "); name == strings.ToLower(address) {
			return fingerprint, nil
		}
	}
	return "", nil
}

// read returns the lines of the file, comments and all.
func (k *Known) read() ([]string, error) {
	data, err := disk.Read(k.path, maxKnown)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for i, line := range lines {
		if line == "" || line[0] == '#' {
			continue
		}
		if name, fingerprint, ok := strings.Cut(line, " "); !ok || name == "" || !isFingerprint(fingerprint) {
			return nil, fmt.Errorf("%q, line %d: it is not an address and a fingerprint", k.path, i+1)
		}
	}
	return lines, nil
}

func isFingerprint(s string) bool {
	text, ok := strings.CutPrefix(s, "SHA256:")
	sum, err := base64.RawStdEncoding.Strict().DecodeString(text)
	return ok && err == nil && len(sum) == sha256.Size && base64.RawStdEncoding.EncodeToString(sum) == text // decoders pass over line ends
}

// Trust keeps the fingerprint of an address. If another one is known it returns [ErrChanged]: see [Known.Forget].
func (k *Known) Trust(address, fingerprint string) error {
	address = strings.ToLower(address)
	if _, _, err := net.SplitHostPort(address); err != nil || strings.ContainsAny(address, " #\n\r\t") || !isFingerprint(fingerprint) {
		return fmt.Errorf("%q and %q are not an address and a fingerprint", address, fingerprint)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	before, err := k.Fingerprint(address)
	switch {
	case err != nil || before == fingerprint:
		return err
	case before != "":
		return ErrChanged
	}
	return k.change(func(lines []string) []string { return append(lines, address+" "+fingerprint) })
}

// Forget removes an address.
func (k *Known) Forget(address string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.change(func(lines []string) []string {
		return slices.DeleteFunc(lines, func(line string) bool { return strings.HasPrefix(line, strings.ToLower(address)+" ") })
	})
}

func (k *Known) change(how func([]string) []string) error {
	lines, err := k.read()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(k.path), 0o700); err != nil {
		return err
	}
	var text strings.Builder
	for _, line := range how(lines) {
		text.WriteString(line + "\n")
	}
	return disk.Replace(k.path, []byte(text.String()))
}

// Config returns the configuration of a client that calls an address, HOST:PORT. A server with a certificate of an authority that is in
// system is taken; system may be nil, which means those of the system. Any other is asked about once: first gets the fingerprint of its CA and returns nil
// if it may be trusted, and what it returns otherwise ends the handshake. From then on the address must have that CA, and the name in the address must be
// in the certificate. Errors wrap [ErrChanged] and those of a [Verifier].
func (k *Known) Config(address string, system *x509.CertPool, first func(fingerprint string) error) (*tls.Config, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	c := base(false)
	c.ServerName = host
	c.InsecureSkipVerify = true // VerifyConnection does it
	c.VerifyConnection = func(s tls.ConnectionState) error {
		return k.verify(address, host, s.PeerCertificates, system, first)
	}
	return c, nil
}

func (k *Known) verify(address, host string, chain []*x509.Certificate, system *x509.CertPool, first func(string) error) error {
	if len(chain) == 0 {
		return fmt.Errorf("%w: there is none", ErrInvalid)
	}
	o := x509.VerifyOptions{DNSName: host, Roots: system}
	known, err := k.Fingerprint(address)
	if err != nil {
		return err
	}
	if known == "" && verifyChain(chain, o) == nil {
		return nil
	}
	anchor := chain[len(chain)-1]
	if known != "" {
		i := slices.IndexFunc(chain, func(c *x509.Certificate) bool { return Fingerprint(c) == known })
		if i < 0 {
			return fmt.Errorf("%w: it was %s and is %s (if you know why, forget %s and connect again)", ErrChanged, known, Fingerprint(anchor), address)
		}
		anchor = chain[i]
	}
	// Who shows a certificate need not have its key: that there is a chain to it says that its owner signed this server's.
	o.Roots = Pool(anchor)
	if err := verifyChain(chain, o); err != nil {
		return err
	}
	if known != "" {
		return nil
	}
	if err := first(Fingerprint(anchor)); err != nil {
		return err
	}
	return k.Trust(address, Fingerprint(anchor))
}
