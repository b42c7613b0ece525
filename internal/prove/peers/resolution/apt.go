package resolution

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/modreg/modreg/internal/prove/peers/timing"
)

// aptConfig keeps apt-get in a folder of its own, with nothing installed.
const aptConfig = `Dir "%[1]s";
Dir::State "%[1]s/state";
Dir::State::status "%[1]s/status";
Dir::Cache "%[1]s/cache";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc "%[1]s/etc";
APT::Architecture "amd64";
APT::Architectures "amd64";
`

// aptSources names an archive that is never asked.
const (
	aptSources = "deb [trusted=yes] http://archive.invalid ./\n"
	aptList    = "archive.invalid_._Packages"
)

// aptDebian lets apt-get say what it would install. It reads the Packages file as it is: apt reads compressed ones too, but
// takes several seconds to find 1,450 packages in it again, which has nothing to do with solving. To start counts;
// "bash" is for that.
func aptDebian(data string, out, notes io.Writer) (err error) {
	path, err := lookUp("apt-get")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "peers-apt-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := prepareApt(dir, data); err != nil {
		return err
	}
	for _, c := range []struct {
		name, expected string
		args           []string
	}{
		{"gnome with recommends", "apt-recommends-gnome.txt", []string{gnome}},
		{"gnome", "apt-norecommends-gnome.txt", []string{"--no-install-recommends", gnome}},
		{"bash", "", []string{"bash"}},
	} {
		cmd := command{
			dir: dir, path: path, fails: true, env: []string{"APT_CONFIG=" + filepath.Join(dir, "apt.conf")},
			args: append([]string{"--assume-no", "install"}, c.args...),
		}
		printed, took, err := cmd.best()
		if err != nil {
			return err
		}
		names := aptNames(printed)
		fmt.Fprintf(notes, "apt-get: %s: %d packages\n", c.name, len(names))
		if err := expect(names, data, c.expected); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		if err := timing.Print(out, "apt-get Debian "+c.name+" CPU", took); err != nil {
			return err
		}
	}
	return nil
}

func prepareApt(dir, data string) error {
	for _, sub := range []string{"state/lists/partial", "cache/archives/partial", "etc/apt.conf.d", "etc/preferences.d", "etc/sources.list.d"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return err
		}
	}
	for name, content := range map[string]string{
		"status": "", "apt.conf": fmt.Sprintf(aptConfig, dir), "etc/sources.list": aptSources,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			return err
		}
	}
	return writePackages(filepath.Join(dir, "state", "lists", aptList), data)
}

// aptNames returns, in order, the packages that apt-get says it would install.
func aptNames(printed []byte) []string {
	_, after, _ := bytes.Cut(printed, []byte("NEW packages will be installed:\n"))
	var names []string
	for line := range bytes.Lines(after) {
		if line[0] != ' ' {
			break
		}
		names = append(names, strings.Fields(string(line))...)
	}
	slices.Sort(names)
	return names
}

// expect compares names with a file of the shared data, if one is named.
func expect(names []string, data, file string) error {
	if len(names) == 0 {
		return errors.New("nothing would be installed")
	}
	if file == "" {
		return nil
	}
	return withFile(filepath.Join(data, "debian", "expected", file), func(r io.Reader) error {
		want, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		expected := strings.Fields(string(want))
		slices.Sort(expected)
		if !slices.Equal(names, expected) {
			return fmt.Errorf("%d names are expected, and these are %d or others", len(expected), len(names))
		}
		return nil
	})
}
