package manifest

import _ "embed" // for the schema

//go:embed manifest.schema.json
var schemaText string

// Schema gives the JSON Schema (draft 2020-12) of the document, for editors and
// other tools; package jsonschema validates with it. It accepts every manifest
// that [Check] accepts, but not the other way round: Check also looks at what a
// schema cannot say. The caller may change the bytes.
func Schema() []byte { return []byte(schemaText) }
