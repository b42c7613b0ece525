// Package jsonschema validates the configuration of modules against the JSON
// Schema in their manifests, and manifests against the published schema.
//
// A [Validator] reads schemas of the drafts 2020-12 (the default), 2019-09 and
// 7. It trusts neither schema nor value:
//
//   - Both are read as strictly as [manifest.DecodeStrict] reads, with its
//     limits of size and depth.
//   - Nothing is loaded: a reference leads into the same document, to an $id in
//     it, or to one of the drafts' own schemas.
//   - Regular expressions are those of Go (RE2): no look-around and no
//     backreference, and no expression that takes exponential time. Their size
//     is limited, alone and together.
//   - Every validation has a budget of steps, so that no schema, however its
//     parts multiply, takes more than about a second.
//   - $dynamicRef, $recursiveRef and own vocabularies, which no configuration
//     needs, are refused.
//
// The format keyword is checked, not only noted. Errors are of type *[Error]
// and list what is wrong at which path; they never repeat a value of the
// configuration, because that may be a secret.
//
// The validation itself is done by github.com/santhosh-tekuri/jsonschema/v6.
package jsonschema
