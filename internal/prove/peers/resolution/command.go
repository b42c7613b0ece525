package resolution

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/modreg/modreg/internal/prove/peers/timing"
)

// commandTimeout is how long a program may run that takes a second.
const commandTimeout = 20 * time.Second

// lookUp returns the path of a program.
func lookUp(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", absentError(program)
	}
	return path, nil
}

// A command is a program to run in a folder.
type command struct {
	dir, path string
	args, env []string
	stdin     io.Reader
	fails     bool // it exits with 1 if all is well
}

// run returns what the program prints and the processor time that it takes.
func (c command) run() ([]byte, time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.path, c.args...)
	cmd.Dir, cmd.Stdin = c.dir, c.stdin
	cmd.Env = append(append(os.Environ(), "LC_ALL=C"), c.env...)
	cmd.WaitDelay = time.Second
	printed, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		if !c.fails || exit.ExitCode() != 1 {
			return nil, 0, fmt.Errorf("run %q: %w\n%s", c.path, err, exit.Stderr)
		}
	} else if err != nil {
		return nil, 0, err
	}
	return printed, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// best runs the program some times and returns what it printed last and the least processor time.
func (c command) best() (printed []byte, least time.Duration, err error) {
	for round := range timing.Rounds {
		out, took, err := c.run()
		if err != nil {
			return nil, 0, err
		}
		if printed = out; round == 0 || took < least {
			least = took
		}
	}
	return printed, least, nil
}
