package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/modregtest"
)

// noConfig is the configuration of plugins that have none.
type noConfig = monitorConfig

// stage is a plugin for a test.
func stage(name string, run stageFunc) plugin {
	return with(modreg.Manifest{Name: name, Kind: kindData}, StageCapability, noConfig{},
		func(noConfig, modreg.Deps) (Stage, error) { return run, nil }, names(name))
}

// failing plugins: each does something that a good one does not.
func failing() []plugin {
	return []plugin{
		stage("panics", func(_ context.Context, in io.Reader, _ io.Writer) error {
			_, _ = io.ReadFull(in, make([]byte, 10))
			panic("out of cheese")
		}),
		stage("fails", func(_ context.Context, in io.Reader, _ io.Writer) error {
			_, _ = io.ReadFull(in, make([]byte, 10))
			return errors.New("no more cheese")
		}),
		stage("ends", func(_ context.Context, in io.Reader, out io.Writer) error {
			_, _ = io.CopyN(out, in, 10)
			return io.ErrUnexpectedEOF // must not pass for the end of the data
		}),
		stage("ignores", func(_ context.Context, in io.Reader, out io.Writer) error {
			_, _ = io.Copy(out, in)
			return nil
		}),
		stage("head", func(_ context.Context, in io.Reader, out io.Writer) error {
			_, err := io.CopyN(out, in, 10)
			return err
		}),
	}
}

func TestPipeline_roundTrip(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	inputs := map[string][]byte{
		"empty": nil, "byte": {7}, "random": random(300_000), "text": bytes.Repeat([]byte("all work and no play\n"), 5_000),
	}
	for there, back := range map[string]string{
		"zstd": "unzstd", "gzip": "gunzip", "compress": "decompress",
		"compress@^1[algo=gzip]": "decompress[algo=gzip]", "gzip | zstd | encrypt": "decrypt | unzstd | gunzip",
		"encrypt | encrypt": "decrypt | decrypt", `compress@>=1.1 || ^3[algo="zstd", direction=encode]`: "unzstd",
	} {
		for name, data := range inputs {
			if got := b.pass(back, b.pass(there, data)); !bytes.Equal(got, data) {
				t.Errorf("%s, %s: %d bytes became %d others", there, name, len(data), len(got))
			}
		}
	}
}

func TestPipeline_isolatesPanic(t *testing.T) {
	t.Parallel()
	b := newBench(t, failing()...)
	b.refuse(`stage "panics" (panics@1.0.0): call panics@1.0.0: module panics@1.0.0 panicked: out of cheese`,
		"gzip | panics | zstd", random(500_000))
}

// Whatever its neighbours make of the error, the one that is reported is the first.
func TestPipeline_reportsFirstError(t *testing.T) {
	t.Parallel()
	b := newBench(t, failing()...)
	data := random(500_000)
	for _, pipe := range []string{"fails", "gzip | fails | encrypt", "ignores | fails | ignores", "fails | gzip", "encrypt | fails"} {
		b.refuse(`stage "fails" (fails@1.0.0): no more cheese`, pipe, data)
	}
	half := b.refuse(`stage "ends" (ends@1.0.0): unexpected EOF`, "ends | encrypt", data)
	b.refuse(`stage "decrypt"`, "decrypt", half) // what was sealed until then does not pass for a whole
	b.refuse(`stage "gunzip" (gunzip@1.0.0): unexpected EOF`, "gunzip | encrypt", cut(b.pass("gzip", data)))
}

// A stage that has enough does not spare those before it: they see the end, and what is wrong there.
func TestPipeline_readsToEnd(t *testing.T) {
	t.Parallel()
	b := newBench(t, failing()...)
	data := random(500_000)
	if got := b.pass("gzip | gunzip | head", data); !bytes.Equal(got, data[:10]) {
		t.Errorf("got %x", got)
	}
	sealed := b.pass("encrypt", data)
	sealed[len(sealed)-1] ^= 1
	b.refuse(errTampered.Error(), "decrypt | head", sealed)
}

