package modreg_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modreg/modreg"
)

type settings struct {
	Greeting string `json:"greeting"`
	Loud     bool   `json:"loud"`
}

// configured is a greeter with a configuration; live ones take another while they run.
type configured struct {
	probe
	now atomic.Pointer[settings]
}

func (c *configured) Greet(ctx context.Context, name string) (string, error) {
	s := c.now.Load()
	out, err := c.probe.Greet(ctx, name)
	if s.Loud {
		out = strings.ToUpper(out)
	}
	return s.Greeting + ": " + out, err
}

type liveConfigured struct{ configured }

func (c *liveConfigured) Configure(_ context.Context, next modreg.Config) error {
	s := settings{Greeting: "default"}
	if err := next.Decode(&s); err != nil {
		return err
	}
	if s.Greeting == "refuse" {
		return errBoom
	}
	c.now.Store(&s)
	return nil
}

func provideConfigured(st *stats, live bool) modreg.ModuleOption {
	return modreg.Provide(greet, func(_ context.Context, d modreg.Deps) (greeter, error) {
		s := settings{Greeting: "default"}
		if err := d.Config().Decode(&s); err != nil {
			return nil, err
		}
		if s.Greeting == "refuse" {
			return nil, errBoom
		}
		st.built.Add(1)
		c := &liveConfigured{configured{probe: probe{name: "a", stats: st}}}
		c.now.Store(&s)
		if live {
			return c, nil
		}
		return &c.configured, nil
	})
}

// lengthValidator refuses greetings that are longer than the schema's only number.
type lengthValidator struct{}

func (lengthValidator) ValidateConfig(_, config []byte) error {
	if len(config) > 60 {
		return errors.New("too long")
	}
	return nil
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	for name, live := range map[string]bool{"live": true, "by replacement": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reg := open(t, modreg.WithConfigValidator(lengthValidator{}))
			var s stats
			m := mod("a", "1.0.0")
			m.ConfigSchema = []byte(`{"type":"object"}`)
			register(t, reg, m, provideConfigured(&s, live), modreg.WithConfig(settings{Greeting: "first"}))
			h := lookup(t, reg, greet)
			want := func(text string) {
				t.Helper()
				if out, err := hello(ctx, h); err != nil || out != text {
					t.Fatalf("%q, %v; want %q", out, err, text)
				}
			}
			want("first: a greets you")
			must(t, reg.Configure(ctx, "a", settings{Greeting: "second", Loud: true}))
			want("second: A GREETS YOU")
			if got := string(reg.Snapshot().Config("a")); got != `{"greeting":"second","loud":true}` {
				t.Errorf("recorded configuration %s", got)
			}
			seq := reg.Snapshot().Seq()
			wantCode(t, reg.Configure(ctx, "a", settings{Greeting: "refuse"}), modreg.CodeFailed, "boom")
			wantCode(t, reg.Configure(ctx, "a", []byte(`{"greeting":"x","greeting":"y"}`)), modreg.CodeInvalid)
			wantCode(t, reg.Configure(ctx, "a", map[string]string{"greting": "typo"}), modreg.CodeInvalid, "greting", "greeting")
			wantCode(t, reg.Configure(ctx, "a", settings{Greeting: strings.Repeat("x", 99)}), modreg.CodeInvalid, "too long")
			wantCode(t, reg.Configure(ctx, "b", settings{}), modreg.CodeNotFound)
			want("second: A GREETS YOU")
			if reg.Snapshot().Seq() != seq {
				t.Error("a refused configuration was recorded")
			}
			must(t, reg.Configure(ctx, "a", settings{Greeting: "second", Loud: true})) // the same again
			if reg.Snapshot().Seq() != seq {
				t.Error("the same configuration was recorded again")
			}
			built := int64(1)
			if !live {
				built = 2
			}
			if s.built.Load() != built || s.stopped.Load() != built-1 {
				t.Errorf("built %d, stopped %d; want %d, %d", s.built.Load(), s.stopped.Load(), built, built-1)
			}
			must(t, reg.Stop(ctx, "a"))
			must(t, reg.Configure(ctx, "a", settings{Greeting: "third"})) // of what does not run it is only recorded
			want("third: a greets you")
		})
	}
}

func TestConfigure_losesNoCall(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	reg := open(t)
	var s stats
	register(t, reg, mod("a", "1.0.0"), provideConfigured(&s, false))
	h := lookup(t, reg, greet)
	must(t, reg.Start(ctx, "a"))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := hello(ctx, h); err != nil {
					t.Errorf("lost call: %v", err)
					return
				}
			}
		})
	}
	for i := range 20 {
		must(t, reg.Configure(ctx, "a", settings{Greeting: strings.Repeat("x", i+1)}))
	}
	close(stop)
	wg.Wait()
	if s.late.Load() != 0 || s.built.Load() != s.stopped.Load()+1 {
		t.Errorf("%d late calls, built %d, stopped %d", s.late.Load(), s.built.Load(), s.stopped.Load())
	}
}
