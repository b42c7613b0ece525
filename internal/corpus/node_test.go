package corpus

import (
	"errors"
	"strings"
	"testing"
)

func TestReadNode(t *testing.T) {
	t.Parallel()
	got, err := ReadNode(strings.NewReader(`{
		"@scope/app": {
			"1.10.0": {"dependencies": {"fs": "^1.2", "z": "1.x || >=3", "opt": "*"}, "optionalDependencies": {"opt": "~2.0"}, "description": "skipped"},
			"1.9.0": {"peerDependencies": {"host": ">=2"}, "conflicts": {"rival": "<2"}, "provides": {"tool": "1.0.0"}},
			"1.10.0-rc.1": {}
		},
		"z": {"1.0.0+b": {}, "1.0.0+a": {}}
	}`))
	const want = `
@scope/app@1.9.0
  + module/tool @1.0.0
  needs module/host >=2.0.0
  forbids module/rival <2.0.0
@scope/app@1.10.0-rc.1
@scope/app@1.10.0
  needs module/fs >=1.2.0 <2.0.0
  needs module/z >=1.0.0 <2.0.0 || >=3.0.0
  likes module/opt >=2.0.0 <2.1.0
z@1.0.0+a
z@1.0.0+b
`
	if text := describe(got); err != nil || text != want[1:] {
		t.Errorf("got\n%swant%s%v", text, want, err)
	}
}

func TestReadNode_errors(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{`:                    `node json: unexpected end of JSON input`,
		`{"a": {"v1": {}}}`:    `node json, a: parse "v1": `,
		`{"a": {"1.0.0": []}}`: `node json: json: cannot unmarshal array`,
		`{"a": {"1.0.0": {"dependencies": {"b": "git+ssh://b"}}}}`: `node json, a@1.0.0: parse "git+ssh://b": `,
		`{"a": {"1.0.0": {"provides": {"b": "^1"}}}}`:              `node json, a@1.0.0: parse "^1": `,
	} {
		_, err := ReadNode(strings.NewReader(text))
		if !errors.As(err, new(*FormatError)) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
