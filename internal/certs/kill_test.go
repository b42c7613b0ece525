package certs

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

const killDir = "MODREG_TEST_KILL_CA"

// TestOpen_killed makes CAs in processes that are killed at some moment, over and over. Whatever they had told before is so afterwards.
func TestOpen_killed(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(killDir); dir != "" {
		makeUntilKilled(dir)
		return
	}
	if testing.Short() {
		t.Skip("it starts processes")
	}
	half := 0
	for round := range 12 {
		base := t.TempDir()
		cmd := exec.Command(os.Args[0], "-test.run=^TestOpen_killed$")
		cmd.Env = append(os.Environ(), killDir+"="+base)
		out := must[io.ReadCloser](t)(cmd.StdoutPipe())
		must[any](t)(nil, cmd.Start())
		told := map[string]string{}
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			dir, fingerprint := filepath.Split(lines.Text())
			told[filepath.Clean(dir)] = fingerprint
			if len(told) == 5 {
				timer := time.AfterFunc(time.Duration(round)*300*time.Microsecond, func() { _ = cmd.Process.Kill() })
				defer timer.Stop()
			}
		}
		_ = cmd.Wait() // it was killed
		if len(told) < 5 {
			t.Fatalf("it made %d before it ended", len(told))
		}
		for _, e := range must[[]os.DirEntry](t)(os.ReadDir(base)) {
			dir := filepath.Join(base, e.Name())
			a, err := Open(dir, Options{TrustDomain: domain})
			if err != nil {
				t.Fatalf("round %d: %s: %v", round, e.Name(), err)
			}
			if want := told[dir]; want == "" {
				half++
			} else if got := hex(a); got != want {
				t.Errorf("round %d: %s had the root %s and has %s", round, e.Name(), want, got)
			}
		}
	}
	t.Logf("%d were killed while they were made", half)
}

// makeUntilKilled makes one CA after the other and tells of each that it made.
func makeUntilKilled(base string) {
	for i := range 100_000 {
		dir := filepath.Join(base, "ca"+strconv.Itoa(i))
		a, err := Open(dir, Options{TrustDomain: domain})
		if err != nil {
			os.Stderr.WriteString(err.Error()) //nolint:errcheck // the parent misses it
			return
		}
		if _, err := os.Stdout.WriteString(filepath.Join(dir, hex(a)) + "\n"); err != nil {
			return
		}
	}
}

// hex is the hash of a root in a form that can be a part of a path.
func hex(a *Authority) string { return fmt.Sprintf("%x", sha256.Sum256(a.Root().Raw)) }
