package merkle_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/modreg/modreg/audit/merkle"
)

func TestKey_file(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if _, err := merkle.LoadKey(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("load a file that is missing: %v", err)
	}
	for range 15 { // the base64 of some has the separator in it
		k := newKey(t)
		path := filepath.Join(t.TempDir(), "key")
		if err := merkle.SaveKey(path, k); err != nil {
			t.Fatal(err)
		}
		again, err := merkle.LoadKey(path)
		if err != nil || again.Verifier() != k.Verifier() || again.Name() != origin {
			t.Fatalf("loaded %v, %v; want %v", again, err, k)
		}
		if err := merkle.SaveKey(path, k); err != nil {
			t.Errorf("save the same key again: %v", err)
		}
		if err := merkle.SaveKey(path, newKey(t)); err == nil {
			t.Error("another key was replaced")
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
	}
}

func TestLoadKey_refuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := filepath.Join(dir, "good")
	if err := merkle.SaveKey(good, newKey(t)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.TrimSpace(string(data))
	if runtime.GOOS != "windows" {
		for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o666} {
			if err := os.Chmod(good, mode); err != nil {
				t.Fatal(err)
			}
			if _, err := merkle.LoadKey(good); err == nil || !strings.Contains(err.Error(), "chmod 600") {
				t.Errorf("mode %o: %v", mode, err)
			}
		}
	}
	hidden := secret[len(secret)-20:]
	for name, text := range map[string]string{
		"empty":       "",
		"cut":         secret[:len(secret)-8],
		"edited":      secret[:len(secret)-9] + "AAAAAAAA=",
		"two lines":   secret + "\n" + secret,
		"public":      newKey(t).Verifier(),
		"large":       secret + strings.Repeat("\n", 5000),
		"other bytes": "\x00\xff" + secret,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := merkle.LoadKey(path)
		if err == nil {
			t.Errorf("%s: loaded", name)
		} else if strings.Contains(err.Error(), hidden) || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%s: the error shows the key: %v", name, err)
		}
	}
	if _, err := merkle.LoadKey(dir); err == nil {
		t.Error("a folder was loaded")
	}
}

// However a key is printed, what is private stays private.
func TestKey_printed(t *testing.T) {
	t.Parallel()
	k := newKey(t)
	path := filepath.Join(t.TempDir(), "key")
	if err := merkle.SaveKey(path, k); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	private := strings.TrimSpace(string(data))
	private = private[len(private)-30:]
	text, err := json.Marshal(map[string]any{"key": k})
	if err != nil {
		t.Fatal(err)
	}
	o := merkle.Options{Key: k}
	for _, shown := range []string{
		fmt.Sprint(k), fmt.Sprintf("%s %q %+v %#v", k, k, k, k), fmt.Sprintf("%v %+v %#v", o, o, o), string(text),
	} {
		if strings.Contains(shown, private) || strings.Contains(shown, "PRIVATE") {
			t.Errorf("shown: %s", shown)
		}
	}
}

func TestGenerateKey_names(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "a b", "a+b", "a\n", "ä", strings.Repeat("x", merkle.MaxName+1)} {
		if _, err := merkle.GenerateKey(name); err == nil {
			t.Errorf("name %q was accepted", name)
		}
	}
}
