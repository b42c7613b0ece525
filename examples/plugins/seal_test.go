package main

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// sealedChunk is the size of a chunk on disk with the settings of bench.cheap.
const sealedChunk = 1024 + 16

// random returns n bytes that are the same in each run.
func random(n int) []byte {
	data := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8)})
	_, _ = r.Read(data)
	return data
}

// cut returns data without its last byte.
func cut(data []byte) []byte { return data[:len(data)-1] }

func TestEncrypt_roundTrip(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, n := range []int{0, 1, 1023, 1024, 1025, 2047, 2048, 2049, 100_000} {
		data := random(n)
		sealed := b.pass("encrypt", data)
		chunks := max(1, (n+1023)/1024)
		if want := headerSize + n + 16*chunks; len(sealed) != want {
			t.Errorf("%d bytes: sealed has %d bytes, want %d", n, len(sealed), want)
		}
		if n >= 16 && bytes.Contains(sealed, data[:16]) {
			t.Errorf("%d bytes: plain text shows", n)
		}
		if got := b.pass("decrypt", sealed); !bytes.Equal(got, data) {
			t.Errorf("%d bytes: got %d other bytes", n, len(got))
		}
	}
}

func TestEncrypt_saltIsFresh(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	one, two := b.pass("encrypt", []byte("same")), b.pass("encrypt", []byte("same"))
	if bytes.Equal(one[16:headerSize], two[16:headerSize]) || bytes.Equal(one[headerSize:], two[headerSize:]) {
		t.Error("two files have the same salt or content")
	}
}

func TestDecrypt_refuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const n = 3*1024 + 100
	sealed := b.pass("encrypt", random(n))
	even := b.pass("encrypt", random(2*1024))
	other := b.pass("encrypt", random(n))
	at := func(chunk int) int { return headerSize + chunk*sealedChunk }
	number := func(offset int, value uint32) []byte {
		data := slices.Clone(sealed)
		binary.BigEndian.PutUint32(data[offset:], value)
		return data
	}
	for _, tt := range []struct {
		name string
		data []byte
		text string
	}{
		{"empty", nil, "not encrypted data"},
		{"short header", sealed[:20], "not encrypted data"},
		{"header only", sealed[:headerSize], errTruncated.Error()},
		{"other file", random(200), "not encrypted data"},
		{"later version", slices.Concat([]byte(sealMagic), []byte{2}, sealed[8:]), "version 2"},
		{"many iterations", number(8, 50_000_000), "iterations"},
		{"other iterations", number(8, 1001), errFirst.Error()},
		{"huge chunk", number(12, 1<<31), "chunk size"},
		{"other chunk", number(12, 2048), errFirst.Error()},
		{"one byte less", cut(sealed), errTampered.Error()},
		{"cut at a chunk", sealed[:at(2)], errTruncated.Error()},
		{"cut to one chunk", sealed[:at(1)], errTruncated.Error()},
		{"cut in a tag", sealed[:at(2)+5], errTruncated.Error()},
		{"even, cut at a chunk", even[:at(1)], errTruncated.Error()},
		{"one byte more", append(slices.Clone(sealed), 0), errTampered.Error()},
		{"more after an even end", append(slices.Clone(even), 0), errTrailing.Error()},
		{"swapped", slices.Concat(sealed[:at(0)], sealed[at(1):at(2)], sealed[at(0):at(1)], sealed[at(2):]), errFirst.Error()},
		{"swapped later", slices.Concat(sealed[:at(1)], sealed[at(2):at(3)], sealed[at(1):at(2)], sealed[at(3):]), errTampered.Error()},
		{"doubled", slices.Concat(sealed[:at(2)], sealed[at(1):]), errTampered.Error()},
		{"left out", slices.Concat(sealed[:at(1)], sealed[at(2):]), errTampered.Error()},
		{"of another file", slices.Concat(sealed[:at(1)], other[at(1):]), errTampered.Error()},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &bench{t: t, dir: b.dir}
			out := b.refuse(tt.text, "decrypt", tt.data)
			if !bytes.HasPrefix(random(n), out) && !bytes.HasPrefix(random(2*1024), out) {
				t.Errorf("%d bytes came out that were not put in", len(out))
			}
		})
	}
}

// Each bit of a small file matters.
func TestDecrypt_refusesEveryFlippedBit(t *testing.T) {
	t.Parallel()
	h := header{iterations: minIterations, chunk: minChunk}
	s, err := newSealer("secret", &h)
	if err != nil {
		t.Fatal(err)
	}
	var sealed bytes.Buffer
	if err := s.encrypt(bytes.NewReader(random(2*minChunk+7)), &sealed, make([]byte, minChunk)); err != nil {
		t.Fatal(err)
	}
	for i := range sealed.Len() {
		data := slices.Clone(sealed.Bytes())
		data[i] ^= 1 << (i % 8)
		var out bytes.Buffer
		err := s.decrypt(bytes.NewReader(data), &out, make([]byte, minChunk+16))
		if err == nil || out.Len() > i/sealedChunk*minChunk {
			t.Fatalf("byte %d flipped: %v, %d bytes came out", i, err, out.Len())
		}
	}
}

// An empty last chunk says the same as a full one before it: only one of the forms may be.
func TestDecrypt_refusesEmptyLastChunk(t *testing.T) {
	t.Parallel()
	h := header{iterations: minIterations, chunk: minChunk}
	s, err := newSealer("secret", &h)
	if err != nil {
		t.Fatal(err)
	}
	sealed := s.seal(s.seal(nil, random(minChunk), 0, false), nil, 1, true)
	if err := s.decrypt(bytes.NewReader(sealed), &bytes.Buffer{}, make([]byte, minChunk+16)); err == nil {
		t.Error("it was accepted")
	}
}

func TestPassphrase(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	sealed := b.pass("encrypt", []byte("text"))
	b.write("same", []byte("correct horse\r\n"))
	b.write("wrong", []byte("Correct horse\n"))
	b.write("empty", []byte("\n"))
	b.write("long", bytes.Repeat([]byte("x"), maxPassphrase+1))
	if got := b.pass("decrypt", sealed, "-passphrase-file", b.path("same")); string(got) != "text" {
		t.Errorf("got %q", got)
	}
	if out := b.refuse(errFirst.Error(), "decrypt", sealed, "-passphrase-file", b.path("wrong")); len(out) > 0 {
		t.Errorf("%q came out", out)
	}
	b.refuse("is empty", "decrypt", sealed, "-passphrase-file", b.path("empty"))
	b.refuse("more than 4096 bytes", "decrypt", sealed, "-passphrase-file", b.path("long"))
	b.refuse("no such file", "decrypt", sealed, "-passphrase-file", b.path("missing"))
	b.refuse("is not set", "decrypt", sealed, "-passphrase-file", "", "-passphrase-env", "PLUGINS_TEST_UNSET")
	b.refuse("neither file nor env", "decrypt", sealed, "-passphrase-file", "", "-passphrase-env", "")
}

func TestPassphrase_fromEnvironment(t *testing.T) { //nolint:paralleltest // it sets an environment variable
	b := newBench(t)
	sealed := b.pass("encrypt", []byte("text"))
	t.Setenv(defaultPassphraseEnv, "correct horse")
	if got := b.pass("decrypt", sealed, "-passphrase-file", ""); string(got) != "text" {
		t.Errorf("got %q", got)
	}
}
