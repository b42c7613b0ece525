package capability

import "github.com/modreg/modreg/semver"

// Capability is what a module provides. It is a value: copies are independent
// and safe to read from many goroutines.
type Capability struct {
	ID      ID
	Version semver.Version
	Attrs   Attrs
}

// Check reports whether the ID is valid; a version and attributes are, as soon
// as they exist. The error is a [*SyntaxError].
func (c Capability) Check() error { return c.ID.Check() }

// String returns "id@version", without the attributes.
func (c Capability) String() string { return c.ID.String() + "@" + c.Version.String() }
