// Package authz says who may do what: the one registry of actions, the tree of resources, roles and their bindings, the
// guard rails that no role gets past, and the rules for whoever changes any of it.
//
// A [Policy] is the whole of it: custom roles, bindings of roles to principals and groups on parts of the tree, and
// forbids. A [Request] is one principal, one action, one resource and the circumstances. The decision is simple on
// purpose, and the same whichever [Authorizer] takes it:
//
//   - A request with anything unknown or malformed in it is denied.
//   - If a guard rail (see [GuardRails]) or a forbid applies, the request is denied, whatever is bound to whom.
//   - If a binding gives the action on the resource and its conditions hold, or one of the two built-in permissions
//     does (see [OwnManifest] and [OwnThings]), the request is allowed.
//   - Everything else is denied.
//
// [Reference] decides in plain Go, reads every binding, and is the definition of what is right; it also explains
// ([Reference.Explain]). Package cedarauthz beside this one compiles a policy to Cedar and decides in microseconds; it is
// tested against Reference.
//
// A change of the policy or of the accounts is judged by [CheckChange], on what would be after it: nobody gives
// what they lack, nobody gives to themselves, somebody remains who can administer, and duties stay separate.
//
// The package does no I/O, reads no clock and keeps no state; all its functions are safe for concurrent use, and its
// values are as long as nobody writes to them.
package authz
