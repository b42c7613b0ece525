package authz

import "slices"

// The identifiers of the guard rails in decisions.
const (
	GuardDisabled   = "guard/disabled"
	GuardKind       = "guard/kind"
	GuardToken      = "guard/token"
	GuardGranted    = "guard/granted"
	GuardQuarantine = "guard/quarantine"
	GuardProduction = "guard/production"
	GuardStepUp     = "guard/step-up"
	GuardTwoPerson  = "guard/two-person"
	GuardApproval   = "guard/own-approval"
	GuardAdmin      = "guard/administrator"
	GuardDuties     = "guard/duties"
	GuardBundled    = "guard/bundled"
)

// The identifiers of the built-in permissions in decisions.
const (
	// OwnManifest lets a module invoke and use what an operator approved of its manifest ([Principal.Granted]).
	OwnManifest = "own/manifest"
	// OwnThings lets users and services see their own account, and see, create and revoke their own tokens.
	OwnThings = "own/things"
)

// A GuardRail denies whatever the bindings say.
type GuardRail struct {
	ID    string
	About string // why a request is denied by it
	Fix   string // what would help
}

// GuardRails returns the guard rails, in the order in which the first that applies gives the reason. The slice is the caller's.
func GuardRails() []GuardRail {
	list := make([]GuardRail, len(guardTable))
	for i, g := range guardTable {
		list[i] = g.GuardRail
	}
	return list
}

// A guardRail adds to a GuardRail when it applies. Package cedarauthz says the same in Cedar, and is tested against this.
type guardRail struct {
	GuardRail
	applies func(e *evaluation) bool
}

// guardTable is what no binding overcomes.
var guardTable = [...]guardRail{
	{GuardRail{GuardDisabled, "the principal is disabled", "an administrator can enable it"}, func(e *evaluation) bool {
		return e.req.Principal.Disabled
	}},
	{GuardRail{GuardKind, "principals of this kind never do this", "another kind of principal has to"}, func(e *evaluation) bool {
		return !e.action.By(e.req.Principal.Kind)
	}},
	{GuardRail{GuardToken, "the scopes of the token do not include it", "use a token with a wider scope"}, func(e *evaluation) bool {
		return e.req.Context.Token != nil && !e.req.Context.Token.Allows(e.req.Action, e.req.Resource.Path)
	}},
	{GuardRail{GuardGranted, "the module's manifest does not require it, or nobody approved it", "an operator can approve what the manifest requires"}, func(e *evaluation) bool {
		return e.req.Principal.Kind == Module && !e.granted()
	}},
	{GuardRail{GuardQuarantine, "it is in quarantine", "the security role can lift the quarantine"}, func(e *evaluation) bool {
		return e.req.Resource.Quarantined && RunsModule(e.req.Action)
	}},
	{GuardRail{GuardProduction, "production takes only modules with a verified signature", "sign it with a key that the operator trusts"}, func(e *evaluation) bool {
		return BringsCode(e.req.Action) && e.req.Resource.Environment == Production && e.req.Resource.Trust != TrustVerified
	}},
	{GuardRail{GuardStepUp, "a second factor has to be proved first", "prove a second factor and try again"}, func(e *evaluation) bool {
		limit, asked := e.policy.Settings.StepUpAge()
		age, ok := e.req.FactorAge()
		return asked && e.action.StepUp && (!ok || age > limit)
	}},
	{GuardRail{GuardTwoPerson, "somebody else has to approve it first", "ask somebody else to approve it"}, func(e *evaluation) bool {
		return NeedsApproval(e.action, e.policy.Settings) && !e.req.Approved()
	}},
	{GuardRail{GuardApproval, "nobody approves their own request", "ask somebody else to approve it"}, func(e *evaluation) bool {
		return e.req.Context.Approval != nil && !e.req.Approved()
	}},
	{GuardRail{GuardAdmin, "an administrator does this with another's approval only", "ask somebody else to approve it"}, func(e *evaluation) bool {
		return NotByAdminAlone(e.req.Action) && e.holds(RoleAdmin) && !e.req.Approved()
	}},
	{GuardRail{GuardDuties, "who audits changes nothing", "take the auditor role, or the other one, away"}, func(e *evaluation) bool {
		return e.policy.Settings.Strict && e.action.Mutates && e.holds(RoleAuditor) && (e.holds(RoleAdmin) || e.holds(RoleOperator))
	}},
	{GuardRail{GuardBundled, "bundled roles cannot be changed", "make a custom role"}, func(e *evaluation) bool {
		return e.req.Action == "role:edit" && e.req.Resource.Path.Kind == KindRole && IsBundled(e.req.Resource.Path.ID)
	}},
}

// RunsModule reports whether an action makes a module run, so that a quarantine stops it.
func RunsModule(action string) bool {
	switch action {
	case "module:install", "module:start", "module:upgrade", "module:rollback", "module:invoke":
		return true
	}
	return false
}

// BringsCode reports whether an action brings code into an environment, so that production asks for a verified signature.
func BringsCode(action string) bool { return action == "module:install" || action == "module:upgrade" }

// NotByAdminAlone reports whether who holds the admin role needs another's approval for an action.
func NotByAdminAlone(action string) bool {
	return action == "response:override" || action == "audit:prune"
}

// NeedsApproval reports whether an action needs the approval of another.
func NeedsApproval(a Action, s Settings) bool { return a.TwoPerson || a.StepUp && s.TwoPerson }

// IsOwnThing reports whether [OwnThings] gives an action.
func IsOwnThing(action string) bool {
	switch action {
	case "token:read", "token:create", "token:revoke", "principal:read":
		return true
	}
	return false
}

// granted reports whether the resource is, or is in, something that was granted to the module.
func (e *evaluation) granted() bool {
	return slices.ContainsFunc(e.req.Principal.Granted, func(p Path) bool { return p.Contains(e.req.Resource.Path) })
}

// holds reports whether a role is bound to the principal, anywhere and under whatever conditions.
func (e *evaluation) holds(role string) bool {
	return slices.ContainsFunc(e.policy.Bindings, func(b Binding) bool { return b.Role == role && e.req.Principal.Is(b.Subject) })
}
