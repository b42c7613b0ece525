// Package access is who there is on a node, how they prove it, and what they were given: principals, credentials, roles
// and bindings.
//
// A [Store] is a fold over the stream "access" of a journal, as a registry is one over its own: one record is one change, whole or
// not at all, with its origin (package record) and the hash of the record before; who reads takes an atomic pointer and
// never waits. Several stores on one journal show the same. Only what must last is in the journal: sessions, delays after wrong
// passwords and the last use of tokens live in memory.
//
// No secret is in a record, an event or an error. Of tokens and of the bootstrap secret there is a SHA-256, of
// passwords an Argon2id hash, of TOTP secrets a ciphertext, and of subjects at other identity providers a keyed hash.
//
// Nobody is let in by default: there is no anonymous principal and no token that was not created. Whoever is refused gets
// one answer, whatever the reason; the reason is for the audit trail and for [ReasonOf].
//
// Whether a principal may do something is package authz's to decide. This package keeps the roles and bindings that it
// decides by, and asks it about each change of them.
package access
