package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/modreg/modreg/internal/config"
	"github.com/modreg/modreg/manifest/jsonschema"
)

// FuzzLoad reads files. What is taken is taken by an editor with the schema, too; what is refused says where.
func FuzzLoad(f *testing.F) {
	f.Add(config.Example())
	f.Add(oidc)
	f.Add("log: {level: debug, format: 'json'}\ntls: {min_version: 1.2, names: [a, '::1']}\n")
	f.Add("log: &a\n  <<: *a\n")
	f.Add("limits: {streams: 0x10, body: 16MiB}\ndrain: {timeout: 1d12h}\n")
	f.Add("listen: {addresses: [':1', '[::1]:2', a.example:3], socket: none}\n---\n")
	f.Add("? {a: b}\n: !!map {}\n")
	validator := jsonschema.New()
	path := filepath.Join(f.TempDir(), "modreg.yaml") // each process that fuzzes has its own
	f.Fuzz(func(t *testing.T, file string) {
		if strings.Contains(file, "secret_file") || strings.Contains(file, "token_file") {
			return // the file system is not part of this
		}
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := config.Load(config.Sources{File: path})
		if err != nil {
			problems, ok := errors.AsType[config.Problems](err)
			if !ok || len(problems) == 0 {
				t.Fatalf("%v", err)
			}
			return
		}
		var v any
		if err := yaml.Unmarshal([]byte(file), &v); err != nil {
			t.Fatal(err)
		}
		if doc := asEditor(t, file); validator.ValidateConfig(config.Schema(), doc) != nil {
			t.Fatalf("%s was taken, but an editor says: %v", doc, validator.ValidateConfig(config.Schema(), doc))
		}
		again, changes := config.Apply(l, l)
		if len(changes) > 0 || again.Config.Data != l.Config.Data {
			t.Fatalf("it is not equal to itself: %+v", changes)
		}
	})
}
