package nearest

import (
	"slices"
	"testing"
)

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a", "", 1},
		{"text", "text", 0},
		{"text", "txet", 1},
		{"text", "tex", 1},
		{"text", "texts", 1},
		{"text", "test", 1},
		{"kitten", "sitting", 3},
		{"abcdef", "ghijkl", 4},
		{"naem", "name", 1},
		{"vresoin", "version", 2},
		{"entry", "kind", 4},
		{"a", "abcdefgh", 4},
	} {
		if got := Distance(tt.a, tt.b, 4); got != tt.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := Distance(tt.b, tt.a, 4); got != tt.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
}

func TestOf(t *testing.T) {
	t.Parallel()
	known := []string{"text.process", "text.parse", "image.resize", "a"}
	for name, want := range map[string]string{
		"text.proces": "text.process", "Text.Parse": "text.parse", "imgae.resize": "image.resize", "video": "", "b": "",
	} {
		if got := Of(name, slices.Values(known)); got != want {
			t.Errorf("Of(%q) = %q, want %q", name, got, want)
		}
	}
}
