package corpus

import (
	"strings"

	"github.com/modreg/modreg/capability"
)

const (
	whatDebianRelation    = "debian relation"
	maxDebianAlternatives = 1024
)

// DebianNamespace is the namespace of the capabilities that stand for clauses.
const DebianNamespace = "deb"

// debianOp is how a version is compared, "" if it is not.
type debianOp string

// admits reports whether a version that compares with the one named as c does is
// one that the operator wants.
func (o debianOp) admits(c int) bool {
	switch o {
	case "<<":
		return c < 0
	case "<=":
		return c <= 0
	case "=":
		return c == 0
	case ">=":
		return c >= 0
	case ">>":
		return c > 0
	}
	return true
}

// debianAtom is "name:qualifier (op version)".
type debianAtom struct {
	name, qualifier, version string
	op                       debianOp
}

// foreign reports whether only packages of another architecture could match.
func (a *debianAtom) foreign(arch string) bool {
	return a.qualifier != "" && a.qualifier != "any" && a.qualifier != "native" && a.qualifier != arch
}

// accepts reports whether a package of that version matches.
func (a *debianAtom) accepts(version string) bool {
	return a.op == "" || a.op.admits(DebianVersionCompare(version, a.version))
}

// acceptsProvided does the same for a version from Provides, which may be "":
// then only an atom without a version matches.
func (a *debianAtom) acceptsProvided(version string) bool {
	return a.op == "" || version != "" && a.accepts(version)
}

func (a *debianAtom) appendText(b []byte) []byte {
	b = append(b, a.name...)
	if a.qualifier != "" {
		b = append(append(b, ':'), a.qualifier...)
	}
	if a.op != "" {
		b = append(append(b, " ("...), a.op...)
		b = append(append(append(b, ' '), a.version...), ')')
	}
	return b
}

// DebianClause returns the mandatory requirement that stands for a clause of a
// relation, such as "libc6 (>= 2.34)" or "a | b (<< 2)". Candidates of
// [DebianUniverse] provide it if one of them requires it or the options name it.
// The error is a *[FormatError].
func DebianClause(text string) (capability.Requirement, error) {
	atoms, reason := parseDebianClause(nil, text)
	if reason != "" {
		return capability.Requirement{}, formatError(whatDebianRelation, "", text, reason)
	}
	return debianRequirement(string(appendDebianClause(nil, atoms))), nil
}

// debianRequirement has the zero Range, which admits every grade.
func debianRequirement(clause string) capability.Requirement {
	return capability.Requirement{ID: capability.ID{Namespace: DebianNamespace, Name: clause}}
}

// parseDebianClause appends the alternatives of a clause.
func parseDebianClause(atoms []debianAtom, text string) (_ []debianAtom, reason string) {
	if strings.Count(text, "|") >= maxDebianAlternatives {
		return nil, "there are more than 1024 alternatives"
	}
	for part := range strings.SplitSeq(text, "|") {
		a, reason := parseDebianAtom(part)
		if reason != "" {
			return nil, reason
		}
		atoms = append(atoms, a)
	}
	return atoms, ""
}

// appendDebianClause appends the canonical text of the alternatives.
func appendDebianClause(b []byte, atoms []debianAtom) []byte {
	for i := range atoms {
		if i > 0 {
			b = append(b, " | "...)
		}
		b = atoms[i].appendText(b)
	}
	return b
}

func parseDebianAtom(text string) (a debianAtom, reason string) {
	text = strings.TrimSpace(text)
	name, constraint, versioned := strings.Cut(text, "(")
	a.name, a.qualifier, _ = strings.Cut(strings.TrimSpace(name), ":")
	if !isDebianName(a.name) {
		return a, "a name is missing or malformed"
	}
	if strings.Contains(name, ":") && !isDebianName(a.qualifier) {
		return a, "an architecture is missing or malformed"
	}
	if !versioned {
		return a, ""
	}
	constraint, closed := strings.CutSuffix(constraint, ")")
	if !closed {
		return a, "a parenthesis is not closed"
	}
	constraint = strings.TrimSpace(constraint)
	end := strings.IndexFunc(constraint, func(r rune) bool { return !strings.ContainsRune("<>=", r) })
	if end < 0 {
		return a, "there is no version behind an operator"
	}
	if a.op = parseDebianOp(constraint[:end]); a.op == "" {
		return a, "an operator is missing or unknown"
	}
	if a.version = strings.TrimSpace(constraint[end:]); !isDebianVersion(a.version) {
		return a, "a version is missing or malformed"
	}
	return a, ""
}

// parseDebianOp knows the old "<" and ">" too, which always meant "or equal".
func parseDebianOp(s string) debianOp {
	switch s {
	case "<<", "<=", "=", ">=", ">>":
		return debianOp(s)
	case "<":
		return "<="
	case ">":
		return ">="
	}
	return ""
}
