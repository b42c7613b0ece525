package corpus

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

const sampleControl = `# two packages
Package: cups
Version: 2.4.2-3+deb12u8
Installed-Size: 700
Architecture: amd64
Pre-Depends: init-system-helpers (>= 1.54~)
DEPENDS: libc6 (>= 2.34),
 libcups2 (= 2.4.2-3+deb12u8) |
	cups-core
# in between
Recommends: avahi-daemon
Conflicts: cupsys
Breaks: foo (<< 1)
Provides: print-server
Priority: optional
Description: Common UNIX Printing System
 The long text.
 .
 More of it.
Tag: hardware::printer,
 role::program
Homepage: https://www.cups.org/


Package: bash
Version: 5.2
`

func sampleCups() DebianPackage {
	return DebianPackage{
		Name: "cups", Version: "2.4.2-3+deb12u8", Architecture: "amd64", Priority: "optional",
		PreDepends: "init-system-helpers (>= 1.54~)",
		Depends:    "libc6 (>= 2.34), libcups2 (= 2.4.2-3+deb12u8) | cups-core",
		Recommends: "avahi-daemon", Conflicts: "cupsys", Breaks: "foo (<< 1)", Provides: "print-server",
		Summary: "Common UNIX Printing System", Tags: []string{"hardware::printer", "role::program"},
	}
}

