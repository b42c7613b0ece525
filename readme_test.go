package modreg_test

import (
	"os"
	"strings"
	"testing"
)

// TestREADME_programIsTheExample keeps the program in the README the same as the example that is compiled and run.
func TestREADME_programIsTheExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	must(t, err)
	example, err := os.ReadFile("example_test.go")
	must(t, err)
	_, rest, found := strings.Cut(string(readme), "```go\n")
	block, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatal("README.md has no Go program")
	}
	for piece := range strings.SplitSeq(block, "// …\n") {
		if !strings.Contains(string(example), strings.TrimSpace(piece)) {
			t.Errorf("example_test.go does not hold this piece of the README:\n%s", piece)
		}
	}
}
