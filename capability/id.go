package capability

import (
	"fmt"
	"strings"
)

// ModuleNamespace is the namespace of the modules themselves: the module
// <name> is the capability module/<name>.
const ModuleNamespace = "module"

// ID identifies a capability. It is comparable and may be a map key. The empty
// Namespace is the default one. An ID from a struct literal is unchecked until
// [ID.Check]; one from [ParseID] is valid.
type ID struct{ Namespace, Name string }

// ParseID reads "name" or "namespace/name", split at the first "/". A
// namespace is a single segment of the grammar of [CheckName], and so is the
// name, except in the namespace "module", where it is a module name and may
// hold more "/". An ID is at most 128 bytes long; in the namespace "module"
// the name alone is, so that every module name makes an ID.
//
// The error is a [*SyntaxError].
func ParseID(s string) (ID, error) {
	if off, reason := idFault(s); reason != "" {
		return ID{}, fault("capability id", s, off, reason)
	}
	ns, name, found := strings.Cut(s, "/")
	if !found {
		return ID{Name: s}, nil
	}
	return ID{Namespace: ns, Name: name}, nil
}

// idFault finds the offset and reason of the first fault in the text of an ID.
func idFault(s string) (offset int, reason string) {
	ns, name, found := strings.Cut(s, "/")
	if !found {
		return segmentName.fault(s)
	}
	if off, reason := segmentName.fault(ns); reason != "" {
		return off, fmt.Sprintf("namespace %q: %s", shorten(ns), reason)
	}
	base := len(ns) + 1
	if ns == ModuleNamespace {
		off, reason := moduleName.fault(name)
		return base + off, reason
	}
	if len(s) > maxName {
		return maxName, tooLong(len(s), maxName)
	}
	if i := strings.IndexByte(name, '/'); i >= 0 {
		return base + i, fmt.Sprintf("holds a second '/', which only the namespace %q allows", ModuleNamespace)
	}
	off, reason := segmentName.fault(name)
	return base + off, reason
}

// Check reports whether the ID is one that [ParseID] returns for its text. The
// error is a [*SyntaxError].
func (id ID) Check() error {
	text := id.String()
	// A slash in the wrong field would read as another ID.
	if i := strings.IndexByte(id.Namespace, '/'); i >= 0 {
		return fault("capability id", text, i, "a namespace holds no '/'")
	}
	if i := strings.IndexByte(id.Name, '/'); i >= 0 && id.Namespace == "" {
		return fault("capability id", text, i, "a name without a namespace holds no '/'")
	}
	_, err := ParseID(text)
	return err
}

// String returns "name" or "namespace/name".
func (id ID) String() string {
	if id.Namespace == "" {
		return id.Name
	}
	return id.Namespace + "/" + id.Name
}
