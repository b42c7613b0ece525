package cedarauthz

import (
	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/ast"
	"github.com/cedar-policy/cedar-go/types"
)

// A rule is one policy with what the index knows of it.
type rule struct {
	id     string
	policy *cedar.Policy
	shape  string // what the validator looks at
	needs  needs  // what the policy reads
	facts  facts  // what must be true of a request for its head to match
	on     bitset // the actions that its head matches
	idle   bool   // no action can be done where it is bound: it never applies
}

// needs are the parts of a request that policies read. Others are not made for the engine.
type needs uint32

const (
	needGroups needs = 1 << iota // what the principal is in
	needName
	needGranted
	needPlaces // what the resource is in
	needQuarantined
	needTrust
	needEnvironment
	needDataClasses
	needOwner
	needLabels
	needNow
	needHours
	needAddress
	needMFAAge
	needApprover
	needToken

	needsAll       = 1<<16 - 1
	needsPrincipal = needName | needGranted
	needsResource  = needQuarantined | needTrust | needEnvironment | needDataClasses | needOwner
	needsContext   = needNow | needHours | needAddress | needMFAAge | needApprover | needToken
)

// facts are what is true of a request: its kind of principal, in the order of principalKinds, and more.
type facts uint16

const (
	isModule facts = 1 << 2 // as in principalKinds

	isDisabled facts = 1 << (iota + 7)
	isAdmin
	isAuditor
	hasToken
	hasApproval
)

// bitset is a set of actions, by their place in the registry.
type bitset [2]uint64

func (b *bitset) add(i int)      { b[i/64] |= 1 << (i % 64) }
func (b *bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

// A draft is a policy in the making, with what it reads.
type draft struct {
	*ast.Policy
	needs needs
}

// done compiles the draft.
func (d *draft) done(id string, f facts, on bitset) *rule {
	d.Annotate("id", types.String(id))
	policy := cedar.NewPolicyFromAST(d.Policy)
	return &rule{id: id, policy: policy, shape: shapeOf(policy), needs: d.needs, facts: f, on: on}
}

// The reads of attributes, each noted.

func (d *draft) principal(attr types.String) ast.Node {
	switch attr {
	case attrName:
		d.needs |= needName
	default:
		d.needs |= needGranted
	}
	return ast.Principal().Access(attr)
}

func (d *draft) resource(attr types.String) ast.Node {
	switch attr {
	case attrQuarantined:
		d.needs |= needQuarantined
	case attrTrust:
		d.needs |= needTrust
	case attrEnvironment:
		d.needs |= needEnvironment
	case attrDataClasses:
		d.needs |= needDataClasses
	default:
		d.needs |= needOwner
	}
	return ast.Resource().Access(attr)
}

// always reads an attribute that every context has.
func (d *draft) always(attr types.String) ast.Node {
	if attr == attrNow {
		d.needs |= needNow
	} else {
		d.needs |= needHours
	}
	return ast.Context().Access(attr)
}

// maybe reads an attribute that a context may lack: the condition does not hold without it.
func (d *draft) maybe(attr types.String, cond func(ast.Node) ast.Node) ast.Node {
	switch attr {
	case attrAddress:
		d.needs |= needAddress
	case attrMFAAge:
		d.needs |= needMFAAge
	case attrApprover:
		d.needs |= needApprover
	default:
		d.needs |= needToken
	}
	return ast.Context().Has(attr).And(cond(ast.Context().Access(attr)))
}

// approved holds if somebody else approved the request.
func (d *draft) approved() ast.Node {
	return d.maybe(attrApprover, func(by ast.Node) ast.Node { return by.NotEqual(d.principal(attrName)) })
}

// isGranted holds if the resource is in what was granted to the module.
func (d *draft) isGranted() ast.Node {
	d.needs |= needPlaces
	return ast.Resource().In(d.principal(attrModules)).Or(ast.Resource().In(d.principal(attrSecrets)))
}
