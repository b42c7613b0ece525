package certs

import (
	"crypto/tls"
	"crypto/x509"
)

// ServerOptions say how a server speaks TLS.
type ServerOptions struct {
	// Certificate returns the certificate of a handshake: that of an [Authority] or of [Files].
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Peers verifies clients that show a certificate; without it none is asked for.
	Peers *Verifier
	// RequirePeer refuses clients that show none.
	RequirePeer bool
	// TLS12 lets clients speak TLS 1.2, which are those before about 2018.
	TLS12 bool
}

// ServerConfig returns the configuration of a server. A certificate that a client shows and that is not well ends the handshake, also where
// none is needed. Who the client is says [Verifier.Check], at every request.
func ServerConfig(o ServerOptions) *tls.Config {
	c := base(o.TLS12)
	c.GetCertificate = o.Certificate
	if o.Peers == nil {
		return c
	}
	// Go's own verification is not asked for: it knows neither identifiers nor denials, and it is left out when a session is resumed.
	c.ClientAuth = tls.RequestClientCert
	if o.RequirePeer {
		c.ClientAuth = tls.RequireAnyClientCert
	}
	c.ClientCAs = o.Peers.roots // so that browsers do not offer certificates that mean nothing here
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if len(s.PeerCertificates) == 0 && !o.RequirePeer {
			return nil
		}
		_, err := o.Peers.Client(s.PeerCertificates)
		return err
	}
	return c
}

// PeerConfig returns the configuration of a module or a node that calls server want and shows certificate, which is called at every
// handshake. The names of the server do not count, its identifier does.
func PeerConfig(v *Verifier, want ID, certificate func(*tls.CertificateRequestInfo) (*tls.Certificate, error)) *tls.Config {
	c := base(false)
	c.GetClientCertificate = certificate
	c.InsecureSkipVerify = true // VerifyConnection does more
	c.VerifyConnection = func(s tls.ConnectionState) error { return v.Server(s.PeerCertificates, want) }
	return c
}

func base(tls12 bool) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS13, NextProtos: []string{"h2", "http/1.1"}}
	if tls12 {
		c.MinVersion = tls.VersionTLS12
		c.CipherSuites = []uint16{ // with forward secrecy, and none that encrypts before it signs
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		}
	}
	return c
}

// Pool returns a pool of certificates, for [NewVerifier].
func Pool(roots ...*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range roots {
		pool.AddCert(c)
	}
	return pool
}
