package modreg_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/manifest"
)

// Shouter is what the examples' modules provide.
type Shouter interface {
	Shout(ctx context.Context, s string) (string, error)
}

// Shout ties the capability's name to its Go type.
var Shout = modreg.NewCapability[Shouter]("text.shout")

type upper struct{ suffix string }

func (u upper) Shout(_ context.Context, s string) (string, error) {
	return strings.ToUpper(s) + u.suffix, nil
}

func newUpper(context.Context, modreg.Deps) (Shouter, error) { return upper{"!"}, nil }

// The program in the README: register a module, find it by what it can do, call it.
func Example() {
	ctx := context.Background()
	reg, err := modreg.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	err = reg.Register(ctx, modreg.Manifest{Name: "upper", Version: "1.0.0"},
		modreg.Provide(Shout, newUpper, modreg.Attr("lang", "en")))
	if err != nil {
		log.Fatal(err)
	}
	h, err := modreg.Lookup(ctx, reg, Shout, modreg.Where("lang", "en")) // keep it for ever
	if err != nil {
		log.Fatal(err)
	}
	out, err := modreg.Do(ctx, h, func(ctx context.Context, s Shouter) (string, error) {
		return s.Shout(ctx, "hello")
	})
	fmt.Println(out, err, reg.Close(ctx))
	// Output: HELLO! <nil> <nil>
}

// A second version stands beside the first until it is made active; handles follow without losing a call.
func ExampleRegistry_Activate() {
	ctx := context.Background()
	reg, _ := modreg.Open(ctx)
	defer func() { _ = reg.Close(ctx) }()
	for version, suffix := range map[string]string{"1.0.0": "!", "2.0.0": "!!!"} {
		_ = reg.Register(ctx, modreg.Manifest{Name: "upper", Version: version},
			modreg.Provide(Shout, func(context.Context, modreg.Deps) (Shouter, error) { return upper{suffix}, nil }))
	}
	_ = reg.Activate(ctx, "upper@1.0.0")
	h, _ := modreg.Lookup(ctx, reg, Shout)
	shout := func(ctx context.Context, s Shouter) (string, error) { return s.Shout(ctx, "hello") }
	before, _ := modreg.Do(ctx, h, shout)
	_ = reg.Activate(ctx, "upper@2.0.0")
	after, _ := modreg.Do(ctx, h, shout)
	fmt.Println(before, after)
	// Output: HELLO! HELLO!!!
}

// A module that needs others declares it, and gets typed handles for exactly that.
func ExampleNeed() {
	ctx := context.Background()
	reg, _ := modreg.Open(ctx)
	defer func() { _ = reg.Close(ctx) }()
	_ = reg.Register(ctx, modreg.Manifest{Name: "upper", Version: "1.0.0"}, modreg.Provide(Shout, newUpper))

	greeting := modreg.NewCapability[modreg.Processor]("text.greeting")
	_ = reg.Register(ctx, modreg.Manifest{Name: "greeting", Version: "1.0.0"},
		modreg.Require(Shout, modreg.Range("^1")),
		modreg.Provide(greeting, func(_ context.Context, d modreg.Deps) (modreg.Processor, error) {
			shout, err := modreg.Need(d, Shout)
			if err != nil {
				return nil, err
			}
			return modreg.ProcessorFunc(func(ctx context.Context, in []byte) ([]byte, error) {
				out, err := modreg.Do(ctx, shout, func(ctx context.Context, s Shouter) (string, error) {
					return s.Shout(ctx, "hello "+string(in))
				})
				return []byte(out), err
			}), nil
		}))

	h, _ := modreg.Lookup(ctx, reg, greeting)
	out, err := modreg.Do(ctx, h, func(ctx context.Context, p modreg.Processor) ([]byte, error) {
		return p.Process(ctx, []byte("world"))
	})
	fmt.Printf("%s %v\n", out, err)
	// Output: HELLO WORLD! <nil>
}

// A manifest in a file can declare a native module: it names code that the program has under that name.
func ExampleWithEntry() {
	ctx := context.Background()
	reg, _ := modreg.Open(ctx, modreg.WithEntry("upper", modreg.Provide(Shout, newUpper)))
	defer func() { _ = reg.Close(ctx) }()
	m, _ := manifest.Parse([]byte(`{"name": "upper", "version": "1.0.0", "entry": "upper",
		"provides": [{"capability": "text.shout", "version": "1.2.0", "attributes": {"lang": "en"}}]}`))
	fmt.Println(reg.Register(ctx, m))

	found, _ := reg.Discover(modreg.Query{Require: []string{`text.shout ^1 where lang = "en"`}})
	for module := range found {
		fmt.Println(module, module.Provides()[0], module.Status().State)
	}
	// Output:
	// <nil>
	// upper@1.0.0 text.shout@1.2.0 registered
}

// Errors say what, why and what to do about it, and carry a code.
func ExampleCodeOf() {
	ctx := context.Background()
	reg, _ := modreg.Open(ctx)
	defer func() { _ = reg.Close(ctx) }()
	_ = reg.Register(ctx, modreg.Manifest{Name: "upper", Version: "1.0.0"}, modreg.Provide(Shout, newUpper))
	_, err := modreg.Lookup(ctx, reg, modreg.NewCapability[Shouter]("text.shuot"))
	fmt.Println(modreg.CodeOf(err))
	fmt.Println(err)
	// Output:
	// not_found
	// look up text.shuot: no registered module provides it (did you mean "text.shout"?)
}

// A watcher sees what changes, in the desired state and in this process.
func ExampleRegistry_Watch() {
	ctx := context.Background()
	reg, _ := modreg.Open(ctx)
	events := reg.Watch(ctx)
	_ = reg.Register(ctx, modreg.Manifest{Name: "upper", Version: "1.0.0"}, modreg.Provide(Shout, newUpper))
	_ = reg.Start(ctx, "upper")
	_ = reg.Close(ctx)
	for e, err := range events {
		if err != nil {
			fmt.Println(modreg.CodeOf(err))
			break
		}
		if e.Kind == modreg.EventState {
			fmt.Println(e.Module, e.State)
		}
	}
	// Output:
	// upper resolved
	// upper starting
	// upper active
	// upper draining
	// upper stopped
	// closed
}
