package access

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/record"
)

// KeySize is the size of [Options].Key in bytes.
const KeySize = 32

// An Auditor takes down what happens. [*audit.Trail] is one; its methods say what they promise.
type Auditor interface {
	Record(ctx context.Context, e audit.Event) error
	Effect(ctx context.Context, e audit.Event, protective bool) (end func(error), err error)
}

// Options say how a store works.
type Options struct {
	// Key is a secret of the node, [KeySize] bytes that are never in the journal: TOTP secrets are encrypted with it, and subjects at
	// identity providers and network addresses are hashed with it. With another key those are lost and all else stays. It is needed.
	Key []byte
	// Node is where the records are written; identifier, may be empty.
	Node string
	// Auditor is told of every change before it happens, and of everybody who is let in or refused; nil tells nobody.
	Auditor Auditor
	// Problem is told what goes wrong in the background; nil tells nobody. It must not call the store.
	Problem func(error)
}

// A Store is the principals, credentials, roles and bindings of a node. Get one from [Open]; close it when done. All methods
// are safe for concurrent use. Methods that only read never wait.
type Store struct {
	o        Options
	journal  modreg.Journal
	keys     keys
	snapshot atomic.Pointer[Snapshot]
	w        writer
	sessions sessions
	throttle throttle
	denials  denials
	hashing  hashing
	kept     atomic.Uint64 // sequence number of the newest snapshot that is kept

	life    context.Context //nolint:containedctx // the store owns a lifecycle
	endLife context.CancelFunc
	serving context.Context //nolint:containedctx // ends when closing begins
	endSrv  context.CancelFunc

	workMu  sync.Mutex // guards the step from closing to waiting for work
	work    sync.WaitGroup
	closing bool // guarded by workMu
	closed  sync.Once
	loops   sync.WaitGroup
}

// Open opens the store on a journal, shows what the journal holds, and follows it. ctx bounds the opening only. Errors are CodeInvalid
// for options outside their grammar, CodeJournal if the journal cannot be read or holds what this version cannot
// read, and the code of an ended context.
func Open(ctx context.Context, journal modreg.Journal, o Options) (*Store, error) {
	if len(o.Key) != KeySize {
		return nil, invalid("open the access store", errors.New("key: it does not have 32 bytes"))
	}
	if err := record.CheckID("node", o.Node); err != nil {
		return nil, invalid("open the access store", err)
	}
	s := &Store{o: o, journal: journal, hashing: newHashing()}
	s.o.Key = nil
	s.throttle.init()
	s.sessions.init()
	var err error
	if s.keys, err = newKeys(o.Key); err != nil {
		return nil, invalid("open the access store", err)
	}
	s.life, s.endLife = context.WithCancel(context.Background())
	s.serving, s.endSrv = context.WithCancel(s.life)
	s.snapshot.Store(s.loadKept(ctx))
	if err := s.load(ctx); err != nil {
		s.endLife()
		return nil, err
	}
	s.loops.Go(func() { s.follow(s.serving) })
	s.loops.Go(func() { s.tidy(s.serving) })
	return s, nil
}

func (s *Store) load(ctx context.Context) error {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	err := s.catchUp(ctx)
	if err != nil && ctx.Err() != nil {
		return &modreg.Error{Code: modreg.CodeOf(ctx.Err()), What: "open the access store", Err: err}
	}
	return err
}

// Snapshot returns the newest state.
func (s *Store) Snapshot() *Snapshot { return s.snapshot.Load() }

// Close waits for changes that are being written, takes down what is still to be taken down, and ends all sessions. It does not close
// the journal. From its first moment on, changes answer CodeClosed and nobody is let in. Later calls wait for the first.
func (s *Store) Close() error {
	s.closed.Do(func() {
		s.workMu.Lock()
		s.closing = true
		s.workMu.Unlock()
		s.endSrv()
		s.loops.Wait()
		s.work.Wait()
		s.writeUses()
		s.denials.flush(s, time.Time{})
		s.sessions.endAll()
		s.keep(true)
		s.endLife()
	})
	return nil
}

// begin reports whether work may begin; the caller then calls s.work.Done at its end.
func (s *Store) begin() bool {
	s.workMu.Lock()
	defer s.workMu.Unlock()
	if s.closing {
		return false
	}
	s.work.Add(1)
	return true
}

// problem tells whoever wants to know.
func (s *Store) problem(err error) {
	if err != nil && s.o.Problem != nil {
		s.o.Problem(err)
	}
}

// follow folds what other stores append, until the store is closed.
func (s *Store) follow(ctx context.Context) {
	const longest = 5 * time.Second
	for wait := 10 * time.Millisecond; ; wait = min(2*wait, longest) {
		for rec, err := range s.journal.Watch(ctx, stream, s.snapshot.Load().seq+1) {
			if err == nil {
				s.w.mu.Lock()
				err = s.fold(rec)
				s.w.mu.Unlock()
			}
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				s.problem(err)
				break
			}
			wait = 10 * time.Millisecond
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// How often the store does what it does by itself.
const (
	tidyEvery = time.Minute
	useEvery  = time.Hour // the use of one token is taken down at most once in this time
)

// tidy writes down what was only in memory, and forgets what is over.
func (s *Store) tidy(ctx context.Context) {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			s.denials.flush(s, now.Add(-tidyEvery))
			s.sessions.sweep(s, now)
			s.throttle.sweep(now)
			if now.Sub(last) >= useEvery {
				last = now
				if s.begin() {
					s.writeUses()
					s.work.Done()
				}
			}
			s.keep(false)
		}
	}
}
