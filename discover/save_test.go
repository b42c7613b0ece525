package discover

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func saved(tb testing.TB, v *View) []byte {
	tb.Helper()
	var buf bytes.Buffer
	if err := v.Save(&buf); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

func (s scan) resolve(k Key) *Doc { return s[scanKey(k.Name, k.Version)] }

func TestLoad_agreesWithScan(t *testing.T) {
	t.Parallel()
	onlyOnce(t)
	for name, u := range universes(21) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, s := NewView(), scan{}
			for range 3 {
				for _, n := range []int{2000, 300, 3} {
					var add []*Doc
					for range n {
						d := u.doc()
						s.add(d)
						add = append(add, d)
					}
					gone := u.doc().Key()
					s.remove(gone)
					v = v.With(add, nil).With(nil, []Key{gone})
				}
				data := saved(t, v)
				// What the caller has changes between saving and loading.
				for key, d := range s {
					switch u.IntN(20) {
					case 0:
						delete(s, key)
					case 1:
						other := u.doc()
						other.Name, other.Version = d.Name, d.Version
						s[key] = other
					}
				}
				loaded, err := Load(iotest.HalfReader(bytes.NewReader(data)), s.resolve)
				if err != nil {
					t.Fatal(err)
				}
				if loaded.Len() != len(s) {
					t.Fatalf("Len = %d, want %d", loaded.Len(), len(s))
				}
				for range 30 {
					agree(t, loaded, s, u.query())
				}
				v = loaded
			}
		})
	}
}

func TestSave_isTheSameAgain(t *testing.T) {
	t.Parallel()
	u := universes(22)["versions"]
	s := scan{}
	var docs []*Doc
	for range 3000 {
		d := u.doc()
		s.add(d)
		docs = append(docs, d)
	}
	first := saved(t, NewView().With(docs, nil))
	loaded, err := Load(bytes.NewReader(first), s.resolve)
	if err != nil {
		t.Fatal(err)
	}
	if again := saved(t, loaded); !bytes.Equal(first, again) {
		t.Error("a loaded index is not saved as it was")
	}
	if built := saved(t, NewView().With(docs, nil)); !bytes.Equal(first, built) {
		t.Error("the same documents are not saved the same")
	}
}

func TestLoad_refusesDamage(t *testing.T) {
	t.Parallel()
	onlyOnce(t)
	u := universes(23)["plain"]
	s := scan{}
	var docs []*Doc
	for range 15 {
		d := u.doc()
		s.add(d)
		docs = append(docs, d)
	}
	data := saved(t, NewView().With(docs, nil))
	for n := range len(data) {
		_, err := Load(bytes.NewReader(data[:n]), s.resolve)
		if want := new(FormatError); !errors.As(err, &want) || !errors.Is(err, io.ErrUnexpectedEOF) && n > len(fileMark) {
			t.Fatalf("of %d bytes the first %d: %v", len(data), n, err)
		}
		bad := bytes.Clone(data)
		bad[n] ^= 4
		if _, err := Load(bytes.NewReader(bad), s.resolve); !errors.As(err, new(*FormatError)) {
			t.Fatalf("byte %d changed: %v", n, err)
		}
	}
}

func TestLoad_passesErrorsOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	data := saved(t, NewView().With([]*Doc{universes(1)["plain"].doc()}, nil))
	for n := range data {
		r := io.MultiReader(bytes.NewReader(data[:n]), iotest.ErrReader(broken))
		if _, err := Load(r, func(Key) *Doc { return nil }); !errors.Is(err, broken) {
			t.Fatalf("after %d bytes: %v", n, err)
		}
		if err := NewView().Save(failAfter{new(int), n % 10, broken}); !errors.Is(err, broken) && n%10 < 4 {
			t.Fatalf("Save: %v", err)
		}
	}
}

// failAfter is a writer that fails from the nth call on.
type failAfter struct {
	calls *int
	n     int
	err   error
}

func (w failAfter) Write(p []byte) (int, error) {
	if *w.calls++; *w.calls > w.n {
		return 0, w.err
	}
	return len(p), nil
}

// seal makes the checksums of a stored index right, so that fuzzing reaches what
// is behind them.
func seal(data []byte) []byte {
	data = bytes.Clone(data)
	for at := len(fileMark); at+12 <= len(data); {
		size := binary.LittleEndian.Uint64(data[at+4:])
		if size > uint64(len(data)-at-12) || len(data)-at-12-int(size) < 4 {
			break
		}
		end := at + 12 + int(size)
		binary.LittleEndian.PutUint32(data[end:], crc32.Checksum(data[at+12:end], crcTable()))
		at = end + 4
	}
	return data
}

func FuzzLoad(f *testing.F) {
	s := scan{}
	for i, name := range []string{"plain", "versions", "scattered", "one module"} {
		u := universes(uint64(30 + i))[name]
		var docs []*Doc
		for range 6 + 90*(i%2) {
			d := u.doc()
			s.add(d)
			docs = append(docs, d)
		}
		f.Add(saved(f, NewView().With(docs, nil)))
		f.Add(saved(f, NewView(WithText()).With(docs, nil).With(docs[:3], []Key{docs[5].Key()})))
	}
	f.Add([]byte(fileMark))
	u := universes(40)["plain"]
	var queries []*Compiled
	for range 30 {
		queries = append(queries, MustCompile(u.query()))
	}
	words := MustCompile(Query{Text: "images 17 cap0", Limit: 9})
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Load(bytes.NewReader(seal(data)), s.resolve, WithText())
		if err != nil {
			if !errors.As(err, new(*FormatError)) || strings.Contains(err.Error(), "%!") {
				t.Fatal(err)
			}
			return
		}
		for _, c := range queries {
			v.Search(c, nil)
			v.Count(c)
		}
		v.Search(words, nil)
		if err := v.With([]*Doc{u.doc()}, nil).Save(io.Discard); err != nil {
			t.Fatal(err)
		}
	})
}
