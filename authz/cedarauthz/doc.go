// Package cedarauthz decides what package authz defines, with the Cedar language and its engine cedar-go.
//
// [Authorizer.Load] compiles an [authz.Policy]: each binding, forbid and guard rail becomes one Cedar policy, which [Authorizer.Text]
// shows together with the schema. The policies are checked against the schema and against decisions that must not come out
// otherwise before they replace the ones in force; if anything is wrong with them, the last good ones stay.
//
// The engine evaluates every policy of a set for every request. This package therefore keeps the policies in an index, by action,
// by whom they are for and where they are bound, and hands the engine only those whose head can match the request. The policies
// mean the same without the index, and a test compares the two.
//
// The engine skips a policy that it cannot evaluate. A forbid that is skipped would allow, so that here any error of
// any policy denies the request; so does a request before the first policy is loaded.
package cedarauthz
