package cedarauthz

import (
	"github.com/cedar-policy/cedar-go/ast"

	"github.com/modreg/modreg/authz"
)

// A group of actions stands in the heads of guard rails: an action is in Action::"guard/quarantine" if the guard rail is about it.
type group struct {
	name string
	has  func(authz.Action) bool
}

// groups returns the groups of actions that the guard rails and the built-in permissions use.
func groups(s authz.Settings) []group {
	list := []group{
		{authz.GuardQuarantine, func(a authz.Action) bool { return authz.RunsModule(a.Name) }},
		{authz.GuardProduction, func(a authz.Action) bool { return authz.BringsCode(a.Name) }},
		{authz.GuardStepUp, func(a authz.Action) bool { return a.StepUp }},
		{authz.GuardTwoPerson, func(a authz.Action) bool { return authz.NeedsApproval(a, s) }},
		{authz.GuardAdmin, func(a authz.Action) bool { return authz.NotByAdminAlone(a.Name) }},
		{authz.GuardDuties, func(a authz.Action) bool { return a.Mutates }},
		{authz.OwnManifest, func(a authz.Action) bool { return a.Name == "module:invoke" || a.Name == "secret:use" }},
		{authz.OwnThings, func(a authz.Action) bool { return authz.IsOwnThing(a.Name) }},
	}
	for _, k := range principalKinds {
		list = append(list, group{authz.GuardKind + "/" + k.kind, func(a authz.Action) bool { return !a.By(k.kind) }})
	}
	return list
}

// about returns the actions of a group.
func about(groups []group, name string) bitset {
	var on bitset
	for _, g := range groups {
		for i, a := range authz.Actions() {
			if g.name == name && g.has(a) {
				on.add(i)
			}
		}
	}
	return on
}

func everything() bitset { return bitset{^uint64(0), ^uint64(0)} }

// A builder collects the guard rails and the built-in permissions.
type builder struct {
	settings authz.Settings
	groups   []group
	rules    []*rule
}

// builtin returns the guard rails and the built-in permissions that hold under some settings, but for the guard of bundled
// roles, which is in the index by its resource.
func builtin(s authz.Settings) []*rule {
	b := &builder{settings: s, groups: groups(s)}
	b.principals()
	b.resources()
	b.people()
	b.permits()
	return b.rules
}

// add finishes a policy about a group of actions, or about all if there is no group.
func (b *builder) add(d *draft, id, group string, f facts) {
	on := everything()
	if group != "" {
		d.ActionIn(uidOfAction(group))
		on = about(b.groups, group)
	}
	b.rules = append(b.rules, d.done(id, f, on))
}

// principals adds the guard rails about who asks, and with what.
func (b *builder) principals() {
	d := &draft{Policy: ast.Forbid()}
	d.PrincipalIn(disabled())
	d.needs |= needGroups
	b.add(d, authz.GuardDisabled, "", isDisabled)

	for i, k := range principalKinds {
		if about(b.groups, authz.GuardKind+"/"+k.kind) == (bitset{}) {
			continue // the validator takes a policy that never applies for a mistake
		}
		d = &draft{Policy: ast.Forbid()}
		d.PrincipalIs(k.uid)
		b.add(d, authz.GuardKind, authz.GuardKind+"/"+k.kind, 1<<i)
	}

	d = &draft{Policy: ast.Forbid()}
	d.When(d.maybe(attrTokenAllows, ast.Not))
	b.add(d, authz.GuardToken, "", hasToken)

	d = &draft{Policy: ast.Forbid()}
	d.PrincipalIs(moduleType())
	d.Unless(d.isGranted())
	b.add(d, authz.GuardGranted, "", isModule)
}

// resources adds the guard rails about what it is done to.
func (b *builder) resources() {
	d := &draft{Policy: ast.Forbid()}
	d.When(d.resource(attrQuarantined))
	b.add(d, authz.GuardQuarantine, authz.GuardQuarantine, 0)

	d = &draft{Policy: ast.Forbid()}
	d.When(d.resource(attrEnvironment).Equal(ast.String(authz.Production)).And(d.resource(attrTrust).NotEqual(ast.String(authz.TrustVerified))))
	b.add(d, authz.GuardProduction, authz.GuardProduction, 0)
}

// people adds the guard rails about what must not be done by one person, or not by this one.
func (b *builder) people() {
	if age, asked := b.settings.StepUpAge(); asked {
		d := &draft{Policy: ast.Forbid()}
		d.Unless(d.maybe(attrMFAAge, func(is ast.Node) ast.Node { return is.LessThanOrEqual(ast.Long(age.Milliseconds())) }))
		b.add(d, authz.GuardStepUp, authz.GuardStepUp, 0)
	}

	d := &draft{Policy: ast.Forbid()}
	d.Unless(d.approved())
	b.add(d, authz.GuardTwoPerson, authz.GuardTwoPerson, 0)

	d = &draft{Policy: ast.Forbid()}
	d.When(d.maybe(attrApprover, func(by ast.Node) ast.Node { return by.Equal(d.principal(attrName)) }))
	b.add(d, authz.GuardApproval, "", hasApproval)

	d = &draft{Policy: ast.Forbid()}
	d.PrincipalIn(uidOfRole(authz.RoleAdmin))
	d.needs |= needGroups
	d.Unless(d.approved())
	b.add(d, authz.GuardAdmin, authz.GuardAdmin, isAdmin)

	if b.settings.Strict {
		d = &draft{Policy: ast.Forbid()}
		d.PrincipalIn(uidOfRole(authz.RoleAuditor))
		d.needs |= needGroups
		d.When(ast.Principal().In(ast.Value(uidOfRole(authz.RoleAdmin))).Or(ast.Principal().In(ast.Value(uidOfRole(authz.RoleOperator)))))
		b.add(d, authz.GuardDuties, authz.GuardDuties, isAuditor)
	}
}

// permits adds the built-in permissions.
func (b *builder) permits() {
	d := &draft{Policy: ast.Permit()}
	d.PrincipalIs(moduleType())
	d.When(d.isGranted())
	b.add(d, authz.OwnManifest, authz.OwnManifest, isModule)

	d = &draft{Policy: ast.Permit()}
	d.When(d.resource(attrOwner).Equal(d.principal(attrName)))
	b.add(d, authz.OwnThings, authz.OwnThings, 0)
}

// bundledGuard returns the guard of one bundled role.
func bundledGuard(path authz.Path) *rule {
	d := &draft{Policy: ast.Forbid()}
	d.ActionEq(uidOfAction("role:edit"))
	d.ResourceEq(uidOfPath(path))
	var on bitset
	for i, a := range authz.Actions() {
		if a.Name == "role:edit" {
			on.add(i)
		}
	}
	return d.done(authz.GuardBundled, 0, on)
}

// held returns the facts of a role that guard rails ask for.
func held(role string) facts {
	switch role {
	case authz.RoleAdmin:
		return isAdmin
	case authz.RoleAuditor:
		return isAuditor
	}
	return 0
}

// guardRoles are the roles that guard rails ask for.
var guardRoles = [...]string{authz.RoleAdmin, authz.RoleAuditor, authz.RoleOperator}
