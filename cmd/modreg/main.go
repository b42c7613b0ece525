// Command modreg works with the data folder of a registry: its journal, its audit log and their backups.
//
//	modreg help
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/modreg/modreg/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], cli.System())
	stop()
	os.Exit(code)
}
