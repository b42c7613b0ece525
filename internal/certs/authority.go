package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"strings"
	"sync"
	"time"
)

// How long certificates live. Each but the root is renewed at half of that.
const (
	RootTTL         = 10 * 365 * 24 * time.Hour
	IntermediateTTL = 7 * 24 * time.Hour
	ServerTTL       = 24 * time.Hour
	PeerTTL         = time.Hour

	skew       = time.Minute // by which clocks may differ
	retryAfter = time.Minute // between two tries to renew what still works
)

// Options say how an [Authority] is opened.
type Options struct {
	// TrustDomain is that of all identifiers: a DNS name in lower case. It cannot be changed once there is a CA.
	TrustDomain string
	// Node is the name of this node; the certificate of the daemon has its identifier if it is not empty.
	Node string
	// Names are what the certificate of the daemon is for, beside localhost: DNS names and IP addresses.
	Names []string
	// Problem is told of a renewal that failed, while the certificate before still works. It must not call the authority.
	Problem func(error)
}

// An Authority is a CA of its own in a folder. It is safe for concurrent use. There is nothing to close. One process at a time may use a
// folder.
type Authority struct {
	o      Options
	dir    string
	root   *x509.Certificate
	verify *Verifier

	mu         sync.Mutex
	names      names     // guarded by mu
	issuer     *issuer   // guarded by mu
	server     *served   // guarded by mu
	nextTry    time.Time // guarded by mu; the certificate of the daemon is not tried before, if that before works
	nextIssuer time.Time // guarded by mu; the same of the intermediate
}

// An issuer is an intermediate, which is in memory alone.
type issuer struct {
	cert  *x509.Certificate
	key   crypto.Signer
	names names
}

// A served is the certificate of the daemon.
type served struct {
	*tls.Certificate
	names names
}

// Open opens the CA in a folder and makes one if there is none. Errors wrap [ErrDamaged], [ErrReadable] and those of the file system.
func Open(dir string, o Options) (*Authority, error) {
	if err := checkDomain(o.TrustDomain); err != nil || strings.Contains(o.TrustDomain, "_") {
		return nil, fmt.Errorf("the trust domain %q is not a DNS name in lower case", o.TrustDomain)
	}
	if o.Problem == nil {
		o.Problem = func(error) {}
	}
	n, err := namesOf(o)
	if err != nil {
		return nil, err
	}
	root, err := openRoot(dir, o.TrustDomain)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(root)
	a := &Authority{o: o, dir: dir, root: root, names: n, verify: NewVerifier(pool, o.TrustDomain)}
	_, err = a.Certificate(nil) // now, and not at the first handshake
	return a, err
}

// Verifier returns what verifies peers that this authority certified, and knows whom it denies.
func (a *Authority) Verifier() *Verifier { return a.verify }

// Root returns the certificate that clients have to trust.
func (a *Authority) Root() *x509.Certificate { return a.root }

// SetNames changes what the certificate of the daemon is for, from the next handshake on.
func (a *Authority) SetNames(list []string) error {
	o := a.o
	o.Names = list
	n, err := namesOf(o)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.names, a.nextTry = n, time.Time{}
	return nil
}

// Certificate returns the certificate of the daemon with its chain and the root, so that a client can see whom it is asked to trust. It is for
// tls.Config.GetCertificate; the argument is not looked at. At half of its life, or if the names changed, it makes another one.
func (a *Authority) Certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	works := a.server != nil && now.Before(a.server.Leaf.NotAfter)
	if works && (now.Before(a.nextTry) || a.server.names.equal(a.names) && !old(a.server.Leaf, now)) {
		return a.server.Certificate, nil
	}
	s, err := a.newServer(now)
	if err == nil {
		a.server, a.nextTry = s, time.Time{}
		return s.Certificate, nil
	}
	if !works {
		return nil, fmt.Errorf("make the certificate of the daemon: %w", err)
	}
	a.nextTry = now.Add(retryAfter)
	a.o.Problem(fmt.Errorf("renew the certificate of the daemon, which is valid until %s: %w", a.server.Leaf.NotAfter.UTC().Format(time.RFC3339), err))
	return a.server.Certificate, nil
}

// old tells whether half of the life of a certificate is over.
func old(c *x509.Certificate, now time.Time) bool {
	return !now.Before(c.NotBefore.Add(c.NotAfter.Sub(c.NotBefore) / 2))
}

// newServer makes the certificate of the daemon. The caller holds mu.
func (a *Authority) newServer(now time.Time) (*served, error) {
	template := a.names.template()
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	leaf, chain, err := a.sign(template, key.Public(), ServerTTL, now)
	if err != nil {
		return nil, err
	}
	chain = append(chain, a.root.Raw)
	return &served{&tls.Certificate{Certificate: chain, PrivateKey: key, Leaf: leaf}, a.names}, nil
}

// sign signs a leaf with the intermediate, which is renewed first if need be. The caller holds mu.
func (a *Authority) sign(template *x509.Certificate, public crypto.PublicKey, ttl time.Duration, now time.Time) (*x509.Certificate, [][]byte, error) {
	if err := a.renewIssuer(now); err != nil {
		return nil, nil, err
	}
	template.NotBefore, template.NotAfter = now.Add(-skew), now.Add(ttl)
	if end := a.issuer.cert.NotAfter; template.NotAfter.After(end) {
		template.NotAfter = end
	}
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.BasicConstraintsValid = true
	leaf, err := create(template, a.issuer.cert, public, a.issuer.key)
	if err != nil {
		return nil, nil, err
	}
	return leaf, [][]byte{leaf.Raw, a.issuer.cert.Raw}, nil
}

// renewIssuer makes an intermediate if there is none, if half of its life is over, or if it may not sign the names of now. One that is merely
// old still does if the root key cannot be read. The caller holds mu.
func (a *Authority) renewIssuer(now time.Time) error {
	works := a.issuer != nil && a.issuer.names.equal(a.names) && now.Before(a.issuer.cert.NotAfter)
	if works && (now.Before(a.nextIssuer) || !old(a.issuer.cert, now)) {
		return nil
	}
	i, err := a.newIssuer(now)
	if err == nil {
		a.issuer, a.nextIssuer = i, time.Time{}
		return nil
	}
	if !works {
		return err
	}
	a.nextIssuer = now.Add(retryAfter)
	a.o.Problem(fmt.Errorf("renew the intermediate, which is valid until %s: %w", a.issuer.cert.NotAfter.UTC().Format(time.RFC3339), err))
	return nil
}

// newIssuer signs an intermediate with the root key, which is in memory for as long as that takes.
func (a *Authority) newIssuer(now time.Time) (*issuer, error) {
	root, rootKey, err := readRoot(a.dir)
	if err != nil {
		return nil, err
	}
	if !root.Equal(a.root) {
		return nil, fmt.Errorf("%w: it was replaced while it was in use", ErrDamaged)
	}
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:   pkix.Name{CommonName: "modreg intermediate"},
		NotBefore: now.Add(-skew), NotAfter: now.Add(IntermediateTTL),
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
		KeyUsage:    x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	a.names.constrain(template)
	cert, err := create(template, root, key.Public(), rootKey)
	if err != nil {
		return nil, err
	}
	return &issuer{cert, key, a.names}, nil
}

func newKey() (*ecdsa.PrivateKey, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }

// create signs a certificate and reads it again.
func create(template, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) (*x509.Certificate, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, public, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
