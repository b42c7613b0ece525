package cli

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/record"
)

func (a *app) snapshotCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "snapshot", Short: "What was registered and active, now or at any moment before", Args: subcommandArgs, RunE: subcommandNeeded,
	}
	cmd.AddCommand(a.snapshotShowCommand(), a.snapshotDiffCommand(), a.snapshotKeepCommand())
	return cmd
}

// A listed module is a row of snapshot show.
type listedModule struct {
	Module     string `json:"module"`
	Version    string `json:"version"`
	Active     bool   `json:"active"`
	Registered uint64 `json:"registered"` // record
	Configured bool   `json:"configured"`
	By         string `json:"activated_by,omitempty"`
	Approval   string `json:"approval,omitempty"`
	Since      string `json:"active_since,omitempty"`
	Record     uint64 `json:"activated,omitempty"` // record
}

func (a *app) snapshotShowCommand() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use: "show", Short: "List what was registered, which versions were active, and who activated them", Args: noArgs,
		Long: `List the modules as they were after a record or at a time: each version, whether it was the active one, and if so who
made it that, when, and on whose approval.`,
		Example: "  modreg snapshot show\n  modreg snapshot show --at 1200\n  modreg snapshot show --at 2026-11-17T12:00:00Z -o json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				s, err := f.snapshotAt(ctx, cmd, at)
				if err != nil {
					return err
				}
				who, err := f.activations(ctx, s.Seq())
				if err != nil {
					return err
				}
				if a.format == formatTable {
					fmt.Fprintf(a.Err, "After record %d, of %s: %s\n", s.Seq(), orNever(s.Time()), plural(uint64(s.Len()), "version", "versions"))
				}
				l := a.list("MODULE", "VERSION", "ACTIVE", "SINCE", "BY", "APPROVAL", "REGISTERED")
				for m := range s.All() {
					row := listedModule{
						Module: m.Name(), Version: m.Version().String(), Active: m.Active(), Registered: m.Registered(), Configured: s.Config(m.Ref()) != nil,
					}
					active := ""
					if m.Active() {
						active = "yes"
						w := who[m.Ref()]
						row.By, row.Approval, row.Since, row.Record = w.by, w.approval, when(w.at), w.seq
					}
					if err := l.row(row, row.Module, row.Version, active, row.Since, row.By, row.Approval, "record "+strconv.FormatUint(row.Registered, 10)); err != nil {
						return err
					}
				}
				return l.end()
			})
		},
	}
	cmd.Flags().StringVar(&at, "at", "", "number of a record, or a time as in 2026-11-17T12:00:00Z; the newest if left out")
	return cmd
}

func orNever(t time.Time) string {
	if t.IsZero() {
		return "no time"
	}
	return when(t)
}

// snapshotAt reads the state after a record or at a time.
func (f *folder) snapshotAt(ctx context.Context, cmd *cobra.Command, at string) (*modreg.Snapshot, error) {
	what := "read the state"
	if at == "" {
		head, err := f.Journal.Head(ctx, audit.LogRegistry)
		if err != nil {
			return nil, failed(what, err)
		}
		s, err := modreg.SnapshotAt(ctx, f.Journal, head)
		return s, failed(what, err)
	}
	if seq, err := strconv.ParseUint(at, 10, 63); err == nil {
		s, err := modreg.SnapshotAt(ctx, f.Journal, seq)
		return s, failed(what, err)
	}
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return nil, usage(cmd, quote(at)+" is neither the number of a record nor a time as in 2026-11-17T12:00:00Z")
	}
	s, err := modreg.SnapshotAtTime(ctx, f.Journal, t)
	return s, failed(what, err)
}

// An activation is how a version became the active one.
type activation struct {
	seq      uint64
	at       time.Time
	by       string
	approval string
}

// activations finds, for every version that ever became active, how it did so last, up to a record. The first version of a
// module becomes active by its registration. Records that were pruned are not known.
func (f *folder) activations(ctx context.Context, upTo uint64) (map[string]activation, error) {
	first, err := f.Journal.First(ctx, audit.LogRegistry)
	if err != nil {
		return nil, failed("read the journal", err)
	}
	found := map[string]activation{}
	for rec, err := range f.Journal.Read(ctx, audit.LogRegistry, first) {
		if err != nil {
			return nil, failed("read the journal", err)
		}
		if rec.Seq > upTo {
			break
		}
		t, err := record.Decode(rec.Data)
		if err != nil {
			return nil, failed("read record "+strconv.FormatUint(rec.Seq, 10), err)
		}
		for i := range t.Ops {
			if do := t.Ops[i].Do; do == record.Register || do == record.Activate {
				found[t.Ops[i].Ref()] = activation{seq: rec.Seq, at: t.Time, by: t.Origin.Actor.String(), approval: t.Origin.Approval}
			}
		}
	}
	return found, nil
}

// A difference is a row of snapshot diff.
type difference struct {
	Module string `json:"module"`
	What   string `json:"what"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

func (a *app) snapshotDiffCommand() *cobra.Command {
	return &cobra.Command{
		Use: "diff FROM [TO]", Short: "What differs between two moments",
		Long:    "Compare what was registered, active and configured at two moments, each the number of a record or a time. TO is now if it is left out.\nThe exit code is 100 if something differs.",
		Example: "  modreg snapshot diff 2026-11-17T12:00:00Z\n  modreg snapshot diff 1200 1300",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return exactly("moment to start from")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				before, err := f.snapshotAt(ctx, cmd, args[0])
				if err != nil {
					return err
				}
				to := ""
				if len(args) == 2 {
					to = args[1]
				}
				after, err := f.snapshotAt(ctx, cmd, to)
				if err != nil {
					return err
				}
				l := a.list("MODULE", "WHAT", "BEFORE", "AFTER")
				for d := range differences(before, after) {
					if err := l.row(d, d.Module, d.What, d.Before, d.After); err != nil {
						return err
					}
				}
				if err := l.end(); err != nil || l.n == 0 {
					return err
				}
				return &failure{exit: exitFindings, what: plural(uint64(l.n), "difference", "differences")}
			})
		},
	}
}

func (a *app) snapshotKeepCommand() *cobra.Command {
	return &cobra.Command{
		Use: "keep", Short: "Keep the newest state, so that the next start is fast", Args: noArgs,
		Long:    "Keep the state after the newest record in the journal. A registry does that by itself every 10,000 records; records before a kept state may be pruned.",
		Example: "  modreg snapshot keep",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				s, err := f.snapshotAt(ctx, cmd, "")
				if err != nil {
					return err
				}
				data := s.Encode()
				if s.Seq() > 0 {
					err = f.Journal.PutSnapshot(ctx, audit.LogRegistry, modreg.StoredSnapshot{Seq: s.Seq(), Hash: s.Hash(), Data: data})
				}
				if err != nil {
					return failed("keep the state", err)
				}
				return a.one(map[string]any{"record": s.Seq(), "versions": s.Len(), "bytes": len(data)},
					fmt.Sprintf("Kept the state after record %d: %s, %d bytes", s.Seq(), plural(uint64(s.Len()), "version", "versions"), len(data)))
			})
		},
	}
}
