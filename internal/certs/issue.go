package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"time"
)

const maxRequest = 8 << 10 // bytes of a certificate signing request

// Issue makes a key and a certificate of [PeerTTL] for a module or a node, for whoever starts it. The key is nowhere else. Errors wrap
// [ErrDenied] and [ErrTrustDomain].
func (a *Authority) Issue(id ID) (*tls.Certificate, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	leaf, chain, err := a.issue(id, key.Public())
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: chain, PrivateKey: key, Leaf: leaf}, nil
}

// Sign makes a certificate of [PeerTTL] for who holds the key of a certificate signing request (PKCS #10, DER), and returns it and its
// chain. Of the request only the key counts: ECDSA P-256 or P-384, or Ed25519. If it names identifiers, it must be id alone. Errors wrap [ErrDenied],
// [ErrTrustDomain] and [ErrOther].
func (a *Authority) Sign(request []byte, id ID) ([][]byte, error) {
	if len(request) > maxRequest {
		return nil, fmt.Errorf("a signing request of %d bytes: at most %d are allowed", len(request), maxRequest)
	}
	r, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return nil, errors.New("it is not a signing request")
	}
	if err := r.CheckSignature(); err != nil {
		return nil, errors.New("the signing request is not signed with its key")
	}
	for _, u := range r.URIs {
		if u.String() != id.String() {
			return nil, fmt.Errorf("sign a request for %s: %w", id, ErrOther)
		}
	}
	if err := checkKey(r.PublicKey); err != nil {
		return nil, err
	}
	_, chain, err := a.issue(id, r.PublicKey)
	return chain, err
}

func checkKey(key crypto.PublicKey) error {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return nil
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() || k.Curve == elliptic.P384() {
			return nil
		}
	}
	return errors.New("the key of the signing request is of another kind than ECDSA P-256, P-384 or Ed25519")
}

func (a *Authority) issue(id ID, public crypto.PublicKey) (*x509.Certificate, [][]byte, error) {
	_, _, _, module := id.Module()
	_, node := id.Node()
	switch {
	case id.domain != a.o.TrustDomain:
		return nil, nil, fmt.Errorf("issue a certificate for %q: %w", id, ErrTrustDomain)
	case !module && !node:
		return nil, nil, fmt.Errorf("issue a certificate for %q: it is neither a module nor a node", id)
	case a.verify.deniesID(id):
		return nil, nil, fmt.Errorf("issue a certificate for %q: %w", id, ErrDenied)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	template := &x509.Certificate{
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		URIs:        []*url.URL{mustURL(id.String())},
	}
	return a.sign(template, public, PeerTTL, time.Now())
}
