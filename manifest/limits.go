package manifest

import "time"

// Limits of a document, whatever it is read into.
const (
	// MaxSize is the size in bytes of the largest document that is read, and
	// of the largest canonical form that is made.
	MaxSize = 256 << 10
	// MaxDepth is how deeply objects and arrays may be nested.
	MaxDepth = 32
	// MaxInteger is the largest integer, and its negative the smallest: what
	// every JSON reader in the world keeps exactly.
	MaxInteger = 1<<53 - 1
)

// Limits of a manifest's fields. Sizes of text are in bytes.
const (
	// MaxDescription limits Manifest.Description.
	MaxDescription = 4096
	// MaxLicence limits Manifest.Licence.
	MaxLicence = 128
	// MaxMetadata limits the number of entries of Manifest.Metadata.
	MaxMetadata = 64
	// MaxMetadataValue limits one value of Manifest.Metadata.
	MaxMetadataValue = 1024
	// MaxProvides limits the number of capabilities a module provides.
	MaxProvides = 256
	// MaxRequires limits the number of requirements of a module.
	MaxRequires = 4096
	// MaxAttributes limits the number of attributes of one provision.
	MaxAttributes = 64
	// MaxOperations limits the number of operations of one contract.
	MaxOperations = 256
	// MaxListed limits every list of permissions and conditions.
	MaxListed = 256
	// MaxText limits a path, a host, an operation's name, and one accepted
	// value of an environment variable.
	MaxText = 1024
	// MaxTimeout is the longest duration in Limits.
	MaxTimeout = 24 * time.Hour
	// MaxCount is the largest value of those Limits that count things or
	// millicores; those that count bytes go up to MaxInteger.
	MaxCount = 1<<31 - 1
	// MaxProblems is how many problems Check describes; it counts the rest.
	MaxProblems = 20
)
