package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"
)

// assemble makes a backup of frames that may be anything, with all its checksums right, as somebody would who wants
// it to be read.
func assemble(tb testing.TB, m *Manifest, frames []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	sum, err := writeText(&b, m)
	if err != nil {
		tb.Fatal(err)
	}
	blocks, err := newBlockWriter(tb.Context(), &b, sum)
	if err != nil {
		tb.Fatal(err)
	}
	_, err = blocks.Write(frames)
	if err := blocks.close(err != nil); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// FuzzInspect_frames reads frames that are anything in blocks that are good, under a header that is good.
func FuzzInspect_frames(f *testing.F) {
	frame := func(kind byte, payload string) []byte {
		return append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(payload))), payload...)
	}
	rec := func(seq uint64, data string) []byte {
		return frame(kindRecord, string(binary.BigEndian.AppendUint64(nil, seq))+data)
	}
	f.Add(bytes.Join([][]byte{frame(kindStream, "a"), rec(2, "x"), rec(3, "y"), frame(kindSnapshot, "abc"), frame(kindLeaves, string(make([]byte, 32)))}, nil))
	f.Add(bytes.Join([][]byte{frame(kindStream, "a"), rec(2, "x"), rec(4, "y")}, nil))
	f.Add([]byte{kindStream, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, frames []byte) {
		m := Manifest{
			Format: format, Created: time.Unix(0, 0).UTC(), Files: []File{},
			Streams: []Stream{{Name: "a", First: 2, Head: 3, Hash: sha256.Sum256([]byte("y")), Leaves: true, Snapshot: 2, SnapshotSize: 3}},
		}
		if _, err := Inspect(t.Context(), bytes.NewReader(assemble(t, &m, frames)), ReadOptions{}); err == nil {
			t.Fatal("frames without the sums at their end passed") // which nobody finds by chance
		}
	})
}

// TestInspect_frames shows that each frame is held against the header though all checksums are right.
func TestInspect_frames(t *testing.T) {
	t.Parallel()
	header := Manifest{
		Format: format, Created: time.Unix(0, 0).UTC(), Files: []File{{Name: "f", Size: 1, Digest: sha256.Sum256([]byte("f"))}},
		Streams: []Stream{{Name: "a", First: 2, Head: 3, Hash: sha256.Sum256([]byte("y")), Leaves: true, Snapshot: 2, SnapshotSize: 3}},
	}
	type frame struct {
		kind    byte
		payload string
	}
	rec := func(seq uint64, data string) frame {
		return frame{kindRecord, string(binary.BigEndian.AppendUint64(nil, seq)) + data}
	}
	good := []frame{{kindFile, "f"}, {kindStream, "a"}, rec(2, "x"), rec(3, "y"), {kindSnapshot, "abc"}, {kindLeaves, string(make([]byte, 32))}}
	summed := uint64(2) // bytes of the records, as the end has it
	check := func(t *testing.T, frames []frame, after ...byte) error {
		t.Helper()
		m := header
		m.Streams = append([]Stream(nil), header.Streams...)
		var b bytes.Buffer
		w := newFrameWriter(&b)
		for i, f := range frames {
			if err := w.frame(f.kind, []byte(f.payload)); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				w.endSection()
			}
		}
		m.Streams[0].Digest, m.Streams[0].Bytes = w.endSection(), summed
		end, err := m.end()
		if err != nil {
			t.Fatal(err)
		}
		if err := w.frame(kindEnd, end); err != nil {
			t.Fatal(err)
		}
		m.Streams = header.Streams
		b.Write(after)
		_, err = Inspect(t.Context(), bytes.NewReader(assemble(t, &m, b.Bytes())), ReadOptions{})
		return err
	}
	if err := check(t, good); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	if err := check(t, good, 0); err == nil {
		t.Fatal("a byte after the end passed")
	}
	if err := check(t, good, make([]byte, blockSize)...); err == nil {
		t.Fatal("a block after the end passed")
	}
	summed = 3
	if err := check(t, good); err == nil {
		t.Fatal("an end that does not sum up what is before it passed")
	}
	summed = 2
	for name, change := range map[string]func([]frame) []frame{
		"another file":        func(f []frame) []frame { f[0].payload = "g"; return f },
		"larger file":         func(f []frame) []frame { f[0].payload = "ff"; return f },
		"no file":             func(f []frame) []frame { return f[1:] },
		"another stream":      func(f []frame) []frame { f[1].payload = "b"; return f },
		"a record missing":    func(f []frame) []frame { return append(f[:2], f[3:]...) },
		"the last missing":    func(f []frame) []frame { return append(f[:3], f[4:]...) },
		"a record twice":      func(f []frame) []frame { f[3] = f[2]; return f },
		"one more record":     func(f []frame) []frame { f[4] = rec(4, "z"); return f },
		"another last record": func(f []frame) []frame { f[3] = rec(3, "z"); return f },
		"no sequence number":  func(f []frame) []frame { f[2].payload = "x"; return f },
		"short snapshot":      func(f []frame) []frame { f[4].payload = "ab"; return f },
		"no snapshot":         func(f []frame) []frame { return append(f[:4], f[5:]...) },
		"short leaves":        func(f []frame) []frame { f[5].payload = "ab"; return f },
		"no leaves":           func(f []frame) []frame { return f[:5] },
		"one frame more":      func(f []frame) []frame { return append(f, f[5]) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := check(t, change(append([]frame(nil), good...))); err == nil {
				t.Fatal("it passed")
			}
		})
	}
}

// FuzzInspect_blocks reads blocks that are anything, with their sums right.
func FuzzInspect_blocks(f *testing.F) {
	m := Manifest{Format: format, Created: time.Unix(0, 0).UTC(), Streams: []Stream{}, Files: []File{}}
	var text bytes.Buffer
	if _, err := writeText(&text, &m); err != nil {
		f.Fatal(err)
	}
	end, err := m.end()
	if err != nil {
		f.Fatal(err)
	}
	good := assemble(f, &m, append(binary.BigEndian.AppendUint32([]byte{kindEnd}, uint32(len(end))), end...))
	stored := good[text.Len()+8 : len(good)-sha256.Size]
	f.Add(stored, uint32(frameHead+len(end)))
	f.Add(stored, uint32(blockSize))
	f.Add([]byte("(\xb5/\xfd"), uint32(1))
	f.Fuzz(func(t *testing.T, stored []byte, plain uint32) {
		var b bytes.Buffer
		sum, err := writeText(&b, &m)
		if err != nil {
			t.Fatal(err)
		}
		block := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, uint32(len(stored))), plain)
		block = append(block, stored...)
		sum.Write(block)
		b.Write(sum.Sum(block))
		if _, err := Inspect(t.Context(), &b, ReadOptions{}); err == nil && int(plain) != frameHead+len(end) {
			t.Fatal("a block of another length passed")
		}
	})
}
