// Package cli is the command line of modreg.
//
// [Run] does what the arguments say and returns the exit code. What was asked for goes to standard output, in the form
// that -o names; everything else goes to standard error. Errors say what could not be done, why, and the command that
// helps. A command is one file; what they share is in output.go, errors.go and folder.go.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// An Env is the world around a run.
type Env struct {
	In     io.Reader
	Out    io.Writer
	Err    io.Writer
	Getenv func(string) string
	Now    func() time.Time
	UserID int // of the user of the operating system; negative if there is none
}

// System returns the environment of this process.
func System() Env {
	return Env{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Getenv: os.Getenv, Now: time.Now, UserID: os.Getuid()}
}

// Run carries out the command that args name and returns the exit code. It does not end the process.
func Run(ctx context.Context, args []string, env Env) int {
	a := &app{Env: env}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		err = errInterrupted
	}
	return report(env.Err, err)
}

// app is one run.
type app struct {
	Env
	data   string // folder
	format string // of the output
	sinks  []string
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "modreg",
		Short: "Register, find, resolve, run, replace and audit modules",
		Long: `modreg works with the data folder of a registry: what was changed and who allowed it, what was active when,
whether the log is what it was, backups and their restoration.

The folder is the flag --data, or the environment variable MODREG_DATA, or ./modreg-data. MODREG_SINKS has what --sink
would name, separated by spaces.
One program at a time holds a folder: stop the one that does, or ask it.`,
		Args: subcommandArgs, RunE: subcommandNeeded,
		SilenceUsage: true, SilenceErrors: true,
		CompletionOptions: cobra.CompletionOptions{HiddenDefaultCmd: true},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usage(cmd, err.Error()) })
	folder := a.Getenv("MODREG_DATA")
	if folder == "" {
		folder = "modreg-data"
	}
	root.PersistentFlags().StringVar(&a.data, "data", folder, "data folder")
	root.PersistentFlags().StringArrayVar(&a.sinks, "sink", a.defaultSinks(), "where checkpoints are kept outside: file:PATH or https://HOST/PATH; may be repeated")
	root.PersistentFlags().StringVarP(&a.format, "output", "o", formatTable, "form of the output: table, json or jsonl")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.checkFormat(cmd) }
	for _, add := range []func() *cobra.Command{
		a.logCommand, a.snapshotCommand, a.auditCommand, a.backupCommand, a.restoreCommand, a.doctorCommand,
		a.explainCommand, a.versionCommand,
	} {
		root.AddCommand(add())
	}
	for _, topic := range topics() {
		root.AddCommand(topic)
	}
	return root
}

// defaultSinks are those of the environment.
func (a *app) defaultSinks() []string {
	return strings.Fields(strings.ReplaceAll(a.Getenv("MODREG_SINKS"), ",", " "))
}

// warn says on standard error what does not fail the command.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintln(a.Err, "Warning:", printable(fmt.Sprintf(format, args...)))
}

// topics are commands that only explain.
func topics() []*cobra.Command {
	return []*cobra.Command{{Use: "exit-codes", Short: "The exit codes and what they mean", Long: exitCodesHelp()}}
}

// noArgs and exactly refuse other numbers of arguments in the words of this program.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(cmd, "unexpected argument "+quote(args[0]))
	}
	return nil
}

func exactly(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return usage(cmd, "the "+names[len(args)]+" is missing")
		case len(args) > len(names):
			return usage(cmd, "unexpected argument "+quote(args[len(names)]))
		}
		return nil
	}
}

// subcommandArgs lets a command that only holds others see what it does not know.
func subcommandArgs(*cobra.Command, []string) error { return nil }

// subcommandNeeded is what a command does that only holds others.
func subcommandNeeded(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(cmd, "there is no command "+quote(args[0])+suggestion(cmd, args[0]))
	}
	return cmd.Help()
}

func suggestion(cmd *cobra.Command, name string) string {
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(name); len(near) > 0 {
		return "; did you mean " + quote(near[0]) + "?"
	}
	return ""
}
