// Package capability is the data model of what a module provides and needs,
// and the one matcher between the two.
//
// A [Capability] is an [ID], a version and typed attributes ([Attrs] of
// [Value]). A [Requirement] is an ID, a range of versions and a [Filter] over
// attributes. [Requirement.Matches] answers whether the one satisfies the
// other; discovery, resolution, lookup and workflow steps ask nothing else.
//
// The package promises:
//
//   - Everything is an immutable value. Nothing here does I/O, locks, or keeps
//     state, and every function is safe for concurrent use.
//   - Text and JSON from outside are checked once, by a grammar with a limit
//     for each part. No input panics; errors are a [*SyntaxError].
//   - Canonical forms: equal values have one JSON form (RFC 8785), and the
//     text of a filter or requirement parses back to the same text.
//   - Matching allocates nothing.
//
// # Names
//
// A name is 1 to 128 bytes of a-z and 0-9, with single '.', '-' and '_'
// between letters or digits; a module name may also hold '/' in the same
// places. See [CheckName] and [ParseID]. The module <name> is itself the
// capability "module/<name>".
//
// # Filters
//
// The grammar, in EBNF; white space may stand between tokens:
//
//	filter     = [ or ] .                          (* empty: matches everything *)
//	or         = and { "or" and } .
//	and        = unary { "and" unary } .
//	unary      = "not" unary | "(" or ")" | predicate .
//	predicate  = "exists" name | "exists" "(" name ")"
//	           | name compare literal
//	           | name "in" "[" scalar { "," scalar } "]" .
//	compare    = "=" | "!=" | "<" | "<=" | ">" | ">=" .
//	literal    = scalar | "[" [ string { "," string } ] "]" .
//	scalar     = string | integer | "true" | "false" | version .
//	string     = '"' { character | "\\" ( '"' | "\\" | "n" | "t" | "u" 4 hex ) } '"' .
//	integer    = [ "-" ] ( "0" | digit of 1-9 { digit } ) .   (* within ±2^53-1 *)
//	version    = "v" string .                      (* a semantic version *)
//
// The words and, or, not, exists, in, true and false are reserved and cannot
// be the name of an attribute in a filter.
//
// What a filter means:
//
//   - A comparison with an attribute that is absent, or of another kind than
//     the literal, is false. This holds for != too.
//   - not is plain negation, so `not lang = "en"` is true where lang is absent
//     and `lang != "en"` is false there.
//   - Strings are ordered by bytes, versions by precedence: build metadata is
//     ignored, and dropped from a version literal.
//   - On a set, = "x" asks whether it contains x, != "x" whether it does not,
//     = ["a", "b"] and != ["a", "b"] compare whole sets, and in ["a", "b"]
//     asks whether any listed element is there. No set is less or greater.
//   - Otherwise in asks whether the value is listed. The list has one kind.
//
// Limits of a filter: 4096 bytes, as written and in canonical form, 32 levels
// of not and parentheses, 256 nodes, 256 literals in a list.
//
// # Requirements
//
// The text of a requirement is an ID, a range, and a filter:
//
//	text.process
//	text.process>=1
//	text.process@1.2.x
//	text.process >=1 <3 || ^5
//	module/upper ^1 where lang = "en"
//
// See [ParseRequirement]. Ranges are those of the package semver. Next:
// package manifest declares capabilities, package resolve satisfies
// requirements.
package capability
