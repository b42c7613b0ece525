package resolve

import (
	"fmt"
	"strings"

	"github.com/modreg/modreg/capability"
)

// Limits of the text of an UnsatisfiableError; its fields hold the rest.
const (
	pathShown     = 12 // lines of the path
	reasonsShown  = 12 // reasons in a list
	togetherShown = 4  // candidates refused for the same reason
)

// Error returns several lines: what cannot be satisfied, the way from a root
// to it, the candidates considered and why each was refused, and why other
// choices on the way do not help. Long lists are cut.
func (e *UnsatisfiableError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "nothing satisfies %s", e.Need)
	for i, n := range e.Path {
		if len(e.Path) > pathShown && i >= pathShown/2 && i < len(e.Path)-pathShown/2 {
			if i == pathShown/2 {
				fmt.Fprintf(&b, "\n  … %d more …", len(e.Path)-pathShown)
			}
			continue
		}
		who := "the root"
		if n.By != nil {
			who = n.By.String()
		}
		switch {
		case n.Pinned && i+1 < len(e.Path):
			fmt.Fprintf(&b, "\n  %s is pinned as %s", n.Requirement, e.Path[i+1].By)
		case i+1 < len(e.Path):
			fmt.Fprintf(&b, "\n  %s needs %s, provided by %s", who, n.Requirement, e.Path[i+1].By)
		case n.Pinned:
			fmt.Fprintf(&b, "\n  %s is pinned, but:", n.Requirement)
		case len(e.Considered) == 0:
			fmt.Fprintf(&b, "\n  %s needs %s, which nothing provides", who, n.Requirement)
		default:
			fmt.Fprintf(&b, "\n  %s needs %s, but:", who, n.Requirement)
		}
	}
	writeRefusals(&b, e.Considered, Refusal.because)
	if len(e.Elsewhere) > 0 {
		b.WriteString("\n  other choices do not help:")
		writeRefusals(&b, e.Elsewhere, Refusal.becauseElsewhere)
	}
	return b.String()
}

// writeRefusals writes a line for each reason, with the candidates that share
// it.
func writeRefusals(b *strings.Builder, refusals []Refusal, because func(Refusal) string) {
	var reasons []string
	labels := map[string][]string{}
	for _, r := range refusals {
		reason := because(r)
		if labels[reason] == nil {
			reasons = append(reasons, reason)
		}
		labels[reason] = append(labels[reason], r.label())
	}
	for i, reason := range reasons {
		if i == reasonsShown {
			fmt.Fprintf(b, "\n    … and %d more reasons", len(reasons)-i)
			return
		}
		who := labels[reason]
		more := ""
		if len(who) > togetherShown {
			more = fmt.Sprintf(" and %d more", len(who)-togetherShown)
			who = who[:togetherShown]
		}
		fmt.Fprintf(b, "\n    %s%s: %s", strings.Join(who, ", "), more, reason)
	}
}

// String returns one line: the candidate, what it offers, and why it was
// refused.
func (r Refusal) String() string { return r.label() + ": " + r.because() }

// label names the candidate and, if it was refused for what it offers, that.
func (r Refusal) label() string {
	id := r.Need.Requirement.ID
	if r.Reason != OutsideRange && r.Reason != AttributesDiffer || id == r.Candidate.self() {
		return r.Candidate.String()
	}
	var offers []string
	for have := range r.Candidate.offers(id) {
		offers = append(offers, have.Version.String())
	}
	return fmt.Sprintf("%s (%s %s)", r.Candidate, id, strings.Join(offers, ", "))
}

func (r Refusal) because() string {
	req := r.Need.Requirement
	switch r.Reason {
	case OutsideRange:
		return "version outside " + req.Range.String() + r.prereleaseHint(req)
	case AttributesDiffer:
		return "attributes do not match " + req.Filter.String()
	case SameModule:
		return "a module cannot provide for itself"
	case VersionTaken:
		return fmt.Sprintf("conflicts with %s, chosen for %s", r.Other, r.Need)
	case Forbids:
		return fmt.Sprintf("forbids %s, which %s provides", req, r.Other)
	case Forbidden:
		if r.Other == nil {
			return fmt.Sprintf("conflicts with the root, which forbids %s", req)
		}
		return fmt.Sprintf("conflicts with %s, which forbids %s", r.Other, req)
	case ClosesCycle:
		return "closes a cycle: " + cycleText(r.Cycle)
	case LeavesUnsatisfied:
		return fmt.Sprintf("leaves nothing to satisfy %s", r.Need)
	}
	return r.Reason.String()
}

// becauseElsewhere adds who stated the requirement, which no heading says.
func (r Refusal) becauseElsewhere() string {
	switch {
	case r.Reason != OutsideRange && r.Reason != AttributesDiffer:
		return r.because()
	case r.Need.By == nil:
		return r.because() + ", required at the root"
	}
	return r.because() + ", required by " + r.Need.By.String()
}

// prereleaseHint tells a reader who thinks that 2.0.0-rc.1 is inside ^1 || ^2
// why it is not.
func (r Refusal) prereleaseHint(req capability.Requirement) string {
	for have := range r.Candidate.offers(req.ID) {
		if !have.Version.IsPrerelease() {
			return ""
		}
	}
	return " (a pre-release is in a range only if the range names one)"
}
