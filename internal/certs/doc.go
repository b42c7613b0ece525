// Package certs is who the daemon is on the network, and who others are that come with a certificate.
//
// An [Authority] is the node's own CA, in a folder. Its root key is used only to sign an intermediate, which lives in memory, for a
// week at most, and can sign nothing but the names of this node and of its trust domain. From it come the certificate of the
// daemon, which is renewed at half of its life by the handshake that finds it so old, and certificates of an hour for modules
// and nodes. [Files] are a certificate from elsewhere instead, read again when it changes.
//
// A peer is a SPIFFE [ID] and nothing else: a [Verifier] demands a chain to the root, the right usage, and one identifier of the
// trust domain, and says by different errors what is missing. Certificates are not revoked by lists that travel: they are short,
// and a node denies those it no longer wants.
//
// [Known] is the other side: the file in which a client keeps which CA it saw first at an address.
package certs
