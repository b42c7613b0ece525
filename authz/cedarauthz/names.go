package cedarauthz

import (
	"github.com/cedar-policy/cedar-go/types"

	"github.com/modreg/modreg/authz"
)

// The types of entities: principals are in the namespace Who, resources in On.
const (
	typeAction = types.EntityType("Action")
	typeGroup  = types.EntityType("Who::Group")
	typeRole   = types.EntityType("Who::Role")
	typeState  = types.EntityType("Who::State")
)

// The kinds of principals, in the order of their bits in facts.
var principalKinds = [...]struct {
	kind string
	uid  types.EntityType
}{
	{authz.User, "Who::User"},
	{authz.Service, "Who::Service"},
	{authz.Module, "Who::Module"},
	{authz.Node, "Who::Node"},
	{authz.System, "Who::System"},
}

// resourceTypes are the types of resources, one for each of [authz.Kinds].
var resourceTypes = [...]struct {
	kind string
	uid  types.EntityType
}{
	{authz.KindFleet, "On::Fleet"},
	{authz.KindNode, "On::Node"},
	{authz.KindNamespace, "On::Namespace"},
	{authz.KindModule, "On::Module"},
	{authz.KindVersion, "On::Version"},
	{authz.KindInstance, "On::Instance"},
	{authz.KindSecret, "On::Secret"},
	{authz.KindRole, "On::Role"},
	{authz.KindPrincipal, "On::Principal"},
	{authz.KindToken, "On::Token"},
	{authz.KindPolicy, "On::Policy"},
	{authz.KindIncident, "On::Incident"},
	{authz.KindKey, "On::Key"},
	{authz.KindTrust, "On::Trust"},
	{authz.KindCompliance, "On::Compliance"},
	{authz.KindAudit, "On::Audit"},
	{authz.KindBackup, "On::Backup"},
	{authz.KindConfig, "On::Config"},
}

// The attributes of entities and of the context.
const (
	attrName        = types.String("name")    // of principals: kind, slash, identifier
	attrModules     = types.String("modules") // of modules: what was granted to them
	attrSecrets     = types.String("secrets")
	attrQuarantined = types.String("quarantined") // of resources
	attrTrust       = types.String("trust")
	attrEnvironment = types.String("environment")
	attrDataClasses = types.String("data_classes")
	attrOwner       = types.String("owner")
	attrNow         = types.String("now") // of the context
	attrWeekday     = types.String("weekday")
	attrMinute      = types.String("minute")
	attrAddress     = types.String("address")
	attrMFAAge      = types.String("mfa_age") // milliseconds
	attrApprover    = types.String("approver")
	attrTokenAllows = types.String("token_allows")
)

func uidOfAction(name string) types.EntityUID {
	return types.NewEntityUID(typeAction, types.String(name))
}

func moduleType() types.EntityType { return principalKinds[2].uid }

func uidOfRole(name string) types.EntityUID { return types.NewEntityUID(typeRole, types.String(name)) }

// uidOfSubject returns the entity of a principal or group.
func uidOfSubject(s authz.Subject) types.EntityUID {
	for i := range principalKinds {
		if principalKinds[i].kind == s.Kind {
			return types.NewEntityUID(principalKinds[i].uid, types.String(s.ID))
		}
	}
	return types.NewEntityUID(typeGroup, types.String(s.ID))
}

// uidOfPath returns the entity of a resource.
func uidOfPath(p authz.Path) types.EntityUID {
	id := types.String(p.ID)
	if p.ID == "" {
		id = types.String(p.Kind)
	}
	return types.NewEntityUID(typeOfKind(p.Kind), id)
}

func typeOfKind(kind string) types.EntityType {
	for i := range resourceTypes {
		if resourceTypes[i].kind == kind {
			return resourceTypes[i].uid
		}
	}
	return ""
}

// disabled is the entity that disabled principals are in.
func disabled() types.EntityUID { return types.NewEntityUID(typeState, "disabled") }
