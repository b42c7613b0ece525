package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"
)

// keys returns the verifier keys of a log, the newest first.
func (f *folder) keys(log string) (keys []string) {
	all := f.Trail.Keyring(log).Keys()
	for i := range all {
		keys = append(keys, all[len(all)-1-i].Verifier)
	}
	return keys
}

func (a *app) auditKeyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "key", Short: "The keys that sign checkpoints", Args: subcommandArgs, RunE: subcommandNeeded,
	}
	show := &cobra.Command{
		Use: "show [LOG]", Short: "Print the verifier keys of a log (registry if none is named)", Args: logArgument,
		Long:    "Print the keys with which others verify the checkpoints of a log, and from which size of the log each is valid. The first one is to be\ngiven to them by another way than the log: --trust holds the log against it.",
		Example: "  modreg audit key show\n  modreg audit key show audit -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withFolder(cmd, func(_ context.Context, f *folder) error {
				l := a.list("KEY", "FROM ENTRY", "SINCE")
				for _, k := range f.Trail.Keyring(logOf(args)).Keys() {
					row := map[string]any{"key": k.Verifier, "from": k.Size + 1, "since": when(k.Time)}
					if err := l.row(row, k.Verifier, number64(k.Size+1), when(k.Time)); err != nil {
						return err
					}
				}
				return l.end()
			})
		},
	}
	rotate := &cobra.Command{
		Use: "rotate [LOG]", Short: "Make a new signing key for a log (registry if none is named)", Args: logArgument,
		Long:    "Make a new signing key. The old key vouches for it in the keyring, and the first checkpoint after it is signed by both. The private key of before\nis replaced; what it signed stays valid.",
		Example: "  modreg audit key rotate\n  modreg audit key rotate audit",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				log := logOf(args)
				if err := f.Trail.RotateKey(ctx, log, nil); err != nil {
					return failed("rotate the key of the log "+quote(log), err)
				}
				key := f.keys(log)[0]
				return a.one(map[string]string{"log": log, "key": key}, "The log "+log+" is signed from now on with "+key)
			})
		},
	}
	cmd.AddCommand(show, rotate)
	return cmd
}

func (a *app) auditPruneCommand() *cobra.Command {
	var exported string
	cmd := &cobra.Command{
		Use: "prune LOG BEFORE", Short: "Drop old entries that were exported, and keep what proves the rest",
		Long: `Drop the entries of a log (registry or audit) before a number. It is refused while there is a hold, for entries younger than 400 days, and
unless exactly these entries were exported before, with the digest that --exported names:

  modreg audit export --log registry --format records --file registry.records

Entries of the registry need a kept state to start from too: modreg snapshot keep. The hashes of dropped entries stay, so that the log
verifies as before and what is left can be proved.`,
		Example: "  modreg audit prune registry 5000 --exported sha256:2c26…",
		Args:    exactly("log", "number of the first entry to keep"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := logArgument(cmd, args[:1]); err != nil {
				return err
			}
			before, err := strconv.ParseUint(args[1], 10, 63)
			if err != nil || before < 2 {
				return usage(cmd, quote(args[1])+" is not the number of the first entry to keep")
			}
			if exported == "" {
				return &failure{
					exit: exitUsage, what: "prune the log " + quote(args[0]), why: "nothing says that its entries were exported",
					fix: "modreg audit export --log " + args[0] + " --format records --file FILE, and name the digest that it prints with --exported",
				}
			}
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				if err := f.Trail.Prune(ctx, args[0], before, exported); err != nil {
					return failed("prune the log "+quote(args[0]), err)
				}
				return a.one(map[string]any{"log": args[0], "first": before}, fmt.Sprintf("The log %s begins with entry %d now", args[0], before))
			})
		},
	}
	cmd.Flags().StringVar(&exported, "exported", "", "digest of the export, as modreg audit export printed it")
	return cmd
}

func (a *app) auditHoldCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "hold", Short: "Keep everything from being pruned, for as long as a case is open", Args: subcommandArgs, RunE: subcommandNeeded,
	}
	var why string
	set := &cobra.Command{
		Use: "set ID", Short: "Begin a hold", Args: exactly("identifier of the hold"),
		Long:    "Keep everything in both logs from being pruned until the hold is released. The identifier is that of the case.",
		Example: "  modreg audit hold set case-2026-17 --reason 'letter of the regulator of 17 November'",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				return failed("set the hold "+quote(args[0]), f.Trail.Hold(ctx, args[0], why))
			})
		},
	}
	release := &cobra.Command{
		Use: "release ID", Short: "End a hold", Args: exactly("identifier of the hold"),
		Long:    "End a hold. Whoever ends it, and the reason, stay in the log.",
		Example: "  modreg audit hold release case-2026-17 --reason 'closed'",
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				return failed("release the hold "+quote(args[0]), f.Trail.Release(ctx, args[0], why))
			})
		},
	}
	list := &cobra.Command{
		Use: "list", Short: "List the holds that there are", Args: noArgs,
		Long: "List the holds that keep the logs from being pruned, with their reasons.", Example: "  modreg audit hold list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withFolder(cmd, func(_ context.Context, f *folder) error {
				l := a.list("HOLD", "SINCE", "REASON")
				for _, h := range f.Trail.Status().Holds {
					if err := l.row(h, h.ID, when(h.Since), h.Reason); err != nil {
						return err
					}
				}
				return l.end()
			})
		},
	}
	for _, c := range []*cobra.Command{set, release} {
		c.Flags().StringVar(&why, "reason", "", "why; needed")
	}
	cmd.AddCommand(set, release, list)
	return cmd
}
