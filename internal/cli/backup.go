package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"github.com/modreg/modreg/backup"
	"github.com/modreg/modreg/internal/datadir"
)

func (a *app) backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "backup", Short: "Write and look at backups of a data folder", Args: subcommandArgs, RunE: subcommandNeeded,
		Long: `A backup holds every record of both logs, with the checksums and signed checkpoints that show whether it is whole. With --recipient or
--passphrase-file it is encrypted (age), and only then it has the signing keys, so that a folder that is made of it goes on as the same node.`,
	}
	cmd.AddCommand(a.backupCreateCommand(), a.backupScheduleCommand(), a.backupInspectCommand())
	return cmd
}

// secrecy are the flags of who can read a backup.
type secrecy struct {
	recipients     []string
	recipientFiles []string
	identityFiles  []string
	passphraseFile string
}

func (s *secrecy) addWriting(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&s.recipients, "recipient", nil, "who can read it: an age recipient, age1…; may be repeated")
	cmd.Flags().StringArrayVar(&s.recipientFiles, "recipients-file", nil, "file with age recipients; may be repeated")
	cmd.Flags().StringVar(&s.passphraseFile, "passphrase-file", "", "file with a passphrase on one line, instead of recipients")
}

func (s *secrecy) addReading(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&s.identityFiles, "identity", nil, "file with an age identity that opens an encrypted backup; may be repeated")
	cmd.Flags().StringVar(&s.passphraseFile, "passphrase-file", "", "file with the passphrase on one line")
}

// options returns who can read a backup that is written.
func (s *secrecy) options(cmd *cobra.Command) (o backup.Options, err error) {
	for _, text := range s.recipients {
		r, err := age.ParseX25519Recipient(text)
		if err != nil {
			return o, usage(cmd, quote(text)+" is not an age recipient")
		}
		o.Recipients = append(o.Recipients, r)
	}
	for _, path := range s.recipientFiles {
		text, err := readLimited(path, 1<<20)
		if err != nil {
			return o, err
		}
		all, err := age.ParseRecipients(bytes.NewReader(text))
		if err != nil {
			return o, usage(cmd, "the file "+quote(path)+" does not hold age recipients")
		}
		o.Recipients = append(o.Recipients, all...)
	}
	if s.passphraseFile == "" {
		return o, nil
	}
	if len(o.Recipients) > 0 {
		return o, usage(cmd, "a passphrase and recipients exclude each other")
	}
	phrase, err := s.passphrase(cmd)
	if err != nil {
		return o, err
	}
	r, err := age.NewScryptRecipient(phrase)
	if err != nil {
		return o, usage(cmd, "the passphrase cannot be used")
	}
	o.Recipients = append(o.Recipients, r)
	return o, nil
}

// readOptions returns what opens a backup.
func (s *secrecy) readOptions(cmd *cobra.Command) (o backup.ReadOptions, err error) {
	for _, path := range s.identityFiles {
		text, err := readLimited(path, 1<<20)
		if err != nil {
			return o, err
		}
		all, err := age.ParseIdentities(bytes.NewReader(text))
		if err != nil { // the error of age may hold parts of the file
			return o, usage(cmd, "the file "+quote(path)+" does not hold age identities")
		}
		o.Identities = append(o.Identities, all...)
	}
	if s.passphraseFile == "" {
		return o, nil
	}
	phrase, err := s.passphrase(cmd)
	if err != nil {
		return o, err
	}
	i, err := age.NewScryptIdentity(phrase)
	if err != nil {
		return o, usage(cmd, "the passphrase cannot be used")
	}
	o.Identities = append(o.Identities, i)
	return o, nil
}

func (s *secrecy) passphrase(cmd *cobra.Command) (string, error) {
	text, err := readLimited(s.passphraseFile, 4096)
	if err != nil {
		return "", err
	}
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	if line = bytes.TrimRight(line, "\r"); len(line) == 0 || len(bytes.TrimSpace(rest)) > 0 {
		return "", usage(cmd, "the file "+quote(s.passphraseFile)+" does not hold a passphrase on one line")
	}
	return string(line), nil
}

