package certs

import (
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// A Verifier tells who a peer is, by its certificates. It is safe for concurrent use.
type Verifier struct {
	roots  *x509.CertPool
	domain string

	mu     sync.RWMutex
	denied map[string]time.Time // serial numbers, until when they matter; guarded by mu
	ids    map[ID]bool          // guarded by mu
}

// NewVerifier returns a verifier of peers of a trust domain that have a chain to one of the roots.
func NewVerifier(roots *x509.CertPool, trustDomain string) *Verifier {
	return &Verifier{roots: roots, domain: trustDomain, denied: map[string]time.Time{}, ids: map[ID]bool{}}
}

// Client returns who a client is. Errors wrap [ErrUntrusted], [ErrExpired], [ErrUsage], [ErrNoID], [ErrTrustDomain], [ErrDenied] or [ErrInvalid].
func (v *Verifier) Client(chain []*x509.Certificate) (ID, error) {
	return v.peer(chain, x509.ExtKeyUsageClientAuth)
}

// Server reports whether a server is want, and not merely somebody with a certificate. Errors are those of Client, and [ErrOther].
func (v *Verifier) Server(chain []*x509.Certificate, want ID) error {
	id, err := v.peer(chain, x509.ExtKeyUsageServerAuth)
	if err == nil && id != want {
		err = fmt.Errorf("%w: it is of %s and not of %s", ErrOther, id, want)
	}
	return err
}

// Check reports whether a certificate that was verified when its connection was made may still be used: connections can be older than
// a certificate lives, and than a denial. Ask it at every request; it verifies no signature. Errors wrap [ErrExpired] and [ErrDenied].
func (v *Verifier) Check(cert *x509.Certificate) (ID, error) {
	id, err := idOf(cert)
	if err != nil {
		return ID{}, err
	}
	if err := valid(cert, time.Now()); err != nil {
		return ID{}, err
	}
	return id, v.allowed(id, cert)
}

func valid(cert *x509.Certificate, now time.Time) error {
	if now.Before(cert.NotBefore) || now.After(cert.NotAfter) {
		return fmt.Errorf("%w: it is valid from %s to %s", ErrExpired, cert.NotBefore.UTC().Format(time.RFC3339), cert.NotAfter.UTC().Format(time.RFC3339))
	}
	return nil
}

func (v *Verifier) peer(chain []*x509.Certificate, usage x509.ExtKeyUsage) (ID, error) {
	if len(chain) == 0 {
		return ID{}, fmt.Errorf("%w: there is none", ErrInvalid)
	}
	leaf := chain[0]
	id, err := idOf(leaf)
	switch {
	case err != nil:
		return ID{}, err
	case id.domain != v.domain:
		return ID{}, fmt.Errorf("%w: it is of %q and not of %q", ErrTrustDomain, id.domain, v.domain)
	}
	err = verifyChain(chain, x509.VerifyOptions{Roots: v.roots, KeyUsages: []x509.ExtKeyUsage{usage}})
	switch {
	case err != nil:
		return ID{}, err
	case !slices.Contains(leaf.ExtKeyUsage, usage): // x509 takes a leaf that names none for any
		return ID{}, ErrUsage
	}
	return id, v.allowed(id, leaf)
}

// verifyChain verifies a chain and sorts its errors.
func verifyChain(chain []*x509.Certificate, o x509.VerifyOptions) error {
	o.Intermediates = x509.NewCertPool()
	for _, c := range chain[1:] {
		o.Intermediates.AddCert(c)
	}
	o.CurrentTime = time.Now()
	if _, err := chain[0].Verify(o); err != nil {
		return fmt.Errorf("%w: %w", kindOf(err), err)
	}
	return nil
}

func kindOf(err error) error {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return ErrUntrusted
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		switch e.Reason {
		case x509.Expired:
			return ErrExpired
		case x509.IncompatibleUsage:
			return ErrUsage
		}
	}
	return ErrInvalid
}

func (v *Verifier) allowed(id ID, cert *x509.Certificate) error {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if _, denied := v.denied[cert.SerialNumber.String()]; denied || v.ids[id] {
		return fmt.Errorf("%w: %s", ErrDenied, id)
	}
	return nil
}

func (v *Verifier) deniesID(id ID) bool {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.ids[id]
}

// DenyCertificate refuses one certificate from now on. It is forgotten when the certificate has expired.
func (v *Verifier) DenyCertificate(cert *x509.Certificate) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(v.denied, func(_ string, until time.Time) bool { return now.After(until) })
	v.denied[cert.SerialNumber.String()] = cert.NotAfter
}

// DenyID refuses all certificates of a peer, and makes its authority issue no more, until [Verifier.AllowID]. Denials are in memory: whoever
// wants them to outlive the process denies again at the start.
func (v *Verifier) DenyID(id ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ids[id] = true
}

// AllowID takes a denial by DenyID back.
func (v *Verifier) AllowID(id ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.ids, id)
}
