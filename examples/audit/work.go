package main

import (
	"context"
	"errors"
	"path/filepath"
	"strings"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/journal/boltjournal"
	"github.com/modreg/modreg/record"
)

// shouter is what the team's module does.
type shouter interface {
	Shout(ctx context.Context, s string) (string, error)
}

var shout = modreg.NewCapability[shouter]("text.shout")

type upper struct{ mark string }

func (u upper) Shout(_ context.Context, s string) (string, error) {
	return strings.ToUpper(s) + u.mark, nil
}

// by says on whose behalf something is done, and on whose approval.
func by(ctx context.Context, user, approval, reason string) context.Context {
	return record.WithOrigin(ctx, record.Origin{
		Actor: record.Actor{Kind: record.KindUser, ID: user, Authn: "oidc"}, Approval: approval, Reason: reason,
	})
}

// A house is an opened data folder: the journal, the audit trail on it, and the registry on both.
type house struct {
	journal *boltjournal.Journal
	trail   *audit.Trail
	reg     *modreg.Registry
}

// open opens a data folder. Checkpoints go to the witness.
func open(ctx context.Context, data, witness string) (*house, error) {
	h := &house{}
	var err error
	if h.journal, err = boltjournal.Open(filepath.Join(data, "journal.db")); err != nil {
		return nil, err
	}
	sinks := []merkle.Sink{merkle.FileSink(witness)}
	h.trail, err = audit.Open(ctx, filepath.Join(data, "audit"), audit.Options{
		Node: "node-1", Registry: h.journal,
		RegistryLog: audit.LogOptions{Sinks: sinks}, NodeLog: audit.LogOptions{Sinks: sinks},
	})
	if err != nil {
		return nil, errors.Join(err, h.journal.Close())
	}
	h.reg, err = modreg.Open(ctx, modreg.WithJournal(h.trail.Journal()), modreg.WithAuditor(h.trail), modreg.WithNode("node-1"))
	if err != nil {
		return nil, errors.Join(err, h.trail.Close(), h.journal.Close())
	}
	return h, nil
}

func (h *house) close(ctx context.Context) error {
	return errors.Join(h.reg.Close(ctx), h.trail.Close(), h.journal.Close())
}

// work is what the team did before anybody asked.
func (s *story) work(ctx context.Context) error {
	h, err := open(ctx, s.data, s.witness)
	if err != nil {
		return err
	}
	if err := s.release(ctx, h); err != nil {
		return errors.Join(err, h.close(ctx))
	}
	if err := h.close(ctx); err != nil {
		return err
	}
	// Somebody keeps a copy of the folder as it was, and has plans.
	s.early = filepath.Join(s.outside, "early")
	if err := copyFolder(s.early, s.data); err != nil {
		return err
	}
	if h, err = open(ctx, s.data, s.witness); err != nil {
		return err
	}
	err = h.reg.Activate(by(ctx, "mallory", "", "nobody looks on Fridays"), "upper@1.0.0")
	return errors.Join(err, h.close(ctx))
}

// release registers two versions, and activates the second with an approval. A call runs it.
func (s *story) release(ctx context.Context, h *house) error {
	for _, v := range []struct{ version, mark string }{{"1.0.0", "!"}, {"2.0.0", "!!"}} {
		err := h.reg.Register(by(ctx, "ada", "", "built from the main branch"), modreg.Manifest{Name: "upper", Version: v.version},
			modreg.Provide(shout, func(context.Context, modreg.Deps) (shouter, error) { return upper{v.mark}, nil }))
		if err != nil {
			return err
		}
	}
	if err := h.reg.Activate(by(ctx, "grace", "change-4711-by-linus", "two marks were asked for"), "upper@2.0.0"); err != nil {
		return err
	}
	handle, err := modreg.Lookup(ctx, h.reg, shout)
	if err != nil {
		return err
	}
	_, err = modreg.Do(by(ctx, "alan", "", ""), handle, func(ctx context.Context, u shouter) (string, error) { return u.Shout(ctx, "hello") })
	return err
}
