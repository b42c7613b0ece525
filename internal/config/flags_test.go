package config_test

import (
	"flag"
	"fmt"
	"io"
	"testing"

	"github.com/spf13/pflag"

	"github.com/modreg/modreg/internal/config"
)

func TestFlags(t *testing.T) {
	t.Parallel()
	args := []string{"--log-level=debug", "--telemetry-metrics=false", "--audit-require-sinks", "--audit-sinks", "file:a,b", "--audit-sinks=file:c d"}
	standard, gnu := config.NewFlags(), config.NewFlags()
	set := flag.NewFlagSet("modreg", flag.ContinueOnError)
	for _, v := range standard.All() {
		set.Var(v, v.Flag(), v.Doc)
	}
	other := pflag.NewFlagSet("modreg", pflag.ContinueOnError)
	for _, v := range gnu.All() {
		f := other.VarPF(v, v.Flag(), "", v.Doc)
		if v.IsBoolFlag() {
			f.NoOptDefVal = "true"
		}
	}
	set.SetOutput(io.Discard)
	set.PrintDefaults() // makes zero values and asks them
	for _, parse := range []func([]string) error{set.Parse, other.Parse} {
		if err := parse(args); err != nil {
			t.Fatal(err)
		}
	}
	for _, flags := range []*config.Flags{standard, gnu} {
		c := load(t, config.Sources{Flags: flags}).Config
		if fmt.Sprint(c.Log.Level, c.Telemetry.Metrics, c.Audit.RequireSinks, len(c.Audit.Sinks), c.Audit.Sinks) != "debug false true 2 [file:a,b file:c d]" {
			t.Errorf("%+v", c)
		}
	}
	if config.NewFlags().Set("no-such", "x") == nil {
		t.Error("a flag was set that does not exist")
	}
}

func ExampleLoad() {
	flags := config.NewFlags()
	_ = flags.Set("listen-addresses", "127.0.0.1:9000")
	l, err := config.Load(config.Sources{Environ: []string{"MODREG_LOG_LEVEL=debug"}, Flags: flags})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(l.Config.Listen.Addresses[0], l.Config.Log.Level, l.Config.Drain.Timeout)
	fmt.Println(l.Origin("listen.addresses"), l.Origin("log.level"), l.Origin("drain.timeout"))

	_, err = config.Load(config.Sources{Environ: []string{"MODREG_LOG_LEVEL=loud"}})
	fmt.Println(err)
	// Output:
	// 127.0.0.1:9000 debug 30s
	// --listen-addresses MODREG_LOG_LEVEL default
	// MODREG_LOG_LEVEL: log.level: "loud" is not known here (one of debug, info, warn, error)
}
