package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/audit/merkle"
)

// ask answers the auditor's question, and shows what was active at every moment.
func (s *story) ask(ctx context.Context) error {
	h, err := open(ctx, s.data, s.witness)
	if err != nil {
		return err
	}
	s.say("Who activated upper@2.0.0, when, and on whose approval?")
	q := audit.Query{Action: "module:activate", Resource: "upper@2.0.0"}
	for e, err := range h.trail.Query(by(ctx, "auditor", "", ""), q) {
		if err != nil {
			return errors.Join(err, h.close(ctx))
		}
		s.say("  %s did, at %s, approved as %q, because %q (record %d)", e.Actor, e.Time.Format(time.RFC3339), e.Approval, e.Reason, e.Seq)
	}
	s.say("\nEverything that happened to upper:")
	for e, err := range h.trail.Query(by(ctx, "auditor", "", ""), audit.Query{Resource: "upper@*"}) {
		if err != nil {
			return errors.Join(err, h.close(ctx))
		}
		outcome := e.Outcome
		if e.Activity == audit.ActivityIntent {
			outcome = "begins"
		}
		s.say("  %-15s  %-11s  %-13s  %-7s  %s", e.Action, e.Resource.ID, e.Actor, outcome, e.Approval)
	}
	s.say("\nWhat was active after each record:")
	head := h.reg.Snapshot().Seq()
	for seq := uint64(1); seq <= head; seq++ {
		at, err := modreg.SnapshotAt(ctx, h.journal, seq)
		if err != nil {
			return errors.Join(err, h.close(ctx))
		}
		m, _ := at.Get("upper")
		s.say("  %d: %s", seq, m)
	}
	return h.close(ctx)
}

// prove writes a proof and checks it with the public key alone.
func (s *story) prove(ctx context.Context) error {
	h, err := open(ctx, s.data, s.witness)
	if err != nil {
		return err
	}
	proof, err := h.trail.Prove(ctx, audit.LogRegistry, 3)
	key := h.trail.Keyring(audit.LogRegistry).Current()
	if err = errors.Join(err, h.close(ctx)); err != nil {
		return err
	}
	text, err := proof.Marshal()
	if err != nil {
		return err
	}
	path := filepath.Join(s.outside, "record-3.tlog-proof")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		return err
	}
	// From here on this is the auditor's machine: a file and a key.
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	parsed, err := merkle.ParseProof(text)
	if err != nil {
		return err
	}
	cp, err := parsed.Verify(note.VerifierList(verifier), "modreg/node-1/registry")
	if err != nil {
		return err
	}
	s.say("\nA proof of record 3, %d bytes, verifies with the key %s:\nit is one of %d records of %s, signed at %s.",
		len(text), key, cp.Size, cp.Origin, cp.Time.Format(time.RFC3339))
	return nil
}
