package resolution

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/modreg/modreg/internal/prove/workload"
)

// fields are those of a package in the shared data and in a Packages file.
func fields() [][2]string {
	return [][2]string{
		{"name", "Package"},
		{"version", "Version"},
		{"arch", "Architecture"},
		{"multiarch", "Multi-Arch"},
		{"essential", "Essential"},
		{"priority", "Priority"},
		{"section", "Section"},
		{"size", "Size"},
		{"pre_depends", "Pre-Depends"},
		{"depends", "Depends"},
		{"recommends", "Recommends"},
		{"suggests", "Suggests"},
		{"enhances", "Enhances"},
		{"conflicts", "Conflicts"},
		{"breaks", "Breaks"},
		{"replaces", "Replaces"},
		{"provides", "Provides"},
		{"summary", "Description"},
	}
}

// writePackages writes the Packages file that apt and libsolv read.
func writePackages(path, data string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	err = withFile(workload.DebianFile(data), func(r io.Reader) error {
		z, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		return convert(w, z)
	})
	for _, finish := range []func() error{w.Flush, f.Close} {
		if finishErr := finish(); err == nil {
			err = finishErr
		}
	}
	return err
}

// convert converts packages. An error of writing is the writer's to tell when it is flushed.
func convert(w *bufio.Writer, r io.Reader) error {
	all := fields()
	for d := json.NewDecoder(r); ; {
		var p map[string]string
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		for _, f := range all {
			if v := p[f[0]]; v != "" {
				fmt.Fprintf(w, "%s: %s\n", f[1], v)
			}
		}
		// Apt asks for these before it would download a package.
		fmt.Fprintf(w, "Filename: ./%s.deb\nSHA256: %064d\n\n", p["name"], 0)
	}
}
