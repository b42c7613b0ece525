package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/modreg/modreg"
)

func TestCallers_reachTheGreeter(t *testing.T) {
	t.Parallel()
	err := withHandle(func(ctx context.Context, h *modreg.Handle[greeter]) error {
		lease, err := modreg.Acquire(ctx, h)
		if err != nil {
			return err
		}
		for name, call := range map[string]func(int) error{
			"directly": callDirectly(), "through": callThrough(h), "held": callHeld(&lease),
			"leased": callLeased(h), "counted": callCounted(),
		} {
			if err := call(3); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		lease.Release()
		h.Close()
		for name, call := range map[string]func(int) error{"through": callThrough(h), "leased": callLeased(h)} {
			if err := call(1); modreg.CodeOf(err) != modreg.CodeClosed {
				t.Errorf("%s a closed handle: %v, want code %q", name, err, modreg.CodeClosed)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFinders_findEveryName(t *testing.T) {
	t.Parallel()
	err := withRegistry(func(ctx context.Context, reg *modreg.Registry) error {
		names := moduleNames(50)
		took, err := register(ctx, reg, names)
		if err != nil || len(took) != len(names) {
			t.Errorf("register took %d times, %v; want %d", len(took), err, len(names))
		}
		asked := questions(names)
		plain, table := tables(names)
		for i, find := range []func(string) uint64{inRegistry(reg), inPlainMap(plain), inSyncMap(table)} {
			if err := errors.Join(oneByOne(asked, find)(len(asked)), atOnce(asked, find)(len(asked))); err != nil {
				t.Errorf("finder %d: %v", i, err)
			}
			unknown := []string{"no-such-module"}
			if oneByOne(unknown, find)(1) == nil || atOnce(unknown, find)(1) == nil {
				t.Errorf("finder %d finds what is not there", i)
			}
		}
		if err := getByName(reg, asked[:7])(20); err != nil {
			t.Error(err)
		}
		if getByName(reg, []string{asked[0], "no-such-module"})(2) == nil {
			t.Error("the registry finds what is not there")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestModuleNames_areUnlikeEachOther(t *testing.T) {
	t.Parallel()
	names := moduleNames(1000)
	slices.Sort(names)
	if n := len(slices.Compact(names)); n != 1000 {
		t.Errorf("%d of 1000 names are different", n)
	}
}

func TestWorkload_runsAndRequires(t *testing.T) {
	t.Parallel()
	err := withRegistry(func(ctx context.Context, reg *modreg.Registry) error {
		handles, err := startWorkload(ctx, reg)
		if err != nil {
			return err
		}
		running, requiring := 0, 0
		for _, h := range handles {
			m, ok := h.Module()
			if ok && m.Status().State == modreg.StateActive {
				running++
			}
			requiring += len(m.Requires())
		}
		if running != 100 || requiring != 20 {
			t.Errorf("%d modules run and %d requirements are there, want 100 and 20", running, requiring)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPaced_callsAtItsRate(t *testing.T) {
	t.Parallel()
	var calls []int
	began := time.Now()
	if _, err := paced(20*time.Millisecond, func(i int) error {
		calls = append(calls, i)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(calls) != 20 || calls[19] != 19 {
		t.Errorf("called with %v, want 0 to 19", calls)
	}
	if took := time.Since(began); took < 19*time.Millisecond {
		t.Errorf("20 calls a millisecond apart were over after %v", took)
	}
	boom := errors.New("boom")
	if _, err := paced(time.Second, func(int) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("error is %v, want that of the call", err)
	}
}

func TestParsePeers(t *testing.T) {
	t.Parallel()
	got, err := parsePeers("direct\t1.2\nsamber/do InvokeNamed\t128\n")
	if want := map[string]float64{"direct": 1.2, "samber/do InvokeNamed": 128}; err != nil || !maps.Equal(got, want) {
		t.Errorf("parsePeers = %v, %v; want %v", got, err, want)
	}
	for _, bad := range []string{"direct 1.2\n", "direct\tfast\n", "\n", "direct\t1.2\nmore"} {
		if got, err := parsePeers(bad); err == nil {
			t.Errorf("parsePeers(%q) = %v, want an error", bad, got)
		}
	}
}

func TestCompareWithPeers_refusesToLeaveOneOut(t *testing.T) {
	t.Parallel()
	if got, err := ratioToPeer(map[string]float64{"direct": 2, "slow": 200}, "slow", 5); err != nil || got != 20 {
		t.Errorf("ratio = %v, %v; want 20: 100 direct calls to 5", got, err)
	}
	for _, theirs := range []map[string]float64{{}, {"direct": 1}, {"slow": 1}, {"direct": 0, "slow": 1}, {"direct": 1, "slow": 0}} {
		if got, err := ratioToPeer(theirs, "slow", 5); err == nil {
			t.Errorf("ratio with %v = %v, want an error", theirs, got)
		}
	}
}

func TestFindPeers(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	want := filepath.Join(root, "internal", "prove", "peers")
	deep := filepath.Join(root, "docs", "deep")
	for _, dir := range []string{want, deep} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := findPeers(deep); err == nil {
		t.Errorf("findPeers without a module = %q, want an error", got)
	}
	if err := os.WriteFile(filepath.Join(want, "go.mod"), []byte("module peers\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{root, deep} {
		if got, err := findPeers(dir); err != nil || got != want {
			t.Errorf("findPeers(%q) = %q, %v; want %q", dir, got, err, want)
		}
	}
}
