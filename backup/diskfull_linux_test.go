package backup_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/backup"
)

// smallDisk mounts a file system of so many bytes, or skips the test.
func smallDisk(t *testing.T, options string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("a small file system can be mounted by root only")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skipf("mount a small file system: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

func TestWriteFile_diskFull(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "size=256k,mode=0700")
	j := modreg.NewMemJournal()
	source := backup.Source{Journal: j, Streams: []string{"audit"}}
	r := rand.New(rand.NewPCG(1, 2))
	fill(t, j, r, "audit", 10, 10)
	good := filepath.Join(dir, "good")
	if _, err := backup.WriteFile(t.Context(), good, source, backup.Options{}); err != nil {
		t.Fatal(err)
	}
	fill(t, j, r, "audit", 60, 16000)
	if _, err := backup.WriteFile(t.Context(), filepath.Join(dir, "b"), source, backup.Options{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("error %v", err)
	}
	if got := entries(t, dir); len(got) != 2 {
		t.Fatalf("files %q", got)
	}
	if _, err := backup.CheckFile(t.Context(), good, backup.ReadOptions{}); err != nil {
		t.Fatalf("the earlier backup: %v", err)
	}
}

// TestWriteFile_noRoomForTheDigest lets the disk be full where the backup fits and its digest does not.
func TestWriteFile_noRoomForTheDigest(t *testing.T) {
	t.Parallel()
	dir := smallDisk(t, "size=1m,nr_inodes=3,mode=0700") // the folder, the backup, its first name
	source, _ := small(t)
	if err := os.WriteFile(filepath.Join(dir, "other"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.WriteFile(t.Context(), filepath.Join(dir, "b"), source, backup.Options{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("error %v", err)
	}
	if got := entries(t, dir); len(got) != 1 {
		t.Fatalf("files %q", got)
	}
}
