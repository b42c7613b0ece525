package certs

import "errors"

// Why a peer is refused. Errors of a [Verifier] wrap one of these.
var (
	ErrUntrusted   = errors.New("the certificate is not of an authority that is trusted")
	ErrExpired     = errors.New("the certificate is no longer valid, or not yet")
	ErrUsage       = errors.New("the certificate is not for this usage")
	ErrNoID        = errors.New("the certificate has no SPIFFE identifier")
	ErrTrustDomain = errors.New("the certificate is of another trust domain")
	ErrOther       = errors.New("the certificate is of somebody else")
	ErrDenied      = errors.New("the certificate, or who it is of, is denied")
	ErrInvalid     = errors.New("the certificate is not valid")
)

// Why a folder or files are refused.
var (
	// ErrDamaged says that the CA in the folder cannot be used. A new one is never made in its place, because clients know the old one.
	ErrDamaged = errors.New("the CA is damaged")
	// ErrReadable says that others can read a key that nobody else may.
	ErrReadable = errors.New("others can read the key")
)

// ErrChanged says that an address has another CA than before: it was made anew, or somebody stands in between.
var ErrChanged = errors.New("the address has another certificate authority than the first time")
