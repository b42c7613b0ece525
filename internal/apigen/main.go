// Command apigen writes the Go code of the API, from the folder proto into the folder apiv1, with nothing but Go: it compiles
// the files, runs the plugins of the modules that go.mod names, and writes the table of routes. It refuses an API that breaks
// what was published.
//
//	go run ./internal/apigen             write the code; go generate ./... does
//	go run ./internal/apigen -publish    also make the API as it is the published one
//	go run ./internal/apigen -break      publish although that breaks what was published: see proto/README.md
//	go run ./internal/apigen -image F    also write the API with its comments into a file, for programs that read descriptors
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/bufbuild/protocompile/linker"
)

func main() {
	publish := flag.Bool("publish", false, "make the API as it is the published one")
	breaking := flag.Bool("break", false, "publish although that breaks what was published")
	image := flag.String("image", "", "also write the API with its comments into this `file`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *publish || *breaking, *breaking, *image); err != nil {
		fmt.Fprintln(os.Stderr, "apigen:", err)
		stop()
		os.Exit(1) //nolint:forbidigo // this is main
	}
}

func run(ctx context.Context, publish, breaking bool, image string) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	files, err := compile(ctx, filepath.Join(root, "proto"))
	if err != nil {
		return err
	}
	if !breaking {
		if err := checkPublished(filepath.Join(root, publishedFile), files); err != nil {
			return err
		}
	}
	generated, err := generate(ctx, root, files)
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(root, "apiv1"), generated); err != nil {
		return err
	}
	if image != "" {
		if err := writeSet(image, files, true); err != nil {
			return err
		}
	}
	if !publish {
		return nil
	}
	return writeSet(filepath.Join(root, publishedFile), files, false)
}

func writeSet(path string, files linker.Files, comments bool) error {
	data, err := encode(files, comments)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// moduleRoot returns the folder of go.mod, at or above the working folder.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("there is no go.mod at or above the working folder")
		}
		dir = up
	}
}
