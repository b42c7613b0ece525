package backup_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/modreg/modreg/backup"
)

// TestRestore_format1 reads a backup as they are on disks by now; it must stay readable.
func TestRestore_format1(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/format1.modreg")
	if err != nil {
		t.Fatal(err)
	}
	source, _ := small(t)
	to := newStore()
	target, got := into(to)
	m, err := backup.Restore(t.Context(), bytes.NewReader(data), target, backup.ReadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !m.Created.Equal(fixed().Truncate(1e9)) || m.Node != "node-1" || len(m.Streams) != 3 || len(m.Files) != 2 {
		t.Fatalf("manifest %+v", m)
	}
	compare(t, source, to, got)
}
