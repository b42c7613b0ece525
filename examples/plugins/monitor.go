package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/modreg/modreg"
)

// A monitor is the plugin that the job chose to watch the stages, or none.
type monitor struct {
	handle *modreg.Handle[Monitor]

	mu     sync.Mutex
	failed error // guarded by mu; the first failure of the plugin
}

func openMonitor(ctx context.Context, reg *modreg.Registry, j *job) (*monitor, error) {
	if j.quiet {
		return &monitor{}, nil
	}
	format := "table"
	if j.json {
		format = "json"
	}
	h, err := modreg.Lookup(ctx, reg, MonitorCapability, modreg.Where("format", format))
	return &monitor{handle: h}, err
}

// observe passes a measurement on. Whatever the plugin does, the stages go on.
func (m *monitor) observe(ctx context.Context, position int, measured Measurement) {
	measured.Position = position + 1
	m.call(context.WithoutCancel(ctx), func(plugin Monitor) error { plugin.Observe(measured); return nil })
}

// report writes the plugin's report, and returns what went wrong with the plugin at any time.
func (m *monitor) report(ctx context.Context, w io.Writer) error {
	m.call(ctx, func(plugin Monitor) error { return plugin.Report(w) })
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failed
}

func (m *monitor) call(ctx context.Context, f func(Monitor) error) {
	if m.handle == nil {
		return
	}
	_, err := modreg.Do(ctx, m.handle, func(_ context.Context, plugin Monitor) (struct{}, error) {
		return struct{}{}, f(plugin)
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failed == nil && err != nil {
		m.failed = fmt.Errorf("monitor: %w", err)
	}
}

// monitorConfig is empty: there is nothing to configure.
type monitorConfig struct{}

func (monitorConfig) check() error { return nil }

// A recorder is the Monitor that keeps measurements until they are printed.
type recorder struct {
	write func(w io.Writer, all []Measurement) error

	mu  sync.Mutex
	all []Measurement // guarded by mu
}

func newTableMonitor(monitorConfig, modreg.Deps) (Monitor, error) {
	return &recorder{write: printTable}, nil
}

func newJSONMonitor(monitorConfig, modreg.Deps) (Monitor, error) {
	return &recorder{write: printJSON}, nil
}

// Observe keeps a measurement.
func (r *recorder) Observe(m Measurement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, m)
}

// Report prints the measurements in the order of the pipeline.
func (r *recorder) Report(w io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortFunc(r.all, func(a, b Measurement) int { return cmp.Compare(a.Position, b.Position) })
	return r.write(w, r.all)
}

func printTable(w io.Writer, all []Measurement) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "STAGE\tPLUGIN\tBYTES IN\tBYTES OUT\tTIME\tRESULT")
	for _, m := range all {
		result := "ok"
		if m.Error != "" {
			result = "failed"
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%v\t%s\n", m.Stage, m.Module, m.In, m.Out, m.Duration.Round(time.Microsecond), result)
	}
	return t.Flush()
}

func printJSON(w io.Writer, all []Measurement) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		Stages []Measurement `json:"stages"`
	}{all})
}
