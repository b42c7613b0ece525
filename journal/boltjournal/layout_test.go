package boltjournal_test

import (
	"bufio"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/modreg/modreg/journal/boltjournal"
)

var update = flag.Bool("update", false, "write testdata/layout1.journal anew")

// layout1 is a file of layout 1, with 20 records in stream a, 3 in b, and an empty c. It was written by a machine with
// pages of 4 KiB and the byte order of most.
const layout1 = "testdata/layout1.journal"

// writeLayout1 writes a file of layout 1: a version without a checksum and plain records, in the buckets that layout 2 has them in.
func writeLayout1(path string, records map[string]int) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true, PageSize: 4096})
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		header, err := tx.CreateBucket([]byte("modreg"))
		if err != nil {
			return err
		}
		for stream, n := range records {
			bucket, err := tx.CreateBucket([]byte("r:" + stream))
			if err != nil {
				return err
			}
			for i, data := range (batchID{stream: stream, first: 1, n: n, nonce: 1}).records() {
				if err := bucket.Put(binary.BigEndian.AppendUint64(nil, uint64(i+1)), data); err != nil {
					return err
				}
			}
		}
		return header.Put([]byte("version"), []byte{0, 0, 0, 1})
	})
	return errors.Join(err, db.Close())
}

// oldLedger returns what writeLayout1 wrote.
func oldLedger(records map[string]int) ledger {
	known := ledger{}
	for stream, n := range records {
		known.of(stream)
		if n > 0 {
			known.acknowledge(batchID{stream: stream, first: 1, n: n, nonce: 1})
		}
	}
	return known
}

func TestOpen_migratesLayout1(t *testing.T) {
	t.Parallel()
	records := map[string]int{"a": 20, "b": 3, "c": 0}
	if *update {
		_ = os.Remove(layout1)
		if err := writeLayout1(layout1, records); err != nil {
			t.Fatal(err)
		}
	}
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the stored file has another byte order than this machine")
	}
	old, err := os.ReadFile(layout1)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "journal")
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = boltjournal.Open(path, boltjournal.WithReadOnly())
	if e, ok := errors.AsType[*boltjournal.VersionError](err); !ok || e.Found != 1 || e.Supported != 2 {
		t.Errorf("for reading only: %v, want a VersionError", err)
	}
	known := oldLedger(records)
	known.mustAudit(t, path)
	if err := known.audit(t.Context(), open(t, path, boltjournal.WithReadOnly())); err != nil {
		t.Errorf("for reading only, brought forward: %v", err)
	}
}

// TestOpen_killedInMigration kills a process while it brings a large file forward.
func TestOpen_killedInMigration(t *testing.T) {
	t.Parallel()
	rounds := 10
	if torture() {
		rounds = 200
	}
	records := map[string]int{"a": 2000, "b": 100}
	dir := t.TempDir()
	old := filepath.Join(dir, "old")
	if err := writeLayout1(old, records); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(old)
	if err != nil {
		t.Fatal(err)
	}
	longest, done := time.Duration(math.MaxInt64), 0 // how long it takes, the first round is not cut short
	for round := range rounds {
		path := filepath.Join(dir, fmt.Sprint("journal-", round))
		if err := os.WriteFile(path, image, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd, out := command(t, "open", path, 1)
		begin := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		started(cmd)
		timer := time.AfterFunc(rand.N(longest), func() { _ = cmd.Process.Kill() })
		if line, err := bufio.NewReader(out).ReadString('\n'); err == nil && line == "open\n" {
			done++
			longest = min(longest, time.Since(begin))
		}
		timer.Stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		oldLedger(records).mustAudit(t, path)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d of %d processes had finished", done, rounds)
}

// patch changes the version of a journal that is closed.
func patch(t *testing.T, path string, version []byte) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		// A later layout has what this version knows nothing of.
		if _, err := tx.CreateBucketIfNotExists([]byte("of the future")); err != nil {
			return err
		}
		return tx.Bucket([]byte("modreg")).Put([]byte("version"), version)
	})
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOpen_newerLayout(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	if err := makeEmpty(path); err != nil {
		t.Fatal(err)
	}
	patch(t, path, boltjournal.EncodeVersion(3))
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, opts := range [][]boltjournal.Option{nil, {boltjournal.WithReadOnly()}} {
		_, err := boltjournal.Open(path, opts...)
		if e, ok := errors.AsType[*boltjournal.VersionError](err); !ok || e.Found != 3 || e.Supported != 2 || e.Path != path {
			t.Errorf("open: %v, want a VersionError", err)
		}
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("the newer file was changed, %v", err)
	}
	for _, bad := range [][]byte{{0, 0, 0, 2}, {}, append(boltjournal.EncodeVersion(3)[:19:19], 1)} {
		patch(t, path, bad)
		if _, err := boltjournal.Open(path); err == nil || damaged(err) != nil {
			t.Errorf("version %x: %v, want a CorruptError", bad, err)
		}
	}
}

// TestOpen_storedFreelist opens a file that bbolt's own tools have written, with a list of free pages in it, and one in which
// that list is damaged.
func TestOpen_storedFreelist(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "journal")
	s := newSpecimen(t)
	if err := os.WriteFile(path, s.image, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil) // which writes the list
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	listed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.check(t.Context(), path, true); err != nil || s.read != 1 {
		t.Fatalf("read %d times, %v", s.read, err)
	}
	for at := 0; at < len(listed); at += 4096 {
		if listed[at+8] != 0x10 || listed[at+10] == 0 { // the type of such a page, and that it has something in it
			continue
		}
		for bit := range 16 * 8 {
			bad := append([]byte(nil), listed...)
			bad[at+bit/8+16*(bit%2)] ^= 1 << (bit % 8)
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := s.check(t.Context(), path, true); err != nil {
				t.Fatalf("bit %d of the list in page %d: %v", bit, at/4096, err)
			}
		}
	}
}
