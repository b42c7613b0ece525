package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modreg/modreg/internal/config"
)

// write puts a file into a folder of the test and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sources are a file with a text, variables, and flags as name=value.
func sources(t *testing.T, file string, environ []string, flags ...string) config.Sources {
	t.Helper()
	s := config.Sources{Environ: environ, Flags: config.NewFlags()}
	if file != "" {
		s.File = write(t, "modreg.yaml", file)
	}
	for _, f := range flags {
		name, text, _ := strings.Cut(f, "=")
		if err := s.Flags.Set(name, text); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func load(t *testing.T, s config.Sources) *config.Loaded {
	t.Helper()
	l, err := config.Load(s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// refusal loads what must be refused, and returns why, with the file called modreg.yaml.
func refusal(t *testing.T, s config.Sources) string {
	t.Helper()
	l, err := config.Load(s)
	if err == nil {
		t.Fatalf("it was taken: %+v", l.Config)
	}
	return short(err.Error(), s)
}

func short(text string, s config.Sources) string {
	if s.File == "" {
		return text
	}
	return strings.ReplaceAll(text, filepath.Dir(s.File)+string(filepath.Separator), "")
}
