package audit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func mustSpool(t *testing.T, path string) *spool {
	t.Helper()
	s, err := openSpool(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.close() })
	return s
}

func wantPending(t *testing.T, s *spool, want ...string) (end int64) {
	t.Helper()
	entries, end, _, err := s.pending()
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(entries))
	for i, data := range entries {
		got[i] = string(data)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("the spool has %q, want %q", got, want)
	}
	return end
}

func put(t *testing.T, s *spool, entries ...string) {
	t.Helper()
	for _, e := range entries {
		if err := s.put([]byte(e)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSpool_lasts(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "spool")
	s := mustSpool(t, path)
	if info, err := os.Stat(path); err != nil || info.Size() != spoolSize {
		t.Fatalf("the file is %v, %v", info, err)
	}
	put(t, s, "one", "two")
	s = mustSpool(t, path) // as after a crash
	end := wantPending(t, s, "one", "two")
	put(t, s, "three")
	if err := s.drop(end, 0); err != nil {
		t.Fatal(err)
	}
	wantPending(t, s, "three")
	s = mustSpool(t, path)
	end = wantPending(t, s, "three")
	if err := s.drop(end, 0); err != nil {
		t.Fatal(err)
	}
	if used, _ := s.use(); used != 0 || s.end != spoolData {
		t.Errorf("%d bytes are used, and the next entry goes to %d", used, s.end)
	}
	wantPending(t, mustSpool(t, path)) // what is behind is of an earlier generation
	put(t, s, "four")
	wantPending(t, mustSpool(t, path), "four")
}

func TestSpool_tornEntry(t *testing.T) {
	t.Parallel()
	whole := filepath.Join(t.TempDir(), "spool")
	s := mustSpool(t, whole)
	put(t, s, "one")
	at := s.end
	put(t, s, "the second entry")
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for cut := at; cut < s.end; cut++ {
		torn := bytes.Clone(data)
		for i := cut; i < s.end; i++ {
			torn[i] = spoolFiller
		}
		path := filepath.Join(t.TempDir(), "spool")
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		again := mustSpool(t, path)
		wantPending(t, again, "one")
		put(t, again, "other")
		wantPending(t, mustSpool(t, path), "one", "other")
	}
}

func TestSpool_tornHead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "spool")
	s := mustSpool(t, path)
	put(t, s, "one")
	for block := range int64(2) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		data[block*spoolBlock+20] ^= 1
		torn := filepath.Join(t.TempDir(), "spool")
		if err := os.WriteFile(torn, data, 0o600); err != nil {
			t.Fatal(err)
		}
		wantPending(t, mustSpool(t, torn), "one")
		data[(1-block)*spoolBlock+20] ^= 1
		if err := os.WriteFile(torn, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openSpool(torn); err == nil {
			t.Error("a spool without a head is opened")
		}
	}
}

func TestSpool_unfinishedFileIsMadeAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "spool")
	if err := os.WriteFile(path, bytes.Repeat([]byte{spoolFiller}, 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	put(t, mustSpool(t, path), "one")
}

func TestSpool_full(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "spool")
	s := mustSpool(t, path)
	large := bytes.Repeat([]byte("x"), 100<<10)
	kept := 0
	for s.put(large) == nil {
		kept++
	}
	if err := s.put(large); err == nil || kept != 10 {
		t.Fatalf("%d entries of 100 KiB are kept, and then error %v", kept, err)
	}
	put(t, s, "a small one still fits")
	if info, err := os.Stat(path); err != nil || info.Size() != spoolSize {
		t.Errorf("the file is %v, %v", info, err)
	}
	s = mustSpool(t, path)
	entries, end, lost, err := s.pending()
	if err != nil || len(entries) != 11 || lost != 2 {
		t.Fatalf("%d entries, %d lost, %v", len(entries), lost, err)
	}
	if err := s.drop(end, lost); err != nil {
		t.Fatal(err)
	}
	if _, lost := s.use(); lost != 0 {
		t.Errorf("%d are still lost", lost)
	}
}

func FuzzSpool(f *testing.F) {
	f.Add([]byte("x"), uint32(spoolData))
	f.Add([]byte{1, 0, 0, 0}, uint32(0))
	dir := f.TempDir()
	path := filepath.Join(dir, "whole")
	s, err := openSpool(path)
	if err != nil {
		f.Fatal(err)
	}
	for i := range 20 {
		if err := s.put(fmt.Appendf(nil, "entry %d", i)); err != nil {
			f.Fatal(err)
		}
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, at uint32) {
		damaged := bytes.Clone(whole)
		copy(damaged[int(at)%len(damaged):], data)
		path := filepath.Join(t.TempDir(), "spool")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := openSpool(path)
		if err != nil {
			return
		}
		defer s.close() //nolint:errcheck // nothing is written
		if _, _, _, err := s.pending(); err != nil {
			t.Fatal(err)
		}
	})
}
