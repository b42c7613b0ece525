package audit

import (
	"time"

	"github.com/modreg/modreg/record"
)

// The names of the two logs, which are also those of their streams in the journals.
const (
	LogRegistry = "registry" // the mutations: the journal of the registry itself
	LogNode     = "audit"    // everything else that happens on the node
)

// The classes of events.
const (
	ClassModule         = "module"         // the life of a module
	ClassAuthentication = "authentication" // who one is
	ClassAuthorization  = "authorization"  // what one may do; every denial
	ClassPolicy         = "policy"         // roles, policies, grants and tokens
	ClassAudit          = "audit"          // the trail itself: reads, exports, pruning, holds, keys, start and stop
	ClassSecret         = "secret"         // use of a secret
	ClassSandbox        = "sandbox"        // violations of a sandbox
	ClassResponse       = "response"       // detection, automatic response and its overrides
	ClassBackup         = "backup"         // backup and restore
	ClassFleet          = "fleet"          // membership
	ClassPrivacy        = "privacy"        // requests of the persons whom data is about
	ClassSystem         = "system"         // the node: its clock and configuration
)

// The activities of events. An event that is neither stands for itself.
const (
	ActivityIntent = "intent" // something is about to happen
	ActivityResult = "result" // what was intended has ended; Event.Intent names the intent
)

// The outcomes of events.
const (
	OutcomeAllow   = "allow"
	OutcomeDeny    = "deny"
	OutcomeSuccess = "success"
	OutcomeFailure = "failure" // it did not succeed for a reason of its own
	OutcomeError   = "error"   // something around it broke
)

// An Event is one entry of the node's log, and the form in which the records of the registry are shown.
//
// Its fields are an allow-list: each has a grammar and a limit, and there is no field for free data. Identifiers are
// those of [record.CheckID]; hashes and digests are "sha256:" and 64 lower-case hexadecimal digits.
type Event struct {
	ID   string    // ULID, in the order of time; "registry/12" for record 12 of the registry, "registry/12/2" for its second operation
	Log  string    // [LogRegistry] or [LogNode]; where it was read from, not part of what is stored
	Seq  uint64    // its place there
	Time time.Time // UTC; never before that of the entry before
	Node string    // where it happened; identifier

	Class     string   // one of the classes above
	Action    string   // "module:start": two words of lower-case letters, digits, "-" and "_", at most 64 bytes
	Activity  string   // one of the activities above; may be empty
	Outcome   string   // one of the outcomes above; empty in an intent only
	Reason    string   // why, as in [record.CheckReason]
	PolicyIDs []string // the policies that decided; at most MaxPolicies identifiers
	PolicyRev string   // identifier of the revision of the policies

	Actor      record.Actor // who did it
	OnBehalfOf record.Actor // for whom, if for another
	Resource   Resource     // what it was done to

	BeforeHash string   // hash of what was there before
	AfterHash  string   // hash of what is there now
	Diff       []Change // what has changed; at most MaxChanges

	Request  string // identifier of the request
	Trace    string // identifier of the distributed trace
	Approval string // identifier of the approval that allowed it
	Incident string // identifier of the incident it belongs to
	Intent   string // ID of the intent: always in a result, never in an intent

	// Spooled is when it happened, in an event that could not be written then and waited in the emergency spool;
	// Time is when it was written. Zero in every other.
	Spooled time.Time

	Sealed []record.Sealed // personal data, encrypted with keys of their subjects
}

// A Resource is what something is done to.
type Resource struct {
	Kind   string // one word, as in "module"; at most 32 bytes
	ID     string // of the alphabet of identifiers, at most MaxResourceID bytes, as in "upper@1.0.0"
	Rev    string // identifier of its revision
	Digest string // of its content
}

// IsZero reports whether nothing is named.
func (r Resource) IsZero() bool { return r == Resource{} }

// A Change is a field that has another value than before. Values are identifiers: what is none of
// the kind, and every secret, has its place in the hashes.
type Change struct {
	Field  string // identifier, as in "limits/memory"
	Before string // identifier; empty if it had no value
	After  string // identifier; empty if it has no value any more
}

// The limits of an [Event], beside those of package record.
const (
	SchemaVersion = 1         // of the encoding that this package writes
	MaxEvent      = 128 << 10 // bytes of an encoded event
	MaxAction     = 64        // bytes of an action
	MaxKind       = 32        // bytes of the kind of a resource
	MaxResourceID = 448       // bytes of the ID of a resource: a module's name and version have at most 385
	MaxPolicies   = 16        // policies in one event
	MaxChanges    = 32        // changes in one event
)

// hashSize is the length of a hash in an event.
const hashSize = len("sha256:") + 64
