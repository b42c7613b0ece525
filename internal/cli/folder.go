package cli

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/internal/datadir"
	"github.com/modreg/modreg/record"
)

// withFolder opens the data folder for work on it, which the audit log shows, and closes it afterwards.
func (a *app) withFolder(cmd *cobra.Command, use func(ctx context.Context, f *folder) error) error {
	ctx := a.as(cmd.Context())
	sinks, err := a.openSinks()
	if err != nil {
		return err
	}
	f, err := datadir.Open(ctx, a.data, datadir.Options{Sinks: sinks, Problem: func(err error) { a.warn("%v", err) }})
	if err != nil {
		return failed("open the data folder "+quote(a.data), err)
	}
	err = use(ctx, &folder{f})
	return errors.Join(err, failed("close the data folder", f.Close()))
}

// A folder is an open data folder.
type folder struct{ *datadir.Folder }

// as says in the audit log who is at work: the user of the operating system.
func (a *app) as(ctx context.Context) context.Context {
	actor := record.Actor{Kind: record.KindSystem, ID: "cli"}
	if a.UserID >= 0 {
		actor = record.Actor{Kind: record.KindUser, ID: "uid:" + strconv.Itoa(a.UserID), Authn: "os"}
	}
	return record.WithOrigin(ctx, record.Origin{Actor: actor})
}

// openSinks returns where checkpoints go beside the folder.
func (a *app) openSinks() ([]merkle.Sink, error) {
	var sinks []merkle.Sink
	for _, to := range a.sinks {
		if path, ok := strings.CutPrefix(to, "file:"); ok {
			sinks = append(sinks, merkle.FileSink(path))
			continue
		}
		sink, err := merkle.WebhookSink(to, merkle.WebhookOptions{})
		if err != nil {
			return nil, &failure{exit: exitUsage, what: "sink " + quote(to), err: err, fix: "write file:PATH or https://HOST/PATH"}
		}
		sinks = append(sinks, sink)
	}
	return sinks, nil
}
