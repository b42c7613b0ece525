// Package manifest reads and checks the description of a module: what it is
// called, what it provides and needs, and what it may touch.
//
// A [Manifest] is the document as a person writes it, plain text and numbers.
// [Parse] reads one from JSON, the package yamlmanifest from modreg.yaml, and
// a Go program writes it as a struct literal. [Check] is the one gate behind
// all three: it returns a [Checked], where every field is parsed, with the
// canonical bytes that are signed and their [Digest].
//
// The package promises:
//
//   - One value, one digest. Whatever way a manifest was written, and however
//     its defaults, versions, ranges, filters and durations were spelled, the
//     same meaning has the same canonical bytes. These are RFC 8785 JSON with
//     every field left out that has its default; the order of lists counts.
//   - Nothing is guessed. Unknown, repeated and differently cased names, null,
//     inexact integers and text that is not UTF-8 are refused, with the place
//     and, where there is a likely one, the fix.
//   - Limits for everything (see [MaxSize] and its neighbours), and no panic
//     whatever the input.
//   - No I/O, no state: every function is safe for concurrent use.
//
// [Schema] is the published JSON Schema of the document, [DecodeStrict] the
// strict reader for any Go type, and [Canonicalise] the canonical form of any
// JSON. Package jsonschema beside this one validates configuration against
// [Manifest.ConfigSchema]; package resolve decides which modules fit together.
package manifest
