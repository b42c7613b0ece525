package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/record"
)

// Options say what trail [Open] opens. Registry is required.
type Options struct {
	// Node names the node: an identifier of package record without "+", at most 64 bytes. The folder keeps the name that it was
	// first opened with: another one is refused, and if Node is empty it is that, or one that is made up.
	Node string
	// Registry is the journal in which the registry has its stream.
	Registry modreg.Journal
	// Local is the journal in which the node has its own stream; Registry if nil. Nobody else may write that stream.
	Local modreg.Journal

	// RegistryLog and NodeLog say how the two logs are signed, and who keeps their checkpoints.
	RegistryLog, NodeLog LogOptions

	// Retention is how old an event must be to be pruned; [DefaultRetention] if 0.
	Retention time.Duration
	// ProtectiveWait is how long a protective act waits for the log before it goes to the spool; [DefaultProtectiveWait] if 0.
	ProtectiveWait time.Duration
	// SpoolRetry is the time after which what was spooled is tried again if nothing is written; [DefaultSpoolRetry] if 0.
	SpoolRetry time.Duration
	// Problem is told what does not fail a caller: a sink that fails, a file that was repaired, an event that went to the spool.
	// It is called from several goroutines, must return soon and must not call the trail.
	Problem func(error)
	// Now is the clock; time.Now if nil.
	Now func() time.Time
}

// LogOptions are those of one log; see [merkle.Options] for their meaning.
type LogOptions struct {
	// Key signs the checkpoints. If it is nil it is the one in the trail's folder, made when that is first opened.
	Key *merkle.Key
	// Trust is the verifier key that the keyring of the log must begin with.
	Trust string
	// Sinks are handed every new checkpoint.
	Sinks []merkle.Sink
	// RequireSinks makes it an error of Open if a sink does not answer.
	RequireSinks bool
}

// The defaults of [Options].
const (
	DefaultRetention      = 400 * 24 * time.Hour // twelve months, with some days to act
	DefaultProtectiveWait = 2 * time.Second
	DefaultSpoolRetry     = 5 * time.Second
)

const maxNode = 64

func (o Options) valid(dir string) (Options, error) {
	if o.Registry == nil {
		return o, errors.New("it needs the journal of the registry")
	}
	if o.Local == nil {
		o.Local = o.Registry
	}
	if err := record.CheckID("node", o.Node); err != nil {
		return o, err
	}
	if len(o.Node) > maxNode || strings.Contains(o.Node, "+") {
		return o, fmt.Errorf(`node: it has at most %d bytes and no "+"`, maxNode)
	}
	var err error
	if o.Node, err = nodeID(dir, o.Node); err != nil {
		return o, err
	}
	for _, d := range []struct {
		value     *time.Duration
		otherwise time.Duration
	}{
		{&o.Retention, DefaultRetention}, {&o.ProtectiveWait, DefaultProtectiveWait}, {&o.SpoolRetry, DefaultSpoolRetry},
	} {
		if *d.value < 0 {
			return o, fmt.Errorf("a time of %v is negative", *d.value)
		}
		if *d.value == 0 {
			*d.value = d.otherwise
		}
	}
	if o.Problem == nil {
		o.Problem = func(error) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o, nil
}

// Open opens the audit trail in a folder, which is created with mode 0700 and belongs to one trail at a time. It brings the
// logs up to date with the journals, writes down what waited in the emergency spool, which intents have no result, and
// that the trail begins; if that cannot be written the trail cannot be opened. The context counts until Open returns.
//
// Errors are [*modreg.Error]s: CodeInvalid for options outside their grammar, else CodeAuditUnavailable. They wrap a
// [*merkle.TamperError] if a log contradicts what was signed.
func Open(ctx context.Context, dir string, o Options) (*Trail, error) {
	t := &Trail{dir: dir}
	code := modreg.CodeAuditUnavailable
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		if t.o, err = o.valid(dir); err != nil {
			code = modreg.CodeInvalid
		}
	}
	if err == nil {
		err = t.open(ctx)
	}
	if err == nil {
		return t, nil
	}
	return nil, &modreg.Error{Code: code, What: "open the audit trail", Err: errors.Join(err, t.abandon())}
}

// abandon undoes what open did.
func (t *Trail) abandon() error {
	if t.cancel != nil {
		t.cancel()
		<-t.w.ended
	}
	return t.closeFiles()
}