// A writer that fails fails the pipeline, even if the stage did not care.
func TestPipeline_seesIgnoredWriteError(t *testing.T) {
	t.Parallel()
	var stderr bytes.Buffer
	full := writerFunc(func([]byte) (int, error) { return 0, errors.New("disk full") })
	a := app{stdin: strings.NewReader("text"), stdout: full, stderr: &stderr, extra: failing()}
	if code := a.run(t.Context(), []string{"-pipe", "ignores"}); code != exitFailed || !strings.Contains(stderr.String(), "disk full") {
		t.Errorf("exit code %d: %s", code, stderr.String())
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// A bubble of synctest fails if a goroutine is left in it.
func TestPipeline_leavesNoGoroutine(t *testing.T) {
	t.Parallel()
	for _, pipe := range []string{"gzip | zstd | fails | encrypt | gzip", "gzip | panics", "fails | gzip", "unzstd | gzip", "ends | encrypt"} {
		b := newBench(t, failing()...)
		synctest.Test(t, func(t *testing.T) {
			b := &bench{t: t, dir: b.dir, extra: b.extra}
			if code, _, _ := b.try(pipe, random(400_000)); code != exitFailed {
				t.Errorf("%s: exit code %d", pipe, code)
			}
		})
	}
}

func TestPipeline_startsOnlyWhatItUses(t *testing.T) {
	t.Parallel()
	reg, err := openRegistry(t.Context(), &job{secret: passphraseConfig{File: newBench(t).path("key")}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reg.Close(t.Context()) }()
	specs, err := parsePipe("lines-sort | encrypt | compress")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := build(t.Context(), reg, specs); err != nil {
		t.Fatal(err)
	}
	found, err := reg.Discover(modreg.Query{})
	if err != nil {
		t.Fatal(err)
	}
	var running []string
	for m := range found {
		if m.Status().State == modreg.StateActive {
			running = append(running, m.Name())
		}
	}
	if got := strings.Join(running, " "); got != "encrypt lines-sort passphrase zstd" {
		t.Errorf("running: %s", got)
	}
}

func TestMonitor_numbers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	code, out, stderr := b.try("lines-sort | encrypt | gzip", []byte("b\na"), "-json")
	var report struct{ Stages []Measurement }
	if err := json.Unmarshal([]byte(stderr), &report); err != nil || code != exitOK || len(report.Stages) != 3 {
		t.Fatalf("exit code %d, %v: %s", code, err, stderr)
	}
	sealed := int64(headerSize + 4 + 16)
	for i, want := range []Measurement{
		{Position: 1, Stage: "lines-sort", Module: "lines-sort@1.0.0", In: 3, Out: 4},
		{Position: 2, Stage: "encrypt", Module: "encrypt@1.0.0", In: 4, Out: sealed},
		{Position: 3, Stage: "gzip", Module: "gzip@1.0.0", In: sealed, Out: int64(len(out))},
	} {
		got := report.Stages[i]
		if got.Duration <= 0 {
			t.Errorf("stage %d took %v", i+1, got.Duration)
		}
		if got.Duration = 0; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if _, _, stderr := b.try("gzip | gunzip", nil, "-quiet"); stderr != "" {
		t.Errorf("quiet: %s", stderr)
	}
	if _, _, stderr := b.try("gzip | unzstd", nil); !strings.Contains(stderr, "unzstd  unzstd@1.0.0") || !strings.Contains(stderr, "failed") {
		t.Errorf("table: %s", stderr)
	}
}

// The stages that process data keep what every registry expects of a module.
func TestStages_conform(t *testing.T) {
	t.Parallel()
	for _, p := range processing() {
		t.Run(p.manifest.Name, func(t *testing.T) {
			t.Parallel()
			modregtest.Conform(t, modregtest.Subject[Stage]{
				Manifest: p.manifest, Options: p.options, Capability: StageCapability,
				Use: func(ctx context.Context, s Stage) error {
					r := newMeteredReader(ctx, strings.NewReader("1\n2\n"))
					return s.Run(ctx, r, newMeteredWriter(ctx, io.Discard))
				},
			})
		})
	}
}
