package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/modreg/modreg/resolve"
)

// tour installs a desktop of last year, and then tries to have this year's.
func (a *app) tour(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "resolve")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a.lockFile, a.files = filepath.Join(dir, "modreg.lock"), nil
	for _, step := range []struct {
		say  string
		args []string
	}{
		{"A desktop with a weather plugin that wants the shell of last year", []string{"install", "desktop", "shell-weather"}},
		{"Why is there an image codec?", []string{"why", "image-codecs"}},
		{"What is there newer?", []string{"outdated"}},
		{"The upgrade of the desktop breaks", []string{"upgrade", "desktop"}},
		{"Without the plugin it works, and changes no more than it has to", []string{"remove", "shell-weather"}},
		{"", []string{"upgrade", "desktop"}},
		{"Why not the other sound server?", []string{"whynot", "sound-pulses"}},
	} {
		if step.say != "" {
			a.printf("\n# %s\n", step.say)
		}
		a.printf("$ resolve -lock modreg.lock %s", step.args[0])
		for _, arg := range step.args[1:] {
			a.printf(" %s", arg)
		}
		a.printf("\n")
		err := a.do(ctx, step.args)
		if unsat, ok := errors.AsType[*resolve.UnsatisfiableError](err); ok {
			a.printf("%s\n", withoutFolder(a.explain(unsat), dir))
		} else if err != nil {
			return err
		}
	}
	return nil
}

// withoutFolder leaves out the temporary folder of the tour.
func withoutFolder(text, dir string) string {
	return strings.ReplaceAll(text, dir+string(filepath.Separator), "")
}
