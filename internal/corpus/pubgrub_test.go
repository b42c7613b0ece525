package corpus

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/modreg/modreg/resolve"
)

func TestReadPubGrub(t *testing.T) {
	t.Parallel()
	got, err := ReadPubGrub(strings.NewReader(`{"10": {"12": {}, "3": {"2": [[1, 4], [7, null]], "10": [], "1": [[0, 1]]}}, "2": {"0": {}}}`))
	const want = `
p10@3.0.0
  needs module/p1 <1.0.0
  needs module/p10 <0.0.0-0
  needs module/p2 >=1.0.0 <4.0.0 || >=7.0.0
p10@12.0.0
p2@0.0.0
`
	if text := describe(got); err != nil || text != want[1:] {
		t.Errorf("got\n%swant%s%v", text, want, err)
	}
}

func TestReadPubGrubVerdicts(t *testing.T) {
	t.Parallel()
	got, err := ReadPubGrubVerdicts(strings.NewReader("0\t1\tfalse\n12\t30\ttrue\n"))
	if err != nil || len(got) != 2 || got[0].Root.String() != "module/p0 1.0.0" || got[0].Satisfiable ||
		got[1].Root.String() != "module/p12 30.0.0" || !got[1].Satisfiable {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReadPubGrub_errors(t *testing.T) {
	t.Parallel()
	var err error
	for _, text := range []string{`[]`, `{"1": {"x": {}}}`, `{"1": {"1": {"2": [[-1, 2]]}}}`, `{"1": {"1": {"2": [` + strings.Repeat("[1,2],", 90) + `[3,4]]}}}`, `{`} {
		if _, err = ReadPubGrub(strings.NewReader(text)); !errors.As(err, new(*FormatError)) {
			t.Errorf("%.40s: %v", text, err)
		}
	}
	for _, text := range []string{"1\t2", "1\t2\tyes", "1\tx\ttrue"} {
		if _, err = ReadPubGrubVerdicts(strings.NewReader(text)); !errors.As(err, new(*FormatError)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

const largeCase = "large_case_1_u16_NumberVersion"

func TestReadPubGrub_largeCase(t *testing.T) {
	t.Parallel()
	all, err := ReadPubGrub(bytes.NewReader(sharedFile(t, "pubgrub", largeCase+".json")))
	if err != nil {
		t.Fatal(err)
	}
	verdicts, err := ReadPubGrubVerdicts(bytes.NewReader(sharedFile(t, "pubgrub", largeCase+".verdicts.tsv")))
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string][]*resolve.Candidate)
	for _, c := range all {
		byName[c.Name] = append(byName[c.Name], c)
	}
	possible, lost := 0, 0
	for _, v := range verdicts {
		var root *resolve.Candidate
		for _, c := range byName[v.Root.ID.Name] {
			if c.Satisfies(v.Root) {
				root = c
			}
		}
		if root == nil {
			t.Errorf("%s is not there", v.Root)
			continue
		}
		if v.Satisfiable {
			possible++
		}
		// Without a provider for one of its own requirements it cannot be had.
		for _, r := range root.Requires {
			answered := false
			for _, p := range byName[r.ID.Name] {
				answered = answered || p.Satisfies(r)
			}
			if !answered {
				lost++
				if v.Satisfiable {
					t.Errorf("%s has nobody for %s", root, r)
				}
				break
			}
		}
	}
	t.Logf("%d versions of %d packages, %d verdicts, %d of them positive, %d negative at first sight",
		len(all), len(byName), len(verdicts), possible, lost)
}
