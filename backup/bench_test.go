package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"testing"

	"filippo.io/age"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/backup"
	"github.com/modreg/modreg/manifest"
	"github.com/modreg/modreg/record"
)

const benchRecords = 50_000

// benchSource returns a source with the records that a registry writes for so many registrations.
func benchSource(b *testing.B) (s backup.Source, size int64) {
	b.Helper()
	j := modreg.NewMemJournal()
	var prev [32]byte
	var batch [][]byte
	for i := range benchRecords {
		checked, err := manifest.Check(manifest.Manifest{
			Name: fmt.Sprintf("module-%d", i%1000), Version: fmt.Sprintf("1.%d.0", i/1000), Runtime: "process",
			Description: "it does something for somebody", Licence: "MIT",
			Provides: []manifest.Provision{{Capability: fmt.Sprintf("cap.c%d", i%50), Version: "1.2.0"}},
		})
		if err != nil {
			b.Fatal(err)
		}
		tx := record.Transaction{
			Prev: prev, Time: fixed().UTC(), Node: "node-1", Ops: []record.Op{{Do: record.Register, Manifest: checked}},
			Origin: record.Origin{Actor: record.Actor{Kind: record.KindUser, ID: "u-17"}, Request: fmt.Sprintf("%016x", i*7919)},
		}
		data := tx.Append(nil)
		prev = sha256.Sum256(data)
		batch = append(batch, data)
		size += int64(len(data))
	}
	if _, err := j.Append(b.Context(), "registry", 0, batch); err != nil {
		b.Fatal(err)
	}
	return backup.Source{Journal: j, Streams: []string{"registry"}}, size
}

func perRecord(b *testing.B, size int64) {
	b.Helper()
	b.SetBytes(size)
	b.ReportMetric(float64(benchRecords)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

func benchKey(b *testing.B, sealed bool) (backup.Options, backup.ReadOptions) {
	b.Helper()
	if !sealed {
		return backup.Options{}, backup.ReadOptions{}
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		b.Fatal(err)
	}
	return backup.Options{Recipients: recipients(id)}, backup.ReadOptions{Identities: []age.Identity{id}}
}

func BenchmarkWrite(b *testing.B) {
	s, size := benchSource(b)
	for _, sealed := range []bool{false, true} {
		b.Run(fmt.Sprintf("encrypted=%v", sealed), func(b *testing.B) {
			o, _ := benchKey(b, sealed)
			var m backup.Manifest
			for b.Loop() {
				var err error
				if m, err = backup.Write(b.Context(), io.Discard, s, o); err != nil {
					b.Fatal(err)
				}
			}
			perRecord(b, size)
			b.ReportMetric(float64(m.Size)/float64(size), "size")
		})
	}
}

func BenchmarkInspect(b *testing.B) {
	s, size := benchSource(b)
	for _, sealed := range []bool{false, true} {
		b.Run(fmt.Sprintf("encrypted=%v", sealed), func(b *testing.B) {
			o, ro := benchKey(b, sealed)
			data, _ := write(b, s, o)
			for b.Loop() {
				if _, err := backup.Inspect(b.Context(), bytes.NewReader(data), ro); err != nil {
					b.Fatal(err)
				}
			}
			perRecord(b, size)
		})
	}
}

func BenchmarkRestore(b *testing.B) {
	s, size := benchSource(b)
	data, _ := write(b, s, backup.Options{})
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			target := backup.Target{Journal: modreg.NewMemJournal()}
			if _, err := backup.Restore(b.Context(), bytes.NewReader(data), target, backup.ReadOptions{}); err != nil {
				b.Fatal(err)
			}
		}
		perRecord(b, size)
	})
	b.Run("file", func(b *testing.B) {
		for b.Loop() {
			if err := backup.MakeFolder(b.Context(), b.TempDir(), func(ctx context.Context, dir string) error {
				return restoreNode(ctx, data, dir)
			}); err != nil {
				b.Fatal(err)
			}
		}
		perRecord(b, size)
	})
}

// BenchmarkRead is what reading the journal alone takes of the others.
func BenchmarkRead(b *testing.B) {
	s, size := benchSource(b)
	for b.Loop() {
		drain(b, s.Journal.Read(b.Context(), "registry", 1))
	}
	perRecord(b, size)
}

func drain(b *testing.B, records iter.Seq2[modreg.Record, error]) {
	b.Helper()
	for _, err := range records {
		if err != nil {
			b.Fatal(err)
		}
	}
}
