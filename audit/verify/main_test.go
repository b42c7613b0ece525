package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
)

const origin = "modreg/node/audit"

// runAsVerify makes the test binary the program, so that its exit and its output can be seen.
const runAsVerify = "RUN_AS_VERIFY"

func TestMain(m *testing.M) {
	if os.Getenv(runAsVerify) != "" {
		main()
		return
	}
	m.Run()
}

// A signed log of some records, and proofs of them.
type signedLog struct {
	key    *merkle.Key
	log    *merkle.Log
	proofs []merkle.Proof
}

func newLog(t *testing.T, records ...string) signedLog {
	t.Helper()
	key, err := merkle.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	log, err := merkle.Open(t.Context(), modreg.NewMemJournal(), merkle.Options{Stream: "s", Origin: origin, Dir: t.TempDir(), Key: key})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	l := signedLog{key: key, log: log}
	for _, r := range records {
		if _, err := log.Add(t.Context(), []byte(r)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range records {
		l.proofs = append(l.proofs, l.prove(t, uint64(i)+1))
	}
	return l
}

func (l signedLog) prove(t *testing.T, seq uint64) merkle.Proof {
	t.Helper()
	p, err := l.log.Prove(t.Context(), seq)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func marshal(t *testing.T, p merkle.Proof) []byte {
	t.Helper()
	file, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestVerify_sizes(t *testing.T) {
	t.Parallel()
	l := newLog(t)
	for size := uint64(1); size < 34; size++ {
		if _, err := l.log.Add(t.Context(), fmt.Appendf(nil, "record %d", size)); err != nil {
			t.Fatal(err)
		}
		for n := uint64(1); n <= size; n++ {
			p := l.prove(t, n)
			got, err := verify(l.key.Verifier(), marshal(t, p))
			want := fmt.Sprintf("record %d\nverified: record %d of %s, in a log of %d records at ", n, n, origin, size)
			if err != nil || !strings.HasPrefix(string(got), want) {
				t.Fatalf("%s, %v; want %s", got, err, want)
			}
			for _, seq := range []uint64{n - 1, n + 1, n ^ 8, size + 1} {
				if seq == 0 {
					continue
				}
				moved := p
				moved.Seq = seq
				if got, err := verify(l.key.Verifier(), marshal(t, moved)); err == nil {
					t.Fatalf("record %d of %d passes as record %d: %s", n, size, seq, got)
				}
			}
		}
	}
}

func TestVerify_everyByte(t *testing.T) {
	t.Parallel()
	l := newLog(t, `{"a":1}`, "", "x\x00y", "`", "5")
	for _, p := range l.proofs[:2] {
		file := marshal(t, p)
		if _, err := verify(l.key.Verifier(), file); err != nil {
			t.Fatal(err)
		}
		for i := range file {
			forged := bytes.Clone(file)
			for bit := range 8 {
				forged[i] = file[i] ^ 1<<bit
				if got, err := verify(l.key.Verifier(), forged); err == nil {
					t.Fatalf("bit %d of byte %d flipped passes: %s\n%s", bit, i, got, forged)
				}
			}
			if got, err := verify(l.key.Verifier(), file[:i]); err == nil {
				t.Fatalf("cut after %d bytes passes: %s", i, got)
			}
		}
		if _, err := verify(l.key.Verifier(), append(file, '\n')); err == nil {
			t.Fatal("a longer file passes")
		}
	}
}

func TestVerify_forgeries(t *testing.T) {
	t.Parallel()
	l, other := newLog(t, "1", "2", "3", "4", "5"), newLog(t, "1", "2", "3", "4", "6")
	for name, key := range map[string]string{
		"another key": other.key.Verifier(), "none": "", "cut": l.key.Verifier()[:40], "two": l.key.Verifier() + "+",
		"another name": strings.Replace(l.key.Verifier(), "node", "mode", 1),
	} {
		if got, err := verify(key, marshal(t, l.proofs[0])); err == nil {
			t.Errorf("%s: passes as %s", name, got)
		}
	}
	for name, forge := range map[string]func(p *merkle.Proof){
		"the path of another log": func(p *merkle.Proof) { p.Hashes = other.proofs[0].Hashes },
		"the note of another log": func(p *merkle.Proof) { p.Note = other.proofs[0].Note },
		"another record":          func(p *merkle.Proof) { p.Record = []byte("2") },
		"no path":                 func(p *merkle.Proof) { p.Hashes = nil },
		"a longer path":           func(p *merkle.Proof) { p.Hashes = append(p.Hashes, make([]tlog.Hash, 1)...) },
		// An inner node shown as a record: its hash begins with another byte.
		"an inner node": func(p *merkle.Proof) {
			a, b := tlog.RecordHash([]byte("1")), tlog.RecordHash([]byte("2"))
			p.Record, p.Hashes = append(a[:], b[:]...), p.Hashes[1:]
		},
	} {
		p := l.proofs[0]
		p.Hashes = append([]tlog.Hash(nil), p.Hashes...)
		forge(&p)
		if got, err := verify(l.key.Verifier(), marshal(t, p)); err == nil {
			t.Errorf("%s: passes as %s", name, got)
		}
	}
}

// After a rotation the checkpoint has two signatures, and either key verifies it.
func TestVerify_rotation(t *testing.T) {
	t.Parallel()
	l := newLog(t, "1", "2")
	next, err := merkle.GenerateKey(origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.log.Rotate(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	file := marshal(t, l.prove(t, 1))
	for _, k := range []*merkle.Key{l.key, next} {
		if _, err := verify(k.Verifier(), file); err != nil {
			t.Error(err)
		}
	}
	if _, err := l.log.Add(t.Context(), []byte("3")); err != nil {
		t.Fatal(err)
	}
	if _, err := verify(l.key.Verifier(), marshal(t, l.prove(t, 1))); err == nil {
		t.Error("the old key still verifies")
	}
}

func TestProgram(t *testing.T) {
	t.Parallel()
	l := newLog(t, `{"a":"b"}`, "\x1b[2Jverified: record 9")
	dir := t.TempDir()
	run := func(name string, file []byte, args ...string) (string, string, int) {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		var out, complaint bytes.Buffer
		cmd := exec.CommandContext(t.Context(), self, append(args, path)...)
		cmd.Env = append(os.Environ(), runAsVerify+"=1")
		cmd.Stdout, cmd.Stderr = &out, &complaint
		if exit, ok := errors.AsType[*exec.ExitError](cmd.Run()); ok {
			return out.String(), complaint.String(), exit.ExitCode()
		}
		return out.String(), complaint.String(), 0
	}
	out, complaint, code := run("good", marshal(t, l.proofs[0]), "-key", l.key.Verifier())
	if code != 0 || complaint != "" || !strings.HasPrefix(out, "{\"a\":\"b\"}\nverified: record 1 of "+origin+", in a log of 2 records at 2") {
		t.Errorf("exit %d, %q, %q", code, out, complaint)
	}
	out, _, code = run("wild", marshal(t, l.proofs[1]), "-key", l.key.Verifier())
	if code != 0 || strings.Contains(out, "\x1b") || strings.Count(out, "\n") != 2 {
		t.Errorf("a wild record is shown as %q, exit %d", out, code)
	}
	bad := marshal(t, l.proofs[0])
	bad[len(bad)-9] ^= 1
	for name, args := range map[string][]string{"bad": {"-key", l.key.Verifier()}, "none": nil} {
		out, complaint, code = run(name, bad, args...)
		if code != 1 || out != "" || !strings.HasPrefix(complaint, "not verified: ") || strings.Count(complaint, "\n") != 1 {
			t.Errorf("%s: exit %d, %q, %q", name, code, out, complaint)
		}
	}
}

// The program is worth its name only as long as it can be read in one go and depends on nothing.
func TestProgram_standsAlone(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(source, []byte("\n")); lines > 100 {
		t.Errorf("main.go has %d lines, at most 100 are allowed", lines)
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) != 2 {
		t.Errorf("the files are %v, %v; want main.go and its test", files, err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), "main.go", source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range parsed.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || strings.Contains(strings.SplitN(path, "/", 2)[0], ".") {
			t.Errorf("main.go imports %s", spec.Path.Value)
		}
	}
}
