package main

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/pluginpb"
)

const modulePath = "github.com/modreg/modreg"

// plugins are programs of modules that go.mod names: its versions of them are run.
func plugins() []struct{ program, parameter string } {
	return []struct{ program, parameter string }{
		{"google.golang.org/protobuf/cmd/protoc-gen-go", "module=" + modulePath},
		{"connectrpc.com/connect/cmd/protoc-gen-connect-go", "module=" + modulePath + ",simple"},
	}
}

// generate returns the generated files by their path within the folder apiv1.
func generate(ctx context.Context, root string, files linker.Files) (map[string]string, error) {
	generated := map[string]string{}
	for _, p := range plugins() {
		if err := runPlugin(ctx, root, p.program, p.parameter, files, generated); err != nil {
			return nil, fmt.Errorf("%s: %w", path.Base(p.program), err)
		}
	}
	table, err := routeTable(files)
	if err != nil {
		return nil, err
	}
	generated["routes.go"] = table
	return generated, nil
}

// runPlugin adds what a plugin makes of the files.
func runPlugin(ctx context.Context, root, program, parameter string, files linker.Files, generated map[string]string) error {
	req := &pluginpb.CodeGeneratorRequest{Parameter: &parameter, ProtoFile: closure(files)}
	for _, f := range files {
		req.FileToGenerate = append(req.FileToGenerate, f.Path())
	}
	input, err := proto.Marshal(req)
	if err != nil {
		return err
	}
	var output, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "run", program)
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = root, bytes.NewReader(input), &output, &complaints
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, bytes.TrimSpace(complaints.Bytes()))
	}
	resp := &pluginpb.CodeGeneratorResponse{}
	if err := proto.Unmarshal(output.Bytes(), resp); err != nil {
		return err
	}
	if resp.Error != nil {
		return fmt.Errorf("%s", resp.GetError())
	}
	for _, f := range resp.File {
		name, ok := strings.CutPrefix(f.GetName(), "apiv1/")
		if !ok || !fs.ValidPath(name) {
			return fmt.Errorf("%q is not in the folder apiv1: look at go_package", f.GetName())
		}
		generated[name] = f.GetContent()
	}
	return nil
}

// isGenerated reports whether a file of the folder apiv1 is one that generate writes.
func isGenerated(name string) bool {
	return strings.HasSuffix(name, ".pb.go") || strings.HasSuffix(name, ".connect.go") || name == "routes.go"
}

// stale returns the generated files in a folder that are not among the ones given.
func stale(dir string, generated map[string]string) (names []string, err error) {
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if _, ok := generated[name]; err == nil && !d.IsDir() && isGenerated(name) && !ok {
			names = append(names, name)
		}
		return err
	})
	return names, err
}

// replace writes files into a folder, and removes those that an earlier call wrote and that are no longer there.
func replace(dir string, generated map[string]string) error {
	gone, err := stale(dir, generated)
	if err != nil {
		return err
	}
	for _, name := range gone {
		if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(generated)) {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, []byte(generated[name]), 0o644); err != nil {
			return err
		}
	}
	return nil
}