func (a *app) backupCreateCommand() *cobra.Command {
	var s secrecy
	cmd := &cobra.Command{
		Use: "create FILE", Short: "Write a backup into a new file", Args: exactly("file to write"),
		Long:    "Write a backup of the data folder into a file that does not exist yet. The file is there whole or not at all.",
		Example: "  modreg backup create 2026-11-17.modreg --recipient age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\n  modreg backup create plain.modreg",
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := s.options(cmd)
			if err != nil {
				return err
			}
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				m, err := f.WriteBackup(ctx, args[0], o)
				if err != nil {
					return backupFailed("write the backup "+quote(args[0]), err)
				}
				if !m.Encrypted {
					a.warn("it is not encrypted, and has no signing keys: keep those of %s/%s somewhere safe", a.data, datadir.AuditName)
				}
				return a.one(m, fmt.Sprintf("Wrote %s: %d bytes, %s", args[0], m.Size, m.Digest))
			})
		},
	}
	s.addWriting(cmd)
	return cmd
}

func (a *app) backupScheduleCommand() *cobra.Command {
	var s secrecy
	var every time.Duration
	var keep int
	cmd := &cobra.Command{
		Use: "schedule FOLDER", Short: "Write a backup at every interval, until interrupted", Args: exactly("folder of the backups"),
		Long: `Write a backup into a folder at once if the last good one is older than the interval, and then at every interval. Backups are named by
their time and verified; the newest that verify are kept, and nothing is removed for one that does not. One that is encrypted for
recipients is verified by the digest that the audit log has of it: what only they can read can only they verify in full.`,
		Example: "  modreg backup schedule /var/backups/modreg --every 24h --keep 14 --recipients-file recipients.txt",
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := s.options(cmd)
			if err != nil {
				return err
			}
			return a.withFolder(cmd, func(ctx context.Context, f *folder) error {
				err := backup.Schedule{
					Dir: args[0], Every: every, Keep: keep,
					Write: func(ctx context.Context, path string) (backup.Manifest, error) { return f.WriteBackup(ctx, path, o) },
					Check: checkFor(f, o),
					Report: func(path string, m backup.Manifest, err error) {
						if err != nil {
							a.warn("%s: %v", path, err)
							return
						}
						_ = a.one(m, fmt.Sprintf("%s  %s: %d bytes", when(a.Now()), path, m.Size))
					},
				}.Run(ctx)
				return backupFailed("write backups into "+quote(args[0]), err)
			})
		},
	}
	s.addWriting(cmd)
	cmd.Flags().DurationVar(&every, "every", 24*time.Hour, "interval")
	cmd.Flags().IntVar(&keep, "keep", 7, "how many backups are kept")
	return cmd
}

// checkFor returns how a backup is verified: whoever has only the recipients cannot open it, but knows what was written.
func checkFor(f *folder, o backup.Options) func(context.Context, string) (backup.Manifest, error) {
	if len(o.Recipients) == 0 {
		return nil
	}
	return f.CheckBackup
}

func (a *app) backupInspectCommand() *cobra.Command {
	var s secrecy
	cmd := &cobra.Command{
		Use: "inspect FILE", Short: "Read a backup whole, verify it, and say what it holds", Args: exactly("backup"),
		Long:    "Read a backup to its end and verify all of it: the checksums, that no record is missing, and that each holds the hash of the one before.",
		Example: "  modreg backup inspect 2026-11-17.modreg --identity key.txt\n  modreg backup inspect plain.modreg -o json",
		RunE: func(cmd *cobra.Command, args []string) error {
			o, err := s.readOptions(cmd)
			if err != nil {
				return err
			}
			return a.withFile(args[0], func(file io.Reader) error {
				m, err := backup.Inspect(cmd.Context(), file, o)
				if err != nil {
					return backupFailed("inspect "+quote(args[0]), err)
				}
				if a.format != formatTable {
					return a.one(m)
				}
				fmt.Fprintf(a.Err, "A backup of %s of %s, %d bytes, encrypted: %t\n", m.Node, when(m.Created), m.Size, m.Encrypted)
				return a.listStreams(m)
			})
		},
	}
	s.addReading(cmd)
	return cmd
}

