package cli

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/record"
)

func (a *app) logCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "log", Short: "What was changed: the records of the journal", Args: subcommandArgs, RunE: subcommandNeeded,
	}
	cmd.AddCommand(a.logListCommand(), a.logShowCommand())
	return cmd
}

func (a *app) logListCommand() *cobra.Command {
	var q struct {
		from, limit uint64
		module      string
	}
	cmd := &cobra.Command{
		Use: "list", Short: "List the records, oldest first",
		Long: `List the records of the journal: each is one change of the desired state, with who asked for it and on whose approval.
That somebody reads them is itself written into the audit log.`,
		Example: "  modreg log list\n  modreg log list --module upper -o jsonl\n  modreg log list --from 1200 --limit 50",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				l := a.list("RECORD", "TIME", "WHO", "DID", "MODULE", "APPROVAL", "REASON")
				query := audit.Query{Log: audit.LogRegistry}
				if q.module != "" {
					query.Resource = q.module
					if !strings.Contains(q.module, "@") {
						query.Resource += "@*"
					}
				}
				n := uint64(0)
				for e, err := range f.Trail.Query(ctx, query) {
					if err != nil {
						return failed("list the records", err)
					}
					if e.Seq < q.from {
						continue
					}
					if n++; q.limit > 0 && n > q.limit {
						break
					}
					if err := l.row(e, strconv.FormatUint(e.Seq, 10), when(e.Time), e.Actor.String(), e.Action, e.Resource.ID, e.Approval, e.Reason); err != nil {
						return err
					}
				}
				return l.end()
			})
		},
	}
	cmd.Flags().Uint64Var(&q.from, "from", 1, "first record to list")
	cmd.Flags().Uint64Var(&q.limit, "limit", 0, "most records to list; 0 for all")
	cmd.Flags().StringVar(&q.module, "module", "", "only those of a module: its name, or name@version")
	return cmd
}

func (a *app) logShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show RECORD", Short: "Show one record as it is stored", Args: exactly("number of the record"),
		Long:    "Show the bytes of one record as they are stored: JSON. Other commands print what it means; this one what was signed.",
		Example: "  modreg log show 17",
		RunE: func(cmd *cobra.Command, args []string) error {
			seq, err := number(cmd, args[0])
			if err != nil {
				return err
			}
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				data, err := f.record(ctx, seq)
				if err != nil {
					return failed("show record "+args[0], err)
				}
				if _, err := record.Decode(data); err != nil {
					a.warn("this version cannot read the record: %v", err)
				}
				if err := f.Trail.Record(ctx, audit.Event{
					Class: audit.ClassAudit, Action: "audit:read", Outcome: audit.OutcomeSuccess,
					Resource: audit.Resource{Kind: "record", ID: "registry/" + args[0]},
				}); err != nil {
					return failed("show record "+args[0], err)
				}
				return a.one(json.RawMessage(data), string(data))
			})
		},
	}
}

// record reads one record of the registry.
func (f *folder) record(ctx context.Context, seq uint64) ([]byte, error) {
	for rec, err := range f.Journal.Read(ctx, audit.LogRegistry, seq) {
		return rec.Data, err
	}
	return nil, &failure{exit: exitNotFound, what: "read record " + strconv.FormatUint(seq, 10), why: "the journal has no such record", fix: "modreg log list"}
}

// number reads a sequence number.
func number(cmd *cobra.Command, text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil || n == 0 {
		return 0, usage(cmd, quote(text)+" is not the number of a record")
	}
	return n, nil
}
