package cedarauthz

import (
	"iter"
	"strings"
)

// Policies returns the identifier and the text of each policy in force, in Cedar's language: guard rails and built-in permissions
// first, forbids, then bindings. One guard rail may have several policies. There is nothing in it while no policy is loaded.
func (a *Authorizer) Policies() iter.Seq2[string, string] {
	s := a.current.Load()
	return func(yield func(string, string) bool) {
		if s == nil {
			return
		}
		for _, r := range s.rules {
			if !yield(r.id, string(r.policy.MarshalCedar())) {
				return
			}
		}
	}
}

// Schema returns the schema of the policies in force, in Cedar's language: it also says which actions the roles and the guard
// rails are about. It is empty while no policy is loaded.
func (a *Authorizer) Schema() string {
	s := a.current.Load()
	if s == nil {
		return ""
	}
	return s.schema
}

// Text returns all policies in force as one document, which any engine for Cedar can read.
func (a *Authorizer) Text() string {
	var b strings.Builder
	for _, text := range a.Policies() {
		b.WriteString(text)
		b.WriteString("\n\n")
	}
	return b.String()
}
