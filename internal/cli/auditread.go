package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/modreg/modreg/audit"
)

func (a *app) auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "audit", Short: "What happened and who allowed it; whether the log is what it was", Args: subcommandArgs, RunE: subcommandNeeded,
		Long: `The audit log of a folder is two Merkle logs with signed checkpoints: "registry", whose entries are the records of the journal,
and "audit", whose entries are what changes no desired state: starts and stops, denials, and every look into the log itself.

A checkpoint proves nothing against whoever holds the signing key and the folder. Name places outside with --sink, or keep
what "modreg audit checkpoint" prints where nobody who works with the folder can change it.`,
	}
	cmd.AddCommand(
		a.auditListCommand(), a.auditExportCommand(), a.auditVerifyCommand(), a.auditProveCommand(), a.auditCheckpointCommand(),
		a.auditKeyCommand(), a.auditPruneCommand(), a.auditHoldCommand(),
	)
	return cmd
}

// queryFlags are the flags of commands that select events.
type queryFlags struct {
	q        audit.Query
	from, to string
}

func (f *queryFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.from, "from", "", "only what happened at or after this time, as in 2026-11-17T12:00:00Z")
	flags.StringVar(&f.to, "to", "", "only what happened before this time")
	flags.StringVar(&f.q.Actor, "actor", "", "only what was done by or for an actor: kind/id, or kind/*")
	flags.StringVar(&f.q.Action, "action", "", `only an action, as in "module:activate" or "module:*"`)
	flags.StringVar(&f.q.Resource, "resource", "", `only what was done to a resource, as in "upper@1.0.0" or "upper@*"`)
	flags.StringVar(&f.q.Outcome, "outcome", "", "only an outcome: allow, deny, success, failure or error")
	flags.StringVar(&f.q.Request, "request", "", "only what belongs to a request")
	flags.StringVar(&f.q.Log, "log", "", "only one of the logs: registry or audit")
}

func (f *queryFlags) query(cmd *cobra.Command) (audit.Query, error) {
	for _, t := range []struct {
		text string
		to   *time.Time
	}{{f.from, &f.q.From}, {f.to, &f.q.To}} {
		if t.text == "" {
			continue
		}
		var err error
		if *t.to, err = time.Parse(time.RFC3339, t.text); err != nil {
			return f.q, usage(cmd, quote(t.text)+" is not a time as in 2026-11-17T12:00:00Z")
		}
	}
	if err := f.q.Check(); err != nil {
		return f.q, usage(cmd, err.Error())
	}
	return f.q, nil
}

func (a *app) auditListCommand() *cobra.Command {
	var f queryFlags
	cmd := &cobra.Command{
		Use: "list", Short: "List what happened, oldest first", Args: noArgs,
		Long:    "List the events of both logs that the flags select. That somebody looks is itself an event, written before the first line.",
		Example: "  modreg audit list --resource 'upper@*'\n  modreg audit list --outcome deny --from 2026-11-17T00:00:00Z -o jsonl\n  modreg audit list --newest --limit 20",
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := f.query(cmd)
			if err != nil {
				return err
			}
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				l := a.list("TIME", "WHO", "DID", "TO", "OUTCOME", "APPROVAL", "REASON", "ENTRY")
				for e, err := range f.Trail.Query(ctx, q) {
					if err != nil {
						return failed("list the events", err)
					}
					outcome := e.Outcome
					if outcome == "" {
						outcome = e.Activity
					}
					if err := l.row(e, when(e.Time), e.Actor.String(), e.Action, e.Resource.ID, outcome, e.Approval, e.Reason, fmt.Sprintf("%s/%d", e.Log, e.Seq)); err != nil {
						return err
					}
				}
				return l.end()
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().IntVar(&f.q.Limit, "limit", 0, "most events to list; 0 for all")
	cmd.Flags().BoolVar(&f.q.Newest, "newest", false, "the newest first")
	return cmd
}

func (a *app) auditExportCommand() *cobra.Command {
	var f queryFlags
	var format, file string
	cmd := &cobra.Command{
		Use: "export", Short: "Write events to a file, as JSON Lines or CSV", Args: noArgs,
		Long: `Write the events of both logs that the flags select. JSON Lines of a whole log hold every byte that was signed. In CSV, cells that a
spreadsheet would take for formulas begin with an apostrophe. The export is itself an event, with the digest of the file.`,
		Example: "  modreg audit export --file november.jsonl --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z\n  modreg audit export --format csv --outcome deny --file denials.csv",
		RunE: func(cmd *cobra.Command, _ []string) error {
			q, err := f.query(cmd)
			if err != nil {
				return err
			}
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				done, err := a.toFile(file, func(w io.Writer) (audit.Exported, error) { return f.Trail.Export(ctx, w, format, q) })
				if err != nil {
					return failed("export the events", err)
				}
				fmt.Fprintf(a.Err, "Wrote %s, %s\n", plural(done.Events, "event", "events"), done.Digest)
				return nil
			})
		},
	}
	f.add(cmd.Flags())
	cmd.Flags().StringVar(&format, "format", audit.FormatJSONL, "jsonl or csv")
	cmd.Flags().StringVarP(&file, "file", "f", "-", `file to write, which must not exist; "-" is standard output`)
	return cmd
}

// toFile passes on a file that it makes, or standard output for "-". A file that is not complete is removed.
func (a *app) toFile(path string, write func(io.Writer) (audit.Exported, error)) (done audit.Exported, err error) {
	if path == "-" {
		return write(a.Out)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return done, fileError(path, err)
	}
	if done, err = write(file); err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return done, err
}

// entry reads the name of an entry: its number in the registry's log, or log/number.
func entry(cmd *cobra.Command, text string) (log string, seq uint64, err error) {
	log, digits := audit.LogRegistry, text
	for _, name := range []string{audit.LogRegistry, audit.LogNode} {
		if rest, ok := strings.CutPrefix(text, name+"/"); ok {
			log, digits = name, rest
		}
	}
	if seq, err = strconv.ParseUint(digits, 10, 63); err != nil || seq == 0 {
		return "", 0, usage(cmd, quote(text)+` names no entry: write its number in the log of the registry, or "audit/17"`)
	}
	return log, seq, nil
}
