package modreg

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/modreg/modreg/capability"
)

// A Registry registers, finds, resolves, runs and replaces modules. Get one from [Open]; close it when done.
// All methods are safe for concurrent use.
//
// Methods that read ([Registry.Get], [Registry.Snapshot], [Registry.Discover]) take one atomic pointer and
// never wait. Methods that change the desired state return when the change is in the journal and visible to
// every reader of this registry.
type Registry struct {
	opts     *options
	journal  Journal
	snapshot atomic.Pointer[Snapshot]
	w        writer
	routes   routes
	events   hub
	finder   finder
	keeper   keeper

	// life ends when the last module has been stopped, patience when whoever closes the registry has waited
	// enough for calls in flight, serving when closing begins. They bound what the registry does on its own
	// behalf, whoever asked for it.
	life, patience, serving          context.Context //nolint:containedctx // the registry owns a lifecycle
	endLife, endPatience, endServing context.CancelFunc

	moveMu sync.Mutex
	move   chan struct{} // guarded by moveMu; closed at the next snapshot; nil while nobody waits

	instMu    sync.Mutex
	instances []*instance           // guarded by instMu; those that were started and not stopped, in order of their start
	waiting   map[*version]struct{} // guarded by instMu; eager versions that lack something

	workMu   sync.Mutex // guards the step from closing to waiting for work
	work     sync.WaitGroup
	closing  atomic.Bool
	done     chan struct{} // closed when closing begins
	closed   chan struct{} // closed when Close has done everything
	closeErr error         // guarded by closed
}

// Open opens a registry. Without options it is empty, keeps no history, and runs native modules. With [WithJournal] it shows what the journal holds when Open returns, and follows it.
//
// ctx bounds the opening only. Open returns CodeJournal if the journal cannot be read or holds what this
// version cannot read, and CodeConflict, CodeTypeConflict or CodeInvalid for options that do not fit together.
func Open(ctx context.Context, opts ...Option) (*Registry, error) {
	o := newOptions(opts)
	if len(o.errs) > 0 {
		return nil, o.errs[0]
	}
	r := &Registry{
		opts: o, journal: o.journal, waiting: map[*version]struct{}{},
		done: make(chan struct{}), closed: make(chan struct{}),
	}
	r.w.lead = make(chan struct{}, 1)
	r.routes.byID = map[capability.ID]*known{}
	for _, key := range o.keys {
		if err := r.bindType(key); err != nil {
			return nil, err
		}
	}
	r.life, r.endLife = context.WithCancel(context.Background())
	r.patience, r.endPatience = context.WithCancel(r.life)
	r.serving, r.endServing = context.WithCancel(r.life)
	r.finder.reg = r
	r.snapshot.Store(emptySnapshot(&r.finder))
	if err := r.load(ctx); err != nil {
		r.endLife()
		return nil, err
	}
	if o.shared {
		r.work.Go(func() { r.follow(r.serving) })
	}
	r.keepAllRunning(r.snapshot.Load())
	return r, nil
}

// load folds what the journal holds into the first snapshot, without telling anybody.
func (r *Registry) load(ctx context.Context) error {
	if !r.opts.shared {
		return nil
	}
	r.keeper.store, _ = r.journal.(SnapshotStore)
	var d draft
	d.begin(r.loadNewest(ctx))
	for v := range d.all() {
		r.bindLater(v)
	}
	for rec, err := range r.journal.Read(ctx, stream, d.seq+1) {
		if err != nil {
			return journalError("open the registry", err)
		}
		if err := d.replay(rec); err != nil {
			return &Error{
				Code: CodeJournal, What: fmt.Sprintf("open the registry: record %d of the journal", rec.Seq), Err: err,
				Fix: "restore the journal or use the version of modreg that wrote it",
			}
		}
		r.bindEntries(d.changes)
		d.changes = d.changes[:0]
	}
	s := new(Snapshot)
	*s = d.Snapshot
	r.snapshot.Store(s)
	return nil
}

// Close stops all modules, each before what it needs, waits for calls in flight up to the deadlines of their
// drains or the end of ctx, and releases everything the registry holds, but not its journal. From its first
// moment on, calls, changes and lookups answer CodeClosed. Close is idempotent: later calls wait for the first
// and return its error, the errors of modules that did not stop well.
func (r *Registry) Close(ctx context.Context) error {
	r.workMu.Lock()
	first := r.closing.CompareAndSwap(false, true)
	r.workMu.Unlock()
	if !first {
		select {
		case <-r.closed:
			return r.closeErr
		case <-ctx.Done():
			return interrupted("close", ctx.Err())
		}
	}
	close(r.done)
	r.endServing()
	defer context.AfterFunc(ctx, r.endPatience)()
	r.rerouteAll()
	r.work.Wait() // starts and background work; they see serving end
	r.closeErr = r.stopEverything(ctx)
	r.keepLast(ctx)
	r.finder.close()
	r.endLife()
	close(r.closed)
	return r.closeErr
}

// begin reports whether work that outlives its caller may begin; the caller then calls r.work.Done at its end.
func (r *Registry) begin() bool {
	r.workMu.Lock()
	defer r.workMu.Unlock()
	if r.closing.Load() {
		return false
	}
	r.work.Add(1)
	return true
}

// background runs fn unless the registry is being closed, which waits for it.
func (r *Registry) background(fn func()) {
	if r.begin() {
		go func() {
			defer r.work.Done()
			fn()
		}()
	}
}

func errClosed(what string) error {
	return &Error{Code: CodeClosed, What: what, Why: "it is closed"}
}

// Snapshot returns the newest desired state. It never waits.
func (r *Registry) Snapshot() *Snapshot { return r.snapshot.Load() }

// Get returns the version that ref ("name@version") names, or the active version for a "name" alone, in the
// newest snapshot; false if there is none. It never waits and allocates nothing for a name alone.
func (r *Registry) Get(ref string) (Module, bool) { return r.snapshot.Load().Get(ref) }

// Discover is [Snapshot.Discover] on the newest snapshot.
func (r *Registry) Discover(q Query) (iter.Seq[Module], error) { return r.snapshot.Load().Discover(q) }

// track and untrack keep the list of instances that were started and not stopped.
func (r *Registry) track(inst *instance) {
	r.instMu.Lock()
	defer r.instMu.Unlock()
	r.instances = append(r.instances, inst)
}

func (r *Registry) untrack(inst *instance) {
	r.instMu.Lock()
	defer r.instMu.Unlock()
	for i, other := range r.instances {
		if other == inst {
			r.instances = append(r.instances[:i:i], r.instances[i+1:]...)
			return
		}
	}
}

// announce publishes an event that is local to this process; the zero event is none.
func (r *Registry) announce(e Event) {
	if e.Kind != 0 {
		e.Seq = r.snapshot.Load().seq
		r.events.publish(e)
	}
}

// moved returns a channel that is closed when the next snapshot is there.
func (r *Registry) moved() <-chan struct{} {
	r.moveMu.Lock()
	defer r.moveMu.Unlock()
	if r.move == nil {
		r.move = make(chan struct{})
	}
	return r.move
}

func (r *Registry) signalMoved() {
	r.moveMu.Lock()
	defer r.moveMu.Unlock()
	if r.move != nil {
		close(r.move)
		r.move = nil
	}
}

// rerouteAll refreshes every route.
func (r *Registry) rerouteAll() {
	r.routes.mu.Lock()
	defer r.routes.mu.Unlock()
	s := r.snapshot.Load()
	r.refreshAll(s)
}

// joinErrors is errors.Join that keeps a single error as it is.
func joinErrors(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
