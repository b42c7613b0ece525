package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modreg/modreg"
)

func tree(t *testing.T) *cobra.Command {
	t.Helper()
	a := &app{Env: Env{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard, Getenv: func(string) string { return "" }, Now: time.Now}}
	return a.root()
}

// walk visits every command.
func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	visit(cmd)
	for _, c := range cmd.Commands() {
		walk(c, visit)
	}
}

func TestTree_everyCommandExplainsItself(t *testing.T) {
	t.Parallel()
	walk(tree(t), func(cmd *cobra.Command) {
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
			t.Errorf("%q: short %q", cmd.CommandPath(), cmd.Short)
		}
		if cmd.Runnable() && !cmd.HasSubCommands() && (cmd.Long == "" || cmd.Example == "") {
			t.Errorf("%q has no long description or no example", cmd.CommandPath())
		}
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%q: flag --%s is not explained", cmd.CommandPath(), f.Name)
			}
		})
	})
}

func TestTree_examplesParse(t *testing.T) {
	t.Parallel()
	root := tree(t)
	walk(root, func(cmd *cobra.Command) {
		for line := range strings.Lines(cmd.Example) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), " > ")
			words := split(line)
			if len(words) == 0 || words[0] != "modreg" {
				t.Errorf("%q: example %q", cmd.CommandPath(), line)
				continue
			}
			found, args, err := root.Find(words[1:])
			if err != nil || found != cmd {
				t.Errorf("%q: example %q leads to %q: %v", cmd.CommandPath(), line, found.CommandPath(), err)
				continue
			}
			if err := found.ParseFlags(args); err != nil {
				t.Errorf("example %q: %v", line, err)
			}
			if err := found.ValidateArgs(found.Flags().Args()); err != nil {
				t.Errorf("example %q: %v", line, err)
			}
		}
	})
}

// split splits a line into words as a shell does, as far as the examples need it: 'a b' is one word.
func split(line string) (words []string) {
	var word strings.Builder
	quoted, begun := false, false
	for _, c := range line + " " {
		switch {
		case c == '\'':
			quoted, begun = !quoted, true
		case c == ' ' && !quoted:
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	return words
}

func TestExitCodes_areUnique(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for _, e := range exitCodes() {
		if seen[e.code] || e.text == "" {
			t.Errorf("code %d, %q", e.code, e.text)
		}
		seen[e.code] = true
	}
}

// TestExplanations_areComplete reads the codes out of the source of the library.
func TestExplanations_areComplete(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "error.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	all, found := explanations(), 0
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 || !strings.HasPrefix(v.Names[0].Name, "Code") {
			return true
		}
		found++
		text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		e := all[modreg.Code(text)]
		if err != nil || e.Means == "" || e.Usually == "" || e.Do == "" {
			t.Errorf("code %q is not explained", text)
		}
		return true
	})
	if found != len(all) || found == 0 {
		t.Errorf("%d codes, %d explanations", found, len(all))
	}
}

func TestPrintable_disarmsTerminals(t *testing.T) {
	t.Parallel()
	if got := printable("a\x1b[31mb\u202ec\nd"); got != "a\uFFFD[31mb\uFFFDc\n        d" {
		t.Errorf("%q", got)
	}
}