func (a *app) listStreams(m backup.Manifest) error {
	l := a.list("STREAM", "FIRST", "HEAD", "HASH OF THE LAST RECORD")
	for _, s := range m.Streams {
		if err := l.row(s, s.Name, number64(s.First), number64(s.Head), s.Hash.String()); err != nil {
			return err
		}
	}
	return l.end()
}

func (a *app) withFile(path string, use func(io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return fileError(path, err)
	}
	return errors.Join(use(file), file.Close())
}

func (a *app) restoreCommand() *cobra.Command {
	var s secrecy
	var o datadir.RestoreOptions
	cmd := &cobra.Command{
		Use: "restore FILE", Short: "Make a data folder of a backup", Args: exactly("backup"),
		Long: `Make a data folder of a backup: the folder that --data names, which must not be there or be empty. It is there whole or not at all, its logs
end where those of the backup end, and they verify. That it was restored is written into its audit log.

A backup that is not encrypted has no signing keys. Name the folder that has them with --keys; if they are lost, --new-node goes on as
another node under new keys.`,
		Example: "  modreg restore 2026-11-17.modreg --identity key.txt --data /var/lib/modreg\n  modreg restore plain.modreg --keys /safe/modreg-keys --data restored",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.Keys != "" && o.NewNode {
				return usage(cmd, "--keys and --new-node exclude each other")
			}
			if o.ReadOptions, err = s.readOptions(cmd); err != nil {
				return err
			}
			o.Problem = func(err error) { a.warn("%v", err) }
			return a.withFile(args[0], func(file io.Reader) error {
				m, err := datadir.Restore(a.as(cmd.Context()), a.data, file, o)
				if err != nil {
					return backupFailed("restore "+quote(args[0]), err)
				}
				if a.format != formatTable {
					return a.one(m)
				}
				fmt.Fprintf(a.Err, "Restored %s from a backup of %s of %s\n", a.data, m.Node, when(m.Created))
				return a.listStreams(m)
			})
		},
	}
	s.addReading(cmd)
	cmd.Flags().StringVar(&o.Keys, "keys", "", "folder with the signing keys, registry.key and audit.key")
	cmd.Flags().BoolVar(&o.NewNode, "new-node", false, "go on as another node, with new keys")
	return cmd
}

// backupFailed is failed for errors of package backup.
func backupFailed(what string, err error) error {
	if err == nil {
		return nil
	}
	f, ok := failed(what, err).(*failure) //nolint:errorlint // it is one
	if !ok {
		return err
	}
	var none *age.NoIdentityMatchError
	var damage *backup.DamageError
	var format *backup.FormatError
	switch {
	case errors.Is(err, backup.ErrEncrypted):
		f.exit, f.fix = exitDenied, "name the identity that opens it with --identity, or the passphrase with --passphrase-file"
	case errors.As(err, &none):
		f.exit, f.fix = exitDenied, "name another identity"
	case errors.Is(err, backup.ErrNotEncrypted):
		f.exit, f.fix = exitVerification, "leave out --identity and --passphrase-file if it is meant to be in the clear"
	case errors.As(err, &damage), errors.Is(err, backup.ErrUnfinished):
		f.exit, f.fix = exitVerification, "use another backup"
	case errors.As(err, &format):
		f.fix = "use the version of modreg that wrote it, or a later one"
	case errors.Is(err, backup.ErrNotEmpty):
		f.exit, f.fix = exitConflict, "name a folder that is not there with --data"
	case errors.Is(err, datadir.ErrNoKeys):
		f.exit, f.fix = exitUsage, "name the folder that has them with --keys; if they are lost: --new-node"
	case errors.Is(err, os.ErrExist):
		f.exit, f.fix = exitConflict, "name another file"
	case errors.Is(err, context.Canceled):
		return errInterrupted
	}
	return f
}
