package manifest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
)

// schemaNode is the part of a JSON Schema that describes structure.
type schemaNode struct {
	Ref        string                 `json:"$ref"`
	Type       any                    `json:"type"`
	Properties map[string]*schemaNode `json:"properties"`
	Required   []string               `json:"required"`
	Additional json.RawMessage        `json:"additionalProperties"`
	Items      *schemaNode            `json:"items"`
	MaxItems   int                    `json:"maxItems"`
	MaxLength  int                    `json:"maxLength"`
	MaxProps   int                    `json:"maxProperties"`
	Maximum    int64                  `json:"maximum"`
	Default    any                    `json:"default"`
	Defs       map[string]*schemaNode `json:"$defs"`
}

func readSchema(t *testing.T) *schemaNode {
	t.Helper()
	root := &schemaNode{}
	if err := json.Unmarshal(Schema(), root); err != nil {
		t.Fatal(err)
	}
	return root
}

// resolve follows references within the schema.
func (root *schemaNode) resolve(t *testing.T, n *schemaNode) *schemaNode {
	t.Helper()
	for n != nil && n.Ref != "" {
		n = root.Defs[strings.TrimPrefix(n.Ref, "#/$defs/")]
	}
	if n == nil {
		t.Fatal("a reference leads nowhere")
	}
	return n
}

func TestSchema_isStrictJSON(t *testing.T) {
	t.Parallel()
	if _, err := Canonicalise(Schema()); err != nil {
		t.Error(err)
	}
	Schema()[0] = 'x'
	if Schema()[0] != '{' {
		t.Error("a caller changed the schema of the others")
	}
}

func TestSchema_hasTheFieldsOfManifest(t *testing.T) {
	t.Parallel()
	root := readSchema(t)
	compareNode(t, root, root, reflect.TypeFor[Manifest](), "manifest")
}

// compareNode checks that a schema and a Go type describe the same structure.
func compareNode(t *testing.T, root, n *schemaNode, typ reflect.Type, path string) {
	t.Helper()
	n = root.resolve(t, n)
	switch typ.Kind() {
	case reflect.Pointer:
		compareNode(t, root, n, typ.Elem(), path)
	case reflect.Map:
		if typ.Elem() == reflect.TypeFor[capability.Value]() {
			return
		}
		var values schemaNode
		if err := json.Unmarshal(n.Additional, &values); err != nil {
			t.Errorf("%s: no schema for its values: %v", path, err)
		}
		compareNode(t, root, &values, typ.Elem(), path+".*")
	case reflect.Slice:
		if typ == reflect.TypeFor[json.RawMessage]() {
			return
		}
		if n.Type != "array" || n.Items == nil || n.MaxItems == 0 {
			t.Errorf("%s: no array with limit", path)
			return
		}
		compareNode(t, root, n.Items, typ.Elem(), path+"[]")
	case reflect.Struct:
		compareStruct(t, root, n, typ, path)
	default:
		want := map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "integer", reflect.Int64: "integer"}[typ.Kind()]
		if n.Type != want && n.Type != nil {
			t.Errorf("%s: type %v, want %v", path, n.Type, want)
		}
	}
}

func compareStruct(t *testing.T, root, n *schemaNode, typ reflect.Type, path string) {
	t.Helper()
	if string(n.Additional) != "false" {
		t.Errorf("%s is open", path)
	}
	var required []string
	for sf := range typ.Fields() {
		tag := sf.Tag.Get("json")
		if !strings.Contains(tag, ",") {
			required = append(required, tag)
		}
	}
	slices.Sort(required)
	if got := slices.Sorted(slices.Values(n.Required)); !slices.Equal(got, required) {
		t.Errorf("%s requires %v, want %v", path, got, required)
	}
	known := fieldsOf(typ)
	if got := slices.Sorted(maps.Keys(n.Properties)); !slices.Equal(got, known.names) {
		t.Errorf("%s has %v, want %v", path, got, known.names)
		return
	}
	for name, f := range known.byName {
		compareNode(t, root, n.Properties[name], f.typ, path+"."+name)
	}
}

func TestSchema_hasTheLimitsOfCheck(t *testing.T) {
	t.Parallel()
	root := readSchema(t)
	provision := root.Defs["provision"]
	contract := provision.Properties["contract"]
	for name, got := range map[string]int{
		"MaxDescription":   root.Properties["description"].MaxLength - MaxDescription,
		"MaxLicence":       root.Properties["license"].MaxLength - MaxLicence,
		"MaxProvides":      root.Properties["provides"].MaxItems - MaxProvides,
		"MaxRequires":      root.Properties["requires"].MaxItems - MaxRequires,
		"MaxMetadata":      root.Properties["metadata"].MaxProps - MaxMetadata,
		"MaxAttributes":    provision.Properties["attributes"].MaxProps - MaxAttributes,
		"MaxOperations":    contract.Properties["operations"].MaxItems - MaxOperations,
		"MaxListed":        root.Defs["permissions"].Properties["calls"].MaxItems - MaxListed,
		"MaxText":          root.Defs["filePermission"].Properties["path"].MaxLength - MaxText,
		"MaxCount":         int(root.Defs["count"].Maximum - MaxCount),
		"MaxInteger":       int(root.Defs["bytes"].Maximum - MaxInteger),
		"operation":        root.Defs["operation"].Properties["name"].MaxLength - maxOperation,
		"MaxMetadataValue": strings.Count(string(root.Properties["metadata"].Additional), `"maxLength": 1024`)*MaxMetadataValue - 1024,
	} {
		if got != 0 {
			t.Errorf("%s differs by %d", name, got)
		}
	}
	for name, got := range map[string][2]any{
		"runtime": {root.Properties["runtime"].Default, DefaultRuntime},
		"start":   {root.Properties["start"].Default, StartLazy},
		"version": {provision.Properties["version"].Default, DefaultVersion},
		"range":   {root.Defs["requirement"].Properties["range"].Default, DefaultRange},
	} {
		if got[0] != got[1] {
			t.Errorf("the default of %s is %v, want %v", name, got[0], got[1])
		}
	}
}
