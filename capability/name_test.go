package capability_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/modreg/modreg/capability"
)

// wantFault checks that err is a *SyntaxError at the offset with a text that
// holds want, or nil if want is empty.
func wantFault(t *testing.T, err error, offset int, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Fatalf("unexpected error: %v", err)
		}
		return
	}
	e, ok := errors.AsType[*capability.SyntaxError](err)
	if !ok {
		t.Fatalf("error %v (%T), want a *SyntaxError with %q", err, err, want)
	}
	if e.Offset != offset || !strings.Contains(e.Error(), want) {
		t.Fatalf("error %q at %d, want %q at %d", e.Error(), e.Offset, want, offset)
	}
}

func TestCheckName(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, want string
		offset     int
	}{
		{name: "a"},
		{name: "0"},
		{name: "text.process"},
		{name: "a-b_c.d0"},
		{name: "acme/tools/upper"},
		{name: strings.Repeat("a", 128)},

		{"", "is empty", 0},
		{strings.Repeat("a", 129), "is 129 bytes long, at most 128", 128},
		{"Text.Process", `'T' is upper case, write "text.process"`, 0},
		{"text.Process", `'P' is upper case, write "text.process"`, 5},
		{"Text Process", `'T' is upper case`, 0},
		{"text process", `' ' is not allowed`, 4},
		{"a..b", `'.' must follow a letter or digit`, 2},
		{"a._b", `'_' must follow`, 2},
		{".a", `'.' must follow`, 0},
		{"a-", `ends with '-'`, 1},
		{"/a", `'/' must follow`, 0},
		{"a//b", `'/' must follow`, 2},
		{"a/", `ends with '/'`, 1},
		{"a./b", `'/' must follow`, 2},
		{"a/.b", `'.' must follow`, 2},
		{"a@1", `'@' is not allowed`, 1},
		{"naïve", `'ï' is not ASCII`, 2},
		{"a\xff", `byte 0xff is not ASCII`, 1},
		{"a\x00", `'\x00' is not allowed`, 1},
	} {
		wantFault(t, capability.CheckName(tt.name), tt.offset, tt.want)
	}
}

func TestParseID(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		id     capability.ID
		want   string
		offset int
	}{
		{text: "text.process", id: capability.ID{Name: "text.process"}},
		{text: "acme/text", id: capability.ID{Namespace: "acme", Name: "text"}},
		{text: "module", id: capability.ID{Name: "module"}},
		{text: "module/upper", id: capability.ID{Namespace: "module", Name: "upper"}},
		{text: "module/acme/upper", id: capability.ID{Namespace: "module", Name: "acme/upper"}},
		{text: "module/" + strings.Repeat("a", 128), id: capability.ID{Namespace: "module", Name: strings.Repeat("a", 128)}},
		{text: "a/" + strings.Repeat("a", 126), id: capability.ID{Namespace: "a", Name: strings.Repeat("a", 126)}},

		{text: "", want: "is empty"},
		{text: "/a", want: `namespace "": is empty`},
		{text: "a/", want: "is empty", offset: 2},
		{text: "module/", want: "is empty", offset: 7},
		{text: "acme/a/b", want: `holds a second '/', which only the namespace "module" allows`, offset: 6},
		{text: "Acme/a", want: `namespace "Acme": 'A' is upper case, write "acme"`},
		{text: "acme/A", want: `'A' is upper case, write "a"`, offset: 5},
		{text: "module/a//b", want: "'/' must follow", offset: 9},
		{text: "module/" + strings.Repeat("a", 129), want: "is 129 bytes long", offset: 135},
		{text: "a/" + strings.Repeat("a", 127), want: "is 129 bytes long", offset: 128},
		{text: strings.Repeat("a", 129), want: "is 129 bytes long", offset: 128},
	} {
		id, err := capability.ParseID(tt.text)
		wantFault(t, err, tt.offset, tt.want)
		if id != tt.id {
			t.Errorf("ParseID(%q) = %+v, want %+v", tt.text, id, tt.id)
		}
		if err == nil && (id.String() != tt.text || id.Check() != nil) {
			t.Errorf("ParseID(%q): text %q, check %v", tt.text, id.String(), id.Check())
		}
	}
}

func TestIDCheck_refusesWhatParsesAsAnotherID(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		id     capability.ID
		want   string
		offset int
	}{
		{capability.ID{}, "is empty", 0},
		{capability.ID{Name: "a/b"}, "a name without a namespace holds no '/'", 1},
		{capability.ID{Namespace: "module/a", Name: "b"}, "a namespace holds no '/'", 6},
		{capability.ID{Namespace: "acme", Name: "a/b"}, "holds a second '/'", 6},
		{capability.ID{Namespace: "acme"}, "is empty", 5},
		{capability.ID{Name: "A"}, "upper case", 0},
	} {
		wantFault(t, tt.id.Check(), tt.offset, tt.want)
		wantFault(t, capability.Capability{ID: tt.id}.Check(), tt.offset, tt.want)
		wantFault(t, capability.Requirement{ID: tt.id}.Check(), tt.offset, tt.want)
	}
}

func TestCheckName_moduleNamesMakeIDs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a", "acme/upper", strings.Repeat("a", 128), "x/" + strings.Repeat("b", 126)} {
		if err := capability.CheckName(name); err != nil {
			t.Fatal(err)
		}
		id := capability.ID{Namespace: capability.ModuleNamespace, Name: name}
		if err := id.Check(); err != nil {
			t.Errorf("module %q has no ID: %v", name, err)
		}
	}
}

func TestSyntaxError_shortensTheInput(t *testing.T) {
	t.Parallel()
	err := capability.CheckName(strings.Repeat("ä", 500))
	e, _ := errors.AsType[*capability.SyntaxError](err)
	if len(e.Input) > 80 || !strings.HasSuffix(e.Input, "ä…") {
		t.Errorf("input %q", e.Input)
	}
}
