// Package authztest is the contract of [authz.Authorizer]: a suite that every implementation runs, and random policies and requests for
// further tests.
//
// [Run] compares an implementation with [authz.Reference], decision by decision and policy by policy, on a generated matrix of roles, actions
// and scopes, and on random policies and requests. The seed of what fails is in the message.
package authztest
