package main

import (
	"strings"
	"testing"

	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
)

const before = `syntax = "proto3";
package p.v1;
import "google/protobuf/duration.proto";
option go_package = "example.com/p;p";
service S {
  rpc Get(GetRequest) returns (GetResponse) {
    option idempotency_level = NO_SIDE_EFFECTS;
  }
  rpc Watch(GetRequest) returns (stream GetResponse);
}
message GetRequest {
  string name = 1;
  int32 size = 2;
  repeated string words = 3;
  oneof at {
    uint64 seq = 4;
    string time = 5;
  }
  map<string, string> labels = 6;
  google.protobuf.Duration wait = 7;
  message Inner { bool on = 1; }
  Inner inner = 8;
}
message GetResponse { Colour colour = 1; }
enum Colour {
  COLOUR_UNSPECIFIED = 0;
  COLOUR_RED = 1;
}
`

// compileText compiles one file.
func compileText(t *testing.T, text string) linker.Files {
	t.Helper()
	files, err := compileWith(t.Context(), []string{"p/v1/p.proto"}, func(string) (protocompile.SearchResult, error) {
		return protocompile.SearchResult{Source: strings.NewReader(text)}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestBreaks(t *testing.T) {
	t.Parallel()
	data, err := encode(compileText(t, before), false)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, old, new string
		want           string // empty if nothing is broken
	}{
		{"nothing", "", "", ""},
		{"field added", "string name = 1;", "string name = 1; string more = 20;", ""},
		{"value added", "COLOUR_RED = 1;", "COLOUR_RED = 1; COLOUR_BLUE = 2;", ""},
		{"RPC added", "rpc Watch", "rpc New(GetRequest) returns (GetResponse); rpc Watch", ""},
		{"field reordered", "string name = 1;\n  int32 size = 2;", "int32 size = 2;\n  string name = 1;", ""},
		{"field removed", "string name = 1;", "", "p.v1.GetRequest.name was published: the field must stay"},
		{"field removed and reserved", "string name = 1;", "reserved 1; reserved \"name\";", "p.v1.GetRequest.name"},
		{"field renumbered", "string name = 1;", "string name = 9;", "p.v1.GetRequest.name"},
		{"field renamed", "string name = 1;", "string title = 1;", "p.v1.GetRequest.name"},
		{"another type", "int32 size = 2;", "int64 size = 2;", `"int64" now, and was "int32"`},
		{"another message", "google.protobuf.Duration wait", "Inner wait", "p.v1.GetRequest.wait"},
		{"another map", "map<string, string>", "map<string, int32>", "p.v1.GetRequest.labels"},
		{"no longer a list", "repeated string words", "string words", "p.v1.GetRequest.words"},
		{"out of the oneof", "oneof at {\n    uint64 seq = 4;\n    string time = 5;\n  }", "uint64 seq = 4; string time = 5;", "p.v1.GetRequest.seq"},
		{"presence", "int32 size = 2;", "optional int32 size = 2;", "p.v1.GetRequest.size"},
		{"JSON name", "int32 size = 2;", `int32 size = 2 [json_name = "len"];`, "p.v1.GetRequest.size"},
		{"inner field", "message Inner { bool on = 1; }", "message Inner { bool off = 1; }", "p.v1.GetRequest.Inner.on"},
		{"value removed", "COLOUR_RED = 1;", "", "COLOUR_RED"},
		{"value renumbered", "COLOUR_RED = 1;", "COLOUR_RED = 2;", "COLOUR_RED"},
		{"value renamed", "COLOUR_RED = 1;", "COLOUR_ROSE = 1;", "COLOUR_RED"},
		{"RPC removed", "rpc Watch(GetRequest) returns (stream GetResponse);", "", "p.v1.S.Watch was published: the RPC must stay"},
		{"RPC streams", "rpc Get(GetRequest) returns (GetResponse)", "rpc Get(GetRequest) returns (stream GetResponse)", "p.v1.S.Get"},
		{"another request", "rpc Get(GetRequest)", "rpc Get(GetResponse)", "p.v1.S.Get"},
		{"another response", "rpc Get(GetRequest) returns (GetResponse)", "rpc Get(GetRequest) returns (GetRequest)", "p.v1.S.Get"},
		{"not idempotent", "option idempotency_level = NO_SIDE_EFFECTS;", "", "p.v1.S.Get"},
		{"message becomes enum", "message Inner { bool on = 1; }", "enum Inner { INNER_UNSPECIFIED = 0; }", "p.v1.GetRequest.Inner"},
		{"service removed", "service S {", "service T {", "p.v1.S was published: it must stay"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			published, err := decode(data)
			if err != nil {
				t.Fatal(err)
			}
			after := strings.Replace(before, tt.old, tt.new, 1)
			if after == before && tt.want != "" {
				t.Fatal("the test changes nothing")
			}
			err = breaks(published, compileText(t, after))
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("it is refused: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want one about %q", err, tt.want)
			}
		})
	}
}

func TestDecode_refusesWhatIsNoAPI(t *testing.T) {
	t.Parallel()
	if _, err := decode([]byte("no API")); err == nil {
		t.Error("it was read")
	}
}

func TestRoutesOf_refusesRulesThatDoNotFit(t *testing.T) {
	t.Parallel()
	text := func(option string) string {
		return strings.Replace(before, "option idempotency_level = NO_SIDE_EFFECTS;", option, 1)
	}
	_, err := routesOf(compileText(t, text("")))
	if err == nil || !strings.Contains(err.Error(), "p.v1.S.Get has no rule") || !strings.Contains(err.Error(), "p.v1.S.Watch has no rule") {
		t.Errorf("got %v, want the two RPCs", err)
	}
	md := compileText(t, before)[0].Messages().ByName("GetRequest")
	for _, path := range []string{"nothing", "size", "words", "inner", "inner.on", "name.more", "labels", "wait.nothing"} {
		if checkField(md, path) == nil {
			t.Errorf("%q was taken for the name of a resource", path)
		}
	}
	for _, path := range []string{"", "name", "time"} {
		if err := checkField(md, path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
	if err := checkField(md, "inner.on"); err == nil || !strings.Contains(err.Error(), "no text") {
		t.Errorf("got %v", err)
	}
}
