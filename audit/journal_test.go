package audit

import (
	"context"
	"iter"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/journal/journaltest"
)

// A renamed journal has the stream of the suite's checks under the name of the registry's, so that they see the Merkle log.
type renamed struct{ modreg.Journal }

func rename(stream string) string {
	if stream == "stream" || stream == "a" {
		return LogRegistry
	}
	return stream
}

func (r renamed) Append(ctx context.Context, stream string, head uint64, batch [][]byte) (uint64, error) {
	return r.Journal.Append(ctx, rename(stream), head, batch)
}

func (r renamed) Head(ctx context.Context, stream string) (uint64, error) {
	return r.Journal.Head(ctx, rename(stream))
}

func (r renamed) Read(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	return r.Journal.Read(ctx, rename(stream), from)
}

func (r renamed) Watch(ctx context.Context, stream string, from uint64) iter.Seq2[modreg.Record, error] {
	return r.Journal.Watch(ctx, rename(stream), from)
}

func TestJournal_isAJournal(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, func(t *testing.T) modreg.Journal {
		t.Helper()
		return renamed{openTrail(t, t.TempDir(), Options{Registry: modreg.NewMemJournal()}).Journal()}
	})
}

// Optional interfaces are there exactly if the journal below has them.
func TestJournal_optionalInterfaces(t *testing.T) {
	t.Parallel()
	full := newPruning()
	for name, c := range map[string]struct {
		journal           modreg.Journal
		snapshots, prunes bool
	}{
		"none": {modreg.NewMemJournal(), false, false},
		"snapshots": {struct {
			modreg.Journal
			modreg.SnapshotStore
		}{full, full}, true, false},
		"pruner": {struct {
			modreg.Journal
			modreg.Pruner
		}{full, full}, false, true},
		"both": {full, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := openTrail(t, t.TempDir(), Options{Registry: c.journal, Local: modreg.NewMemJournal()}).Journal()
			s, snapshots := j.(modreg.SnapshotStore)
			p, prunes := j.(modreg.Pruner)
			if snapshots != c.snapshots || prunes != c.prunes {
				t.Fatalf("snapshots %v, prunes %v; want %v, %v", snapshots, prunes, c.snapshots, c.prunes)
			}
			if snapshots {
				if err := s.PutSnapshot(t.Context(), "other", modreg.StoredSnapshot{Seq: 1}); err != nil {
					t.Error(err)
				}
			}
			if !prunes {
				return
			}
			if first, err := p.First(t.Context(), LogRegistry); err != nil || first != 1 {
				t.Errorf("first %d, %v", first, err)
			}
			for _, stream := range []string{LogRegistry, LogNode} {
				if err := p.Prune(t.Context(), stream, 1); modreg.CodeOf(err) != modreg.CodeInvalid {
					t.Errorf("prune %q: error %v, want one of code invalid", stream, err)
				}
			}
			if err := p.Prune(t.Context(), "other", 1); err != nil {
				t.Error(err)
			}
		})
	}
}
