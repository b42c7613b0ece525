package manifest

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modreg/modreg/capability"
)

type strictBase struct {
	ID    int    `json:"id"`
	Owner string `json:"owner"`
}

type strictDoc struct {
	strictBase
	Name     string            `json:"name"`
	On       bool              `json:"on,omitempty"`
	Small    int8              `json:"small"`
	Unsigned uint16            `json:"unsigned"`
	Big      int64             `json:"big"`
	Huge     uint64            `json:"huge"`
	Ratio    float64           `json:"ratio"`
	Single   float32           `json:"single"`
	Tags     []string          `json:"tags"`
	Pair     [2]int            `json:"pair"`
	Labels   map[string]string `json:"labels"`
	ByNumber map[int]string    `json:"byNumber"`
	Next     *strictDoc        `json:"next"`
	Raw      json.RawMessage   `json:"raw"`
	Any      any               `json:"any"`
	When     time.Time         `json:"when"`
	Addr     netip.Addr        `json:"addr"`
	Blob     []byte            `json:"blob"`
	Quoted   int               `json:"quoted,string"`
	Int      *big.Int          `json:"int"`
	Number   json.Number       `json:"number"`
	Hidden   string            `json:"-"`
	Dash     string            `json:"-,"` //nolint:staticcheck // what encoding/json makes of it
	Untagged string
	secret   string
}

func TestDecodeStrict_decodesLikeUnmarshal(t *testing.T) {
	t.Parallel()
	want := strictDoc{
		strictBase: strictBase{ID: 7, Owner: "me"}, Name: "x<&>😀", On: true, Small: -128, Unsigned: 65535,
		Big: -MaxInteger, Huge: MaxInteger, Ratio: 1e-9, Single: 1.5, Tags: []string{"a", ""}, Pair: [2]int{1, 2},
		Labels: map[string]string{"A": "1", "a": "2"}, ByNumber: map[int]string{-1: "x"},
		Next: &strictDoc{Quoted: 3}, Raw: json.RawMessage(`{"x":[null]}`), Any: map[string]any{"x": 1.5},
		When: time.Unix(1e9, 0).UTC(), Addr: netip.MustParseAddr("::1"), Blob: []byte("hello"), Quoted: -4,
		Int: big.NewInt(12), Number: "1.25", Dash: "-", Untagged: "u",
	}
	want.Next.Number = "0"
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got, plain strictDoc
	if err := DecodeStrict(text, &got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if err := json.Unmarshal(text, &plain); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, plain) || got.Name != want.Name || got.Next.Quoted != 3 || got.secret != "" {
		t.Errorf("got %+v\nwant %+v", got, plain)
	}
}

