package modregtest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/modregtest"
)

// greeter is a capability, upper a module that provides it.
type greeter interface {
	Greet(ctx context.Context, name string) (string, error)
}

var greetings = modreg.NewCapability[greeter]("example.greet")

type upper struct{}

func (upper) Greet(_ context.Context, name string) (string, error) {
	return "HELLO " + strings.ToUpper(name), nil
}

func newUpper(context.Context, modreg.Deps) (greeter, error) { return upper{}, nil }

// The author of a module has a test like this one.
func ExampleConform() {
	testUpper := func(t *testing.T) {
		t.Helper()
		modregtest.Conform(t, modregtest.Subject[greeter]{
			Manifest:   modreg.Manifest{Name: "upper", Version: "1.0.0"},
			Options:    []modreg.ModuleOption{modreg.Provide(greetings, newUpper)},
			Capability: greetings,
			Use: func(ctx context.Context, g greeter) error {
				out, err := g.Greet(ctx, "Ada")
				if err == nil && out != "HELLO ADA" {
					err = fmt.Errorf("the greeting is %q", out)
				}
				return err
			},
		})
	}
	_ = testUpper // go test calls it
	// Output:
}

// quiet is the test's own greeter.
type quiet struct{}

func (quiet) Greet(context.Context, string) (string, error) { return "hm", nil }

type silent struct{}

func (silent) Greet(context.Context, string) (string, error) { return "", errors.New("no answer") }

// A program that calls modules is tested with fakes in their place.
func ExampleFake() {
	testProgram := func(t *testing.T) {
		t.Helper()
		reg := modregtest.New(t)
		fake := modregtest.Fake[greeter](t, reg, greetings, quiet{}, modreg.Attr("lang", "en"))
		// Run the program on reg, and see that it gets its greeting.
		fake.Replace(silent{})
		// See what it does when greetings fail.
		fake.TakeAway()
		// See what it does when nobody greets.
		fake.BringBack()
	}
	_ = testProgram // go test calls it
	// Output:
}

func ExampleNew() {
	testProgram := func(t *testing.T) {
		t.Helper()
		reg := modregtest.New(t)
		if err := reg.Register(t.Context(), modreg.Manifest{Name: "upper", Version: "1.0.0"}, modreg.Provide(greetings, newUpper)); err != nil {
			t.Fatal(err)
		}
		// Run the program on reg; the registry is closed when the test ends.
	}
	_ = testProgram // go test calls it
	// Output:
}
