package modregtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/modregtest"
)

// textProcessor is the capability of the module that conforms.
type textProcessor interface {
	Process(ctx context.Context, s string) (string, error)
}

var text = modreg.NewCapability[textProcessor]("test.text")

// worker processes texts in a goroutine of its own, one after the other, as modules do that guard something.
type worker struct {
	prefix string
	jobs   chan job
	quit   chan struct{}
	done   sync.WaitGroup
}

type job struct {
	text   string
	answer chan<- string
}

func newWorker(_ context.Context, d modreg.Deps) (textProcessor, error) {
	config := struct{ Prefix string }{Prefix: "> "}
	if err := d.Config().Decode(&config); err != nil {
		return nil, err
	}
	return &worker{prefix: config.Prefix, jobs: make(chan job), quit: make(chan struct{})}, nil
}

func (w *worker) Start(context.Context) error {
	w.done.Go(func() {
		for {
			select {
			case j := <-w.jobs:
				j.answer <- w.prefix + strings.ToUpper(j.text)
			case <-w.quit:
				return
			}
		}
	})
	return nil
}

func (w *worker) Stop(context.Context) error {
	close(w.quit)
	w.done.Wait()
	return nil
}

func (w *worker) Process(ctx context.Context, s string) (string, error) {
	answer := make(chan string, 1)
	select {
	case w.jobs <- job{s, answer}:
		return <-answer, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func useText(ctx context.Context, p textProcessor) error {
	out, err := p.Process(ctx, "hello")
	if err == nil && out != "> HELLO" {
		err = fmt.Errorf("the answer is %q", out)
	}
	return err
}

func TestConform(t *testing.T) {
	t.Parallel()
	modregtest.Conform(t, modregtest.Subject[textProcessor]{
		Manifest: modreg.Manifest{
			Name: "worker", Version: "1.0.0",
			ConfigSchema: []byte(`{"type":"object","properties":{"Prefix":{"type":"string"}},"additionalProperties":false}`),
		},
		Options:    []modreg.ModuleOption{modreg.Provide(text, newWorker), modreg.WithConfig([]byte(`{"Prefix":"> "}`))},
		Capability: text,
		Use:        useText,
	})
}

// alarm requires a clock.
type alarm struct{ clock *modreg.Handle[clock] }

func newAlarm(_ context.Context, d modreg.Deps) (*alarm, error) {
	h, err := modreg.Need(d, clocks)
	return &alarm{h}, err
}

func TestConform_preparesWhatIsRequired(t *testing.T) {
	t.Parallel()
	alarms := modreg.NewCapability[*alarm]("test.alarm")
	modregtest.Conform(t, modregtest.Subject[*alarm]{
		Manifest:   modreg.Manifest{Name: "alarm", Version: "1.0.0"},
		Options:    []modreg.ModuleOption{modreg.Provide(alarms, newAlarm), modreg.Require(clocks)},
		Capability: alarms,
		Prepare: func(tb testing.TB, reg *modreg.Registry) {
			tb.Helper()
			modregtest.Fake[clock](tb, reg, clocks, stopped(7))
		},
		Use: func(ctx context.Context, a *alarm) error {
			h, err := modreg.Do(ctx, a.clock, func(_ context.Context, c clock) (int, error) { return c.Hour(), nil })
			if err == nil && h != 7 {
				err = errors.New("it is not seven")
			}
			return err
		},
	})
}
