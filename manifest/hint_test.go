package manifest

import "testing"

func TestEditDistance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"", "ab", 2},
		{"name", "name", 0},
		{"naem", "name", 1},
		{"nam", "name", 1},
		{"versions", "version", 1},
		{"verzion", "version", 1},
		{"vresoin", "version", 2},
		{"entry", "kind", 3},
		{"a", "abcdefgh", 3},
	} {
		if got := editDistance(tt.a, tt.b, 3); got != tt.want {
			t.Errorf("%q to %q takes %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := editDistance(tt.b, tt.a, 3); got != tt.want {
			t.Errorf("%q to %q takes %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
}

func TestNearest(t *testing.T) {
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
		if got := nearest(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}
