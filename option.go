package modreg

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/modreg/modreg/record"
)

// An Option configures a registry when it is opened.
type Option interface{ applyOpen(*options) }

type openOption func(*options)

func (f openOption) applyOpen(o *options) { f(o) }

// options are what Open works with once defaults are filled in.
type options struct {
	journal   Journal
	shared    bool // others may append to the journal
	runtimes  map[string]Runtime
	entries   map[string][]part
	keys      []*capabilityKey
	validator ConfigValidator
	timeouts  Timeouts
	env       func(string) (string, bool)
	node      string
	auditor   Auditor
	errs      []error
}

// Timeouts bound what module code may take. A field that is zero means the default.
type Timeouts struct {
	Start  time.Duration // factory, Init and Start together; default 30 s
	Stop   time.Duration // Stop; default 10 s
	Drain  time.Duration // waiting for calls in flight before Stop; default 30 s
	Health time.Duration // one health probe, and one Configure; default 5 s
}

// WithJournal makes the registry stand on j. The registry follows what others append to it; closing the registry
// does not close the journal. Without this option a registry keeps no history.
func WithJournal(j Journal) Option {
	return openOption(func(o *options) { o.journal, o.shared = j, true })
}

// WithRuntime adds a runtime. The native one is always there.
func WithRuntime(rt Runtime) Option {
	return openOption(func(o *options) {
		name := rt.Name()
		if _, ok := o.runtimes[name]; ok {
			o.errs = append(o.errs, &Error{Code: CodeConflict, What: fmt.Sprintf("runtime %q", name), Why: "it is given twice, or it is the native one"})
		}
		o.runtimes[name] = rt
	})
}

// WithEntry names native code that is compiled into the program, so that a manifest in a file can declare a
// native module by its field "entry". The options are those that provide capabilities: [Provide] and [Share].
// Version and attributes stand in the manifest, so that options that give them are refused.
func WithEntry(name string, provides ...ModuleOption) Option {
	return openOption(func(o *options) {
		s := &moduleSpec{entry: true}
		for _, p := range provides {
			p.applyModule(s)
		}
		if _, ok := o.entries[name]; ok {
			s.errs = append(s.errs, &Error{Code: CodeConflict, What: fmt.Sprintf("entry %q", name), Why: "it is given twice"})
		}
		o.entries[name] = s.parts
		o.keys = append(o.keys, s.keys...)
		o.errs = append(o.errs, s.errs...)
	})
}

// WithConfigValidator sets what checks configurations against the schemas in manifests. Without one, a module
// whose manifest has a schema is refused.
func WithConfigValidator(v ConfigValidator) Option {
	return openOption(func(o *options) { o.validator = v })
}

// WithTimeouts sets the deadlines of modules whose manifests set none.
func WithTimeouts(t Timeouts) Option {
	return openOption(func(o *options) { o.timeouts = t })
}

// WithEnvironment sets how conditions in manifests read environment variables; the default is [os.LookupEnv].
func WithEnvironment(lookup func(name string) (value string, ok bool)) Option {
	return openOption(func(o *options) { o.env = lookup })
}

// WithNode names the node that the registry runs on; its records carry the name. It is an identifier of package record.
func WithNode(name string) Option {
	return openOption(func(o *options) {
		if err := record.CheckID("node", name); err != nil {
			o.errs = append(o.errs, invalid("open the registry", err))
		}
		o.node = name
	})
}

func newOptions(opts []Option) *options {
	o := &options{
		runtimes: map[string]Runtime{nativeName: nativeRuntime{}},
		entries:  map[string][]part{},
		env:      os.LookupEnv,
	}
	for _, opt := range opts {
		opt.applyOpen(o)
	}
	if o.journal == nil {
		o.journal, o.shared = &forgetfulJournal{}, false
	}
	o.timeouts = o.timeouts.or(Timeouts{
		Start: 30 * time.Second, Stop: 10 * time.Second, Drain: 30 * time.Second, Health: 5 * time.Second,
	})
	return o
}

// or fills the fields of t that are not positive from d.
func (t Timeouts) or(d Timeouts) Timeouts {
	pick := func(a, b time.Duration) time.Duration {
		if a > 0 {
			return a
		}
		return b
	}
	return Timeouts{
		Start: pick(t.Start, d.Start), Stop: pick(t.Stop, d.Stop),
		Drain: pick(t.Drain, d.Drain), Health: pick(t.Health, d.Health),
	}
}

func joinSorted(names []string) string {
	slices.Sort(names)
	return strings.Join(names, ", ")
}
