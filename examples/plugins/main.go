// Command plugins passes a file through a pipeline of plugins that are chosen when it runs:
//
//	go run ./examples/plugins -pipe "lines-sort | compress[algo=zstd] | encrypt" -passphrase-file key -in a -out b
//	go run ./examples/plugins -pipe "decrypt | unzstd" -passphrase-file key -in b -out a
//
// It shows modreg as a plugin system: every stage, the passphrase and the monitor are modules. A stage is looked up by
// what it can do, only the plugins in use are started, one that panics is named and takes nothing else
// down, and a new stage is one more entry in builtin.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/modreg/modreg"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends even what cannot be interrupted
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the pipeline could not be built or did not run to its end
	exitUsage  = 2
)

// A job is what the command line asks for.
type job struct {
	pipe    string
	in, out string // "-" is the standard stream
	list    bool
	json    bool
	quiet   bool
	secret  passphraseConfig
	sets    settings
}

func parse(args []string, stderr io.Writer) (*job, error) {
	j := &job{sets: settings{}}
	flags := flag.NewFlagSet("plugins", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&j.pipe, "pipe", "", `stages, such as "lines-sort | compress@^1[algo=zstd] | encrypt"`)
	flags.StringVar(&j.in, "in", "-", "file to read")
	flags.StringVar(&j.out, "out", "-", "file to write; it appears when it is complete")
	flags.BoolVar(&j.list, "list", false, "list the plugins")
	flags.BoolVar(&j.json, "json", false, "report, or list, as JSON")
	flags.BoolVar(&j.quiet, "quiet", false, "do not report what the stages did")
	flags.StringVar(&j.secret.File, "passphrase-file", "", "file that holds the passphrase")
	flags.StringVar(&j.secret.Env, "passphrase-env", defaultPassphraseEnv, "environment variable that holds the passphrase")
	flags.Var(j.sets, "set", `configure a plugin, as in zstd={"level":9}; may be repeated`)
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, usage(flags, fmt.Errorf("%q is no flag", flags.Arg(0)))
	}
	if (j.pipe == "") == !j.list {
		return nil, usage(flags, errors.New("give either -pipe or -list"))
	}
	return j, nil
}

func usage(flags *flag.FlagSet, err error) error {
	fmt.Fprintln(flags.Output(), "plugins:", err)
	flags.Usage()
	return err
}

// run is main with everything it touches as an argument. It returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return app{stdin: stdin, stdout: stdout, stderr: stderr}.run(ctx, args)
}

// An app is the command with its streams.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	extra          []plugin // beside those that are built in
}

func (a app) run(ctx context.Context, args []string) int {
	j, err := parse(args, a.stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitUsage
	}
	reg, err := openRegistry(ctx, j, a.extra)
	if err == nil {
		err = a.do(ctx, reg, j)
		err = errors.Join(err, reg.Close(context.WithoutCancel(ctx)))
	}
	if err != nil {
		fmt.Fprintln(a.stderr, "plugins:", err)
		return exitFailed
	}
	return exitOK
}

func (a app) do(ctx context.Context, reg *modreg.Registry, j *job) error {
	if j.list {
		return list(a.stdout, reg, j.json)
	}
	specs, err := parsePipe(j.pipe)
	if err != nil {
		return err
	}
	p, err := build(ctx, reg, specs)
	if err != nil {
		return err
	}
	m, err := openMonitor(ctx, reg, j)
	if err != nil {
		return err
	}
	err = a.transfer(ctx, p, m, j)
	return errors.Join(err, m.report(context.WithoutCancel(ctx), a.stderr))
}

// transfer runs the pipeline between the files, or streams, that the job names.
func (a app) transfer(ctx context.Context, p pipeline, m *monitor, j *job) (err error) {
	src, err := openSource(j.in, a.stdin)
	if err != nil {
		return err
	}
	defer src.close()
	out, err := createOutput(j.out, a.stdout)
	if err != nil {
		return err
	}
	if err := p.run(ctx, src.reader, out, m.observe); err != nil {
		return errors.Join(err, out.discard())
	}
	return out.commit()
}