func TestDecodeStrict_refuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"unknown", `{"naem":"x"}`, `json: line 1, column 2: naem: unknown field (did you mean "name"?)`},
		{"unknown in pointer", "{\"next\":\n {\"x\":1}}", `json: line 2, column 3: next.x: unknown field`},
		{"case", `{"Name":"x"}`, `Name: unknown field (write it as "name": names are case-sensitive)`},
		{"case in folded letters", `{"\u212a":1}`, `unknown field`},
		{"escaped name", `{"n\u0061me":"x","name":"y"}`, `name: stands twice in one object`},
		{"hidden", `{"Hidden":"x"}`, `Hidden: unknown field`},
		{"secret", `{"secret":"x"}`, `secret: unknown field`},
		{"embedded by name", `{"strictBase":{}}`, `strictBase: unknown field`},
		{"twice in any", `{"any":{"a":1,"a":1}}`, `any.a: stands twice`},
		{"twice in raw", `{"raw":[{"a":1,"a":1}]}`, `raw[0].a: stands twice`},
		{"twice in map", `{"labels":{"a":"","a":""}}`, `labels.a: stands twice`},
		{"one key twice", `{"byNumber":{"1":"","01":""}}`, `byNumber["01"]: "01" is not a name here`},
		{"type string", `{"name":1}`, `name: a number stands where a string is expected`},
		{"type bool", `{"on":"yes"}`, `on: a string stands where true or false is expected`},
		{"type object", `{"labels":[]}`, `labels: an array stands where an object is expected`},
		{"type array", `{"tags":{}}`, `tags: an object stands where an array is expected`},
		{"type element", `{"tags":["a",true]}`, `tags[1]: true or false stands where a string is expected`},
		{"type number", `{"ratio":"1"}`, `ratio: a string stands where a number is expected`},
		{"type address", `{"addr":{}}`, `addr: an object stands where a string is expected`},
		{"fraction", `{"big":1.0}`, `big: "1.0" is not an integer`},
		{"exponent", `{"big":1e3}`, `big: "1e3" is not an integer`},
		{"int8", `{"small":128}`, `small: "128" is out of range (-128 to 127)`},
		{"uint16", `{"unsigned":-1}`, `unsigned: "-1" is out of range (0 to 65535)`},
		{"int64", `{"big":9007199254740992}`, `is out of range (-9007199254740991 to 9007199254740991)`},
		{"uint64", `{"huge":9007199254740992}`, `is out of range (0 to 9007199254740991)`},
		{"float32", `{"single":1e300}`, `single: is out of range`},
		{"integer in any", `{"any":9007199254740993}`, `any: "9007199254740993" is too large`},
		{"integer in raw", `{"raw":[9007199254740993]}`, `raw[0]: "9007199254740993" is too large`},
		{"array", `{"pair":[1,2,3]}`, `pair[2]: is one too many (at most 2)`},
		{"null string", `{"name":null}`, `name: null is not a value here (leave it out)`},
		{"null element", `{"tags":[null]}`, `tags[0]: null is not a value here`},
		{"null document", `null`, `null is not a value here`},
		{"own text", `{"addr":"1.2.3"}`, `line 1, column 9: addr: `},
		{"own JSON", `{"when":"noon"}`, `line 1, column 9: when: `},
		{"base64", `{"blob":"%"}`, `line 1, column 9: blob: `},
		{"trailing", `{} {}`, `'{' follows the document`},
		{"document", `[]`, `an array stands where an object is expected`},
		{"not JSON", `{"name":nope}`, `name: 'n' stands where a value is expected`},
		{"deep in raw", `{"raw":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `}`, "nested too deeply"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			doc := strictDoc{Name: "before"}
			err := DecodeStrict([]byte(tt.in), &doc)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v\nwant %s", err, tt.want)
			}
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Errorf("the error is a %T", err)
			}
			if !reflect.DeepEqual(doc, strictDoc{Name: "before"}) {
				t.Error("the value changed")
			}
		})
	}
}

func TestDecodeStrict_allowsNullForGoNil(t *testing.T) {
	t.Parallel()
	doc := strictDoc{}
	if err := DecodeStrict([]byte(`{"tags":null,"labels":null,"next":null,"raw":null,"any":null,"int":null,"name":"x"}`), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Name != "x" || doc.Tags != nil || doc.Next != nil {
		t.Errorf("got %+v", doc)
	}
}

func TestDecodeStrict_needsAPointer(t *testing.T) {
	t.Parallel()
	for _, v := range []any{nil, strictDoc{}, (*strictDoc)(nil)} {
		if err := DecodeStrict([]byte(`{}`), v); err == nil {
			t.Errorf("decoded into a %T", v)
		}
	}
}

func TestDecodeStrict_takesAnyType(t *testing.T) {
	t.Parallel()
	var anything any
	if err := DecodeStrict([]byte(`[1]`), &anything); err != nil {
		t.Error(err)
	}
	var list []map[string]float64
	if err := DecodeStrict([]byte(`[{"x":0.5}]`), &list); err != nil || list[0]["x"] != 0.5 {
		t.Error(list, err)
	}
	var channel struct{ C chan int }
	if err := DecodeStrict([]byte(`{"C":1}`), &channel); err == nil {
		t.Error("decoded into a channel")
	}
	var number float64
	if err := DecodeStrict([]byte(`1e308`), &number); err != nil || math.IsInf(number, 0) {
		t.Error(number, err)
	}
}

// Structs in which encoding/json has to choose among fields of one name.
type (
	deepest   struct{ X, Y, Z int }
	left      struct{ deepest }
	leftTwin  struct{ W, X int }
	rightTwin struct {
		W int
		V int `json:"X"`
	}
	shallow struct {
		left
		X string
	}
	twins struct {
		leftTwin
		rightTwin
	}
	named struct {
		deepest `json:"d"`
		*Outer
	}
	Outer     struct{ W, X int }
	Recursive struct {
		*Recursive
		R int
	}
	odd struct {
		A int `json:"a b"`
		B int `json:"\\"` //nolint:staticcheck // what encoding/json makes of it
		C int `json:",omitempty"`
		D int `xml:"e"`
	}
)

func TestFieldsOf_agreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		strictDoc{},
		shallow{},
		twins{},
		named{},
		odd{C: 1},
		left{},
		Recursive{},
		Manifest{},
		struct{ time.Time }{},
	} {
		typ := reflect.TypeOf(v)
		var members map[string]json.RawMessage
		if text, err := json.Marshal(allSet(typ)); err != nil {
			t.Fatal(err)
		} else if json.Unmarshal(text, &members) != nil {
			continue // a type that writes itself
		}
		want := slices.Sorted(maps.Keys(members))
		if got := fieldsOf(typ).names; !slices.Equal(got, want) {
			t.Errorf("%v: got %v, want %v", typ, got, want)
		}
	}
}

// allSet makes a value whose fields all differ from the zero value, so that
// encoding/json writes every one.
func allSet(t reflect.Type) any {
	v := reflect.New(t).Elem()
	fill(v, 2)
	return v.Interface()
}

func fill(v reflect.Value, depth int) {
	switch {
	case v.Type() == reflect.TypeFor[json.RawMessage]():
		v.SetBytes([]byte("{}"))
		return
	case v.Type() == reflect.TypeFor[json.Number]():
		v.SetString("1")
		return
	case v.Type() == reflect.TypeFor[capability.Value]():
		v.Set(reflect.ValueOf(capability.Bool(true)))
		return
	case depth < 0 || !v.CanSet():
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, field := range v.Fields() {
			fill(field, depth)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth-1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth-1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key := reflect.New(v.Type().Key()).Elem()
		value := reflect.New(v.Type().Elem()).Elem()
		fill(value, depth-1)
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1)
	default:
		if v.CanInt() {
			v.SetInt(1)
		} else if v.CanUint() {
			v.SetUint(1)
		}
	}
}
