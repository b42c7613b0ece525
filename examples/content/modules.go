package main

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest/jsonschema"
	"github.com/modreg/modreg/manifest/yamlmanifest"
)

// A Converter turns one document into another.
type Converter interface {
	// Convert returns the result for in. It does not change in, but the result may share its bytes.
	Convert(ctx context.Context, in Document) (Result, error)
}

// A Document is what a converter is given.
type Document struct {
	Name  string // for titles and messages
	Media string
	Data  []byte
}

// A Result is what a converter makes.
type Result struct {
	Data      []byte
	Extension string // with its dot
	Note      string // what is worth saying about it; may be empty
}

// Convert is the capability of converters. Its attribute "media" is the set of media types that one takes.
var Convert = modreg.NewCapability[Converter]("content.convert")

//go:embed modules/*.yaml
var manifests embed.FS

// openRegistry opens a registry with all modules declared and none started.
func openRegistry(ctx context.Context) (*modreg.Registry, error) {
	reg, err := modreg.Open(ctx,
		modreg.WithEntry("markdown", modreg.Provide(Convert, newMarkdown)),
		modreg.WithEntry("image", modreg.Provide(Convert, newImage)),
		modreg.WithEntry("pdf", modreg.Provide(Convert, newPDF)),
		modreg.WithConfigValidator(jsonschema.New()),
	)
	if err != nil {
		return nil, err
	}
	if err := declare(ctx, reg, manifests); err != nil {
		return nil, errors.Join(err, reg.Close(ctx))
	}
	return reg, nil
}

// declare registers every manifest in the folder modules.
func declare(ctx context.Context, reg *modreg.Registry, files fs.FS) error {
	names, err := fs.Glob(files, "modules/*.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		m, err := yamlmanifest.Parse(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := reg.Register(ctx, m); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// settings are configurations from the command line: by module, then by field.
type settings map[string]map[string]any

// Set takes module.field=value. The value is JSON, or else text.
func (s settings) Set(text string) error {
	path, value, ok := strings.Cut(text, "=")
	dot := strings.LastIndexByte(path, '.')
	if !ok || dot <= 0 || dot == len(path)-1 {
		return fmt.Errorf("%q is not of the form module.field=value", text)
	}
	module, field := path[:dot], path[dot+1:]
	var decoded any
	if err := json.Unmarshal([]byte(value), &decoded); err != nil {
		decoded = value
	}
	if s[module] == nil {
		s[module] = map[string]any{}
	}
	s[module][field] = decoded
	return nil
}

func (s settings) String() string { return "" }

// apply configures the modules. The registry holds each configuration against the schema in the module's manifest.
func (s settings) apply(ctx context.Context, reg *modreg.Registry) error {
	for module, config := range s {
		if err := reg.Configure(ctx, module, map[string]any(config)); err != nil {
			return err
		}
	}
	return nil
}
