package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/internal/datadir"
	"github.com/modreg/modreg/journal/boltjournal"
)

// A verified log is a row of audit verify.
type verifiedLog struct {
	Log     string `json:"log"`
	Origin  string `json:"origin"`
	Entries uint64 `json:"entries"`
	Pruned  uint64 `json:"pruned"`
	Root    string `json:"root"`
	Signed  string `json:"signed"`
	Marks   int    `json:"checkpoints"`
	Damaged uint64 `json:"damaged_hashes"`
}

func (a *app) auditVerifyCommand() *cobra.Command {
	var known []string
	var trust string
	cmd := &cobra.Command{
		Use: "verify", Short: "Read both logs whole and hold them against all that was signed", Args: noArgs,
		Long: `Read every entry of both logs, compute their Merkle trees anew, check that each record of the registry holds the hash of the one
before, and hold the trees against the stored checkpoint, those of the sinks, and those that --known names. Nothing is written, and no key
is needed: a copy of a folder on a medium that cannot be written can be verified too.

A folder that was put back to an older state as a whole is consistent in itself. Only a checkpoint from outside shows it.`,
		Example: "  modreg audit verify\n  modreg audit verify --known last-week.checkpoint\n  modreg audit verify --sink file:/var/log/modreg/checkpoints --trust 'modreg/node-1/registry+1c2d…'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withJournal(cmd.Context(), func(ctx context.Context, j *boltjournal.Journal) error {
				l := a.list("LOG", "ENTRIES", "PRUNED", "CHECKPOINTS", "SIGNED", "ROOT")
				inFiles := 0
				for _, name := range datadir.Logs() {
					r, found, err := a.verifyLog(ctx, j, name, trust, known)
					if err != nil {
						return err
					}
					inFiles += found
					row := verifiedLog{
						Log: name, Origin: r.Origin, Entries: r.Records, Pruned: r.Pruned, Root: r.Root.String(), Signed: when(r.Checkpoint.Time), Marks: r.Marks, Damaged: r.Damaged,
					}
					if err := l.row(row, name, number64(r.Records), number64(r.Pruned), strconv.Itoa(r.Marks), row.Signed, row.Root); err != nil {
						return err
					}
				}
				if err := l.end(); err != nil || len(known) == 0 || inFiles > 0 {
					return err
				}
				return &failure{exit: exitVerification, what: "verify against known checkpoints", why: "the files have none of these logs", fix: "name files that modreg audit checkpoint or a sink wrote"}
			})
		},
	}
	cmd.Flags().StringArrayVar(&known, "known", nil, "file with checkpoints that were kept outside; may be repeated")
	cmd.Flags().StringVar(&trust, "trust", "", "verifier key that the keyring of the log must begin with")
	return cmd
}

func number64(n uint64) string { return strconv.FormatUint(n, 10) }

func (a *app) auditCheckpointCommand() *cobra.Command {
	return &cobra.Command{
		Use: "checkpoint [LOG]", Short: "Print the newest signed checkpoint of a log, to be kept outside",
		Long: `Print the newest checkpoint of a log (registry if none is named): a signed note with the size and root of its Merkle tree. Whoever keeps it
can later tell whether the log still is what it was then: modreg audit verify --known FILE.`,
		Example: "  modreg audit checkpoint > last-week.checkpoint\n  modreg audit checkpoint audit",
		Args:    logArgument,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withJournal(cmd.Context(), func(ctx context.Context, j *boltjournal.Journal) error {
				l, err := a.openLog(ctx, j, logOf(args), "", func(error) {})
				if err != nil {
					return err
				}
				cp := l.Checkpoint()
				if err := l.Close(); err != nil {
					return err
				}
				if a.format == formatTable {
					_, err := a.Out.Write(cp.Note)
					return err
				}
				return a.one(map[string]any{"origin": cp.Origin, "size": cp.Size, "root": cp.Root.String(), "time": when(cp.Time), "note": string(cp.Note)})
			})
		},
	}
}

// logArgument admits the name of a log, or nothing.
func logArgument(cmd *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usage(cmd, "unexpected argument "+quote(args[1]))
	}
	if len(args) == 1 && args[0] != audit.LogRegistry && args[0] != audit.LogNode {
		return usage(cmd, quote(args[0])+" is neither registry nor audit")
	}
	return nil
}

func logOf(args []string) string {
	if len(args) == 1 {
		return args[0]
	}
	return audit.LogRegistry
}

func (a *app) auditProveCommand() *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use: "prove ENTRY", Short: "Write a file that proves one entry to somebody who trusts nobody here",
		Long: `Write a proof of one entry: the entry, its inclusion in the Merkle tree, and the signed checkpoint of that. It is a file in the format
c2sp.org/tlog-proof@v1. Whoever has the verifier key (modreg audit key show) checks it without modreg and without the folder, for
instance with the program audit/verify: one file, standard library only.`,
		Example: "  modreg audit prove 17 --file 17.tlog-proof\n  modreg audit prove audit/3",
		Args:    exactly("entry"),
		RunE: func(cmd *cobra.Command, args []string) error {
			log, seq, err := entry(cmd, args[0])
			if err != nil {
				return err
			}
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				p, err := f.Trail.Prove(ctx, log, seq)
				if err != nil {
					if errors.Is(err, merkle.ErrUnsigned) {
						return &failure{exit: exitNotFound, what: "prove entry " + quote(args[0]), err: err, fix: "modreg audit list"}
					}
					return failed("prove entry "+quote(args[0]), err)
				}
				data, err := p.Marshal()
				if err != nil {
					return failed("prove entry "+quote(args[0]), err)
				}
				_, err = a.toFile(file, func(w io.Writer) (audit.Exported, error) {
					_, err := w.Write(data)
					return audit.Exported{}, err
				})
				if err == nil && file != "-" {
					fmt.Fprintf(a.Err, "Wrote %s\nCheck it with: go run github.com/modreg/modreg/audit/verify -key '%s' %s\n", file, f.keys(log)[0], file)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVarP(&file, "file", "f", "-", `file to write, which must not exist; "-" is standard output`)
	return cmd
}

// readLimited reads a file of a limited size.
func readLimited(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fileError(path, err)
	}
	defer file.Close() //nolint:errcheck // it is only read
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err != nil {
		return nil, fileError(path, err)
	}
	if int64(len(data)) > most {
		return nil, &failure{exit: exitUsage, what: "file " + quote(path), why: fmt.Sprintf("it is larger than %d bytes", most)}
	}
	return data, nil
}
