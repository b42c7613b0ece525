// Package audit is the audit trail of one node: who did what, when, on whose approval, and what was refused, in a form that
// an auditor can verify without trusting the node.
//
// A [Trail] keeps two Merkle logs (package merkle). The log "registry" is the journal of the registry itself: a mutation is
// its own entry. The log "audit" takes what is no mutation: denials, authentication, the use of secrets, what happens
// to instances, and every read of the trail itself. Both are signed batch by batch, and read as one list of [Event]s.
//
//	trail, err := audit.Open(ctx, dir, audit.Options{Registry: journal})
//	reg, err := modreg.Open(ctx, modreg.WithJournal(trail.Journal()), modreg.WithAuditor(trail))
//	err = trail.Record(ctx, audit.Event{Class: audit.ClassAuthorization, Action: "module:activate", Outcome: audit.OutcomeDeny, …})
//	for e, err := range trail.Query(ctx, audit.Query{Action: "module:*", Resource: "upper@*"}) { … }
//
// What it promises:
//
//   - What was acknowledged is in the log, as durable as the journal makes it, and any later change of it is found by
//     [Trail.Verify] as far as package merkle promises.
//   - It fails closed: what cannot be taken down is refused with [modreg.CodeAuditUnavailable]. Acts that take something out of
//     service are not: they go to an emergency spool beside the journal, and into the log when that works again.
//   - Effects outside the journal have an intent before and a result after. An intent whose result is missing because the
//     process ended is reported when the trail is opened again.
//   - Within the node's log times do not go back. A clock that does is an event.
//   - Only the fields of [Event] are written, each within its grammar, and errors never repeat a value. Personal data has its place
//     in the sealed field, encrypted by the caller.
//   - Whoever reads the trail is in it. What is pruned was exported before, is not under a hold, and leaves its hashes.
//
// An event that waited in the spool may be in the log twice, with the same ID, if the process ended while the spool was emptied
// or the journal took an event after all that it seemed to refuse. A result that stands beside no intent is of one whose
// intent was lost with a full spool, which the log also says.
//
// Package audit/verify is a program for outsiders, which checks a proof with nothing but the standard library.
package audit
