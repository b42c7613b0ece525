package manifest

import "testing"

func TestMeant(t *testing.T) {
	t.Parallel()
	known := []string{"os", "name", "version", "configSchema"}
	for name, want := range map[string]string{
		"Name":          `write it as "name": names are case-sensitive`,
		"configschema":  `write it as "configSchema": names are case-sensitive`,
		"naem":          `did you mean "name"?`,
		"config_schema": `did you mean "configSchema"?`,
		"xy":            "",
		"capabilities":  "",
	} {
		if got := meant(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