func TestReadDebianControl(t *testing.T) {
	t.Parallel()
	want := []DebianPackage{sampleCups(), {Name: "bash", Version: "5.2"}}
	for name, text := range map[string]string{
		"plain":            sampleControl,
		"no final newline": strings.TrimSpace(sampleControl),
		"carriage returns": strings.ReplaceAll(sampleControl, "\n", "\r\n"),
	} {
		got, err := ReadDebianControl(strings.NewReader(text))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestReadDebianControl_status(t *testing.T) {
	t.Parallel()
	got, err := ReadDebianControl(strings.NewReader("Package: a\nStatus: install ok installed\nVersion: 1\n\n" +
		"Package: b\nStatus: deinstall ok config-files\nVersion: 1\n\nPackage: c\nStatus: purge ok not-installed\n"))
	if err != nil || len(got) != 1 || got[0].Name != "a" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadDebianJSON(t *testing.T) {
	t.Parallel()
	const lines = `{"name": "cups", "version": "2.4.2-3+deb12u8", "arch": "amd64", "priority": "optional", "size": "700",` +
		`"pre_depends": "init-system-helpers (>= 1.54~)", "depends": "libc6 (>= 2.34), libcups2 (= 2.4.2-3+deb12u8) | cups-core",` +
		`"recommends": "avahi-daemon", "conflicts": "cupsys", "breaks": "foo (<< 1)", "provides": "print-server",` +
		`"summary": "Common UNIX Printing System", "tag": "hardware::printer, role::program"}

{"name": "bash", "version": "5.2"}`
	got, err := ReadDebianJSON(strings.NewReader(lines))
	if want := []DebianPackage{sampleCups(), {Name: "bash", Version: "5.2"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadDebian_errors(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxDebianLine)
	fold := strings.Repeat(" "+strings.Repeat("x", 1000)+"\n", 1100)
	for _, tt := range []struct {
		read func(io.Reader) ([]DebianPackage, error)
		text string
		want string
	}{
		{ReadDebianControl, "Package: a\nVersion: 1\nnonsense\n", `debian control, line 3: there is no colon behind the name of a field`},
		{ReadDebianControl, "Package: a\nversion: 1\nVersion: 2\n", `debian control, line 3: the field "Version" is there twice`},
		{ReadDebianControl, "\n folded\n", `debian control, line 2: a paragraph starts with a folded line`},
		{ReadDebianControl, "Version: 1\n", `debian control, line 1: the name "" is not one of a package`},
		{ReadDebianControl, "Package: a b\nVersion: 1\n\n", `debian control, line 3: the name "a b" is not one of a package`},
		{ReadDebianControl, "Package: a\nVersion: é\n", `debian control, line 2: the version "é" is not one of a package`},
		{ReadDebianControl, "Package: a\nDescription: " + long, `debian control, line 2: a line or folded field is longer than 1 MiB`},
		{ReadDebianControl, "Package: a\nDepends: x\n" + fold, `debian control, line 1050: a line or folded field is longer than 1 MiB`},
		{ReadDebianJSON, "{}", `debian json, line 1: the name "" is not one of a package`},
		{ReadDebianJSON, "\n{", `debian json, line 2: unexpected end of JSON input`},
		{ReadDebianJSON, long + long, `debian json, line 1: a line or folded field is longer than 1 MiB`},
	} {
		got, err := tt.read(strings.NewReader(tt.text))
		e, ok := errors.AsType[*FormatError](err)
		if !ok || e.Error() != tt.want || got != nil {
			t.Errorf("%.60q: %v, %v\nwant %s", tt.text, got, err, tt.want)
		}
	}
	broken := errors.New("broken")
	for _, read := range []func(io.Reader) ([]DebianPackage, error){ReadDebianControl, ReadDebianJSON} {
		if _, err := read(iotest.ErrReader(broken)); !errors.Is(err, broken) {
			t.Errorf("reader's error: %v", err)
		}
	}
}

// controlText writes packages as a control file.
func controlText(packages []DebianPackage) []byte {
	var b bytes.Buffer
	for i := range packages {
		p := &packages[i]
		for _, f := range [][2]string{
			{"Package", p.Name},
			{"Version", p.Version},
			{"Architecture", p.Architecture},
			{"Priority", p.Priority},
			{"Pre-Depends", p.PreDepends},
			{"Depends", p.Depends},
			{"Recommends", p.Recommends},
			{"Conflicts", p.Conflicts},
			{"Breaks", p.Breaks},
			{"Provides", p.Provides},
			{"Description", p.Summary},
			{"Tag", strings.Join(p.Tags, ", ")},
		} {
			if f[1] != "" {
				fmt.Fprintf(&b, "%s: %s\n", f[0], f[1])
			}
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func FuzzReadDebianControl(f *testing.F) {
	f.Add([]byte(sampleControl))
	f.Add([]byte("Package: a\nVersion: 1\nTag: ,\n \n\nPACKAGE:0\nversion:1:2~3\n"))
	f.Add([]byte("Package:a\nVersion:1\nStatus:x installed\nDepends:\n\tb\n#"))
	f.Fuzz(func(t *testing.T, data []byte) {
		packages, err := ReadDebianControl(bytes.NewReader(data))
		if err != nil {
			if _, ok := errors.AsType[*FormatError](err); !ok || packages != nil {
				t.Fatalf("%v, %v", packages, err)
			}
			return
		}
		again, err := ReadDebianControl(bytes.NewReader(controlText(packages)))
		if err != nil || !reflect.DeepEqual(again, packages) {
			t.Fatalf("%+v\nagain %+v, %v", packages, again, err)
		}
	})
}

func FuzzReadDebianJSON(f *testing.F) {
	f.Add([]byte(`{"name": "a", "version": "1", "depends": "b | c (>= 1)", "tag": "x::y"}`))
	f.Add([]byte("\n{\"name\": \"a\", \"version\": \"1\\u002e\"}\nnull"))
	f.Fuzz(func(t *testing.T, data []byte) {
		packages, err := ReadDebianJSON(bytes.NewReader(data))
		if err != nil {
			if _, ok := errors.AsType[*FormatError](err); !ok || packages != nil {
				t.Fatalf("%v, %v", packages, err)
			}
			return
		}
		if _, err := DebianUniverse(packages, DebianOptions{}); err != nil {
			if _, ok := errors.AsType[*FormatError](err); !ok {
				t.Fatal(err)
			}
		}
	})
}