func (t *Trail) open(ctx context.Context) (err error) {
	t.w = &writer{
		now: t.o.Now, node: t.o.Node, retry: t.o.SpoolRetry, problem: t.o.Problem, saved: t.saved,
		next: newBatch(), wake: make(chan struct{}, 1), ended: make(chan struct{}), intents: newIntents(),
	}
	if t.node, err = t.openLog(ctx, LogNode, t.o.Local, t.o.NodeLog); err != nil {
		return err
	}
	if t.reg, err = t.openLog(ctx, LogRegistry, t.o.Registry, t.o.RegistryLog); err != nil {
		return err
	}
	t.w.log, t.w.head = t.node, t.node.Checkpoint().Size
	if t.w.spool, err = openSpool(filepath.Join(t.dir, spoolName)); err != nil {
		return err
	}
	found, err := t.scan(ctx)
	if err != nil {
		return err
	}
	return t.resume(ctx, found)
}

// openLog opens one of the two logs. Its folder and its key have its name.
func (t *Trail) openLog(ctx context.Context, name string, journal modreg.Journal, o LogOptions) (*merkle.Log, error) {
	origin := "modreg/" + t.o.Node + "/" + name
	if o.Key == nil {
		var err error
		if o.Key, err = ownKey(filepath.Join(t.dir, name+".key"), origin, filepath.Join(t.dir, name, "keyring")); err != nil {
			return nil, err
		}
	}
	return merkle.Open(ctx, journal, merkle.Options{
		Stream: name, Origin: origin, Dir: filepath.Join(t.dir, name), Key: o.Key, Trust: o.Trust,
		Sinks: o.Sinks, RequireSinks: o.RequireSinks, Problem: t.problem, Now: t.o.Now,
	})
}

// ownKey returns the key in a file, and makes one if there is none and the log has no keyring, so that it is new.
func ownKey(path, name, keyring string) (*merkle.Key, error) {
	key, err := merkle.LoadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if _, err := os.Lstat(keyring); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the log was signed with a key that is not at %q any more (put it back, or restore a backup)", path)
	}
	if key, err = merkle.GenerateKey(name); err != nil {
		return nil, err
	}
	return key, merkle.SaveKey(path, key)
}

// resume writes down what the scan found and what waits in the spool, and starts the writer.
func (t *Trail) resume(ctx context.Context, found map[string]Event) error {
	entries, _, _, err := t.w.spool.pending()
	if err != nil {
		return err
	}
	for _, data := range entries { // what was intended may be in the log and its end in the spool
		if e, err := Decode(data); err == nil {
			track(found, &e)
		}
	}
	used, lost := t.w.spool.use()
	if t.w.spooled.Store(used > 0 || lost > 0); t.w.spooled.Load() {
		if err := t.w.drain(ctx); err != nil {
			return err
		}
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	t.cancel = cancel
	go t.w.run(life)
	t.orphans = inOrder(found)
	for i := range t.orphans {
		if err := t.Record(ctx, orphanEvent(&t.orphans[i])); err != nil {
			return err
		}
	}
	t.mu.Lock()
	t.opened = true
	early := t.early
	t.mu.Unlock()
	if early != nil {
		if err := t.Record(ctx, *early); err != nil {
			return err
		}
	}
	return t.Record(ctx, Event{Class: ClassAudit, Action: "audit:start", Outcome: OutcomeSuccess})
}

// problem passes on what a log tells, and takes it down in the node's log, at most once in a while: a sink that fails is
// told of the checkpoint of the event that says so, and fails again.
func (t *Trail) problem(err error) {
	t.o.Problem(err)
	now := time.Now().UnixNano()
	if last := t.noisy.Load(); last != 0 && time.Duration(now-last) < problemEvery || !t.noisy.CompareAndSwap(last, now) {
		return
	}
	e := Event{Class: ClassAudit, Action: "audit:problem", Outcome: OutcomeError, Reason: problemReason(err), Actor: systemActor(t.o.Node)}
	t.mu.Lock()
	early := !t.opened // the writer does not know yet what time it is in the log
	if early {
		t.early = &e
	}
	t.mu.Unlock()
	if early {
		return
	}
	_, _ = t.w.add(&e) // whether it can be written is not this log's to wait for
}

// problemReason returns the first line of what an error says; what follows may be a stack.
func problemReason(err error) string {
	const most = 256
	line, _, _ := strings.Cut(err.Error(), "\n")
	return printable(line[:min(len(line), most)])
}

// problemEvery is the least time between two events about problems.
const problemEvery = 10 * time.Minute

// saved is told by the writer of every append.
func (t *Trail) saved(head uint64) {
	if head < t.savedAt+stateEvery {
		return
	}
	t.savedAt = head
	if err := t.saveState(t.w.intents.low(head)); err != nil {
		t.o.Problem(err)
	}
}
