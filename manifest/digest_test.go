package manifest_test

import (
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"

	"github.com/modreg/modreg/manifest"
)

func TestDigest_readsItsText(t *testing.T) {
	t.Parallel()
	d := manifest.Digest(sha256.Sum256([]byte("x")))
	text := d.String()
	if !strings.HasPrefix(text, "sha256:2d711642b726b044") || len(text) != 71 {
		t.Errorf("text is %s", text)
	}
	if back, err := manifest.ParseDigest(text); err != nil || back != d {
		t.Errorf("got %v, %v", back, err)
	}
	in := map[manifest.Digest]manifest.Digest{d: d}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out map[manifest.Digest]manifest.Digest
	if err := manifest.DecodeStrict(data, &out); err != nil || out[d] != d {
		t.Errorf("%s became %v, %v", data, out, err)
	}
	if appended, err := d.AppendText([]byte("=")); err != nil || string(appended) != "="+text {
		t.Errorf("appended %s, %v", appended, err)
	}
	if d.IsZero() || !(manifest.Digest{}).IsZero() {
		t.Error("IsZero is wrong")
	}
}

func TestParseDigest_refuses(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("0", 64)
	for _, s := range []string{
		"", "sha256:", zeros, "sha256:" + zeros[1:], "sha256:" + zeros + "0", "SHA256:" + zeros, "sha512:" + zeros,
		"sha256:" + zeros[1:] + "A", "sha256:" + zeros[1:] + "g", " sha256:" + zeros,
	} {
		if d, err := manifest.ParseDigest(s); err == nil {
			t.Errorf("%q became %v", s, d)
		}
		d := manifest.Digest{1}
		if err := d.UnmarshalText([]byte(s)); err == nil || d != (manifest.Digest{1}) {
			t.Errorf("%q: %v, %v", s, err, d)
		}
	}
}
