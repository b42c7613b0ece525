package backup_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/backup"
)

func identity(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestWrite_encryptedShowsNothing(t *testing.T) {
	t.Parallel()
	j := modreg.NewMemJournal()
	mark := randomBytes(rand.New(rand.NewPCG(5, 6)), 300) // which cannot be compressed away
	if _, err := j.Append(t.Context(), "audit", 0, [][]byte{mark}); err != nil {
		t.Fatal(err)
	}
	s := backup.Source{Journal: j, Streams: []string{"audit"}, Node: "node-of-mine", Files: map[string][]byte{"keyring": nil}}
	id, other := identity(t), identity(t)
	data, m := write(t, s, backup.Options{Recipients: []age.Recipient{id.Recipient(), other.Recipient()}})
	if !m.Encrypted {
		t.Fatal("the manifest does not say that it is encrypted")
	}
	plain, _ := write(t, s, backup.Options{})
	for _, part := range []string{string(mark[100:120]), "node-of-mine", "keyring", "audit", "modreg"} {
		if bytes.Contains(data, []byte(part)) {
			t.Errorf("%q can be read in an encrypted backup", part)
		}
		if !bytes.Contains(plain, []byte(part)) {
			t.Errorf("%q cannot be found in a plain one either: the test shows nothing", part)
		}
	}
	for _, id := range []age.Identity{id, other} {
		to := modreg.NewMemJournal()
		target, _ := into(to)
		if _, err := backup.Restore(t.Context(), bytes.NewReader(data), target, backup.ReadOptions{Identities: []age.Identity{identity(t), id}}); err != nil {
			t.Fatal(err)
		}
		if got := records(t, to, "audit", 1); len(got) != 1 || !bytes.Equal(got[0], mark) {
			t.Fatalf("restored %q", got)
		}
	}
}

func TestInspect_wantsTheRightKey(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	data, _ := write(t, source, backup.Options{Recipients: []age.Recipient{identity(t).Recipient()}})
	if _, err := backup.Inspect(t.Context(), bytes.NewReader(data), backup.ReadOptions{}); !errors.Is(err, backup.ErrEncrypted) {
		t.Errorf("without a key: error %v", err)
	}
	wrong := identity(t)
	_, err := backup.Inspect(t.Context(), bytes.NewReader(data), backup.ReadOptions{Identities: []age.Identity{wrong}})
	if none := new(age.NoIdentityMatchError); !errors.As(err, &none) || strings.Contains(err.Error(), wrong.String()) {
		t.Errorf("with another key: error %v", err)
	}
	plain, _ := write(t, source, backup.Options{})
	_, err = backup.Inspect(t.Context(), bytes.NewReader(plain), backup.ReadOptions{Identities: []age.Identity{wrong}})
	if !errors.Is(err, backup.ErrNotEncrypted) {
		t.Errorf("a plain one with a key: error %v", err)
	}
}

func TestRestore_passphrase(t *testing.T) {
	t.Parallel()
	source, _ := small(t)
	lock, err := age.NewScryptRecipient("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	lock.SetWorkFactor(10)
	data, want := write(t, source, backup.Options{Recipients: []age.Recipient{lock}})
	for phrase, good := range map[string]bool{"correct horse": true, "wrong horse": false} {
		key, err := age.NewScryptIdentity(phrase)
		if err != nil {
			t.Fatal(err)
		}
		m, err := backup.Inspect(t.Context(), bytes.NewReader(data), backup.ReadOptions{Identities: []age.Identity{key}})
		if good != (err == nil) || good && m.Digest != want.Digest {
			t.Errorf("%q: %v", phrase, err)
		}
		if err != nil && strings.Contains(err.Error(), phrase) {
			t.Errorf("the passphrase is in the error %q", err)
		}
	}
}

func TestRestore_secrets(t *testing.T) {
	t.Parallel()
	id := identity(t)
	s := backup.Source{
		Files:   map[string][]byte{"keyring": []byte("public")},
		Secrets: map[string][]byte{"audit.key": []byte("PRIVATE+KEY+audit")},
	}
	data, m := write(t, s, backup.Options{Recipients: []age.Recipient{id.Recipient()}})
	if len(m.Files) != 2 || m.Files[0].Secret || !m.Files[1].Secret {
		t.Fatalf("files %+v", m.Files)
	}
	target, got := into(nil)
	o := backup.ReadOptions{Identities: []age.Identity{id}}
	if _, err := backup.Restore(t.Context(), bytes.NewReader(data), target, o); err != nil {
		t.Fatal(err)
	}
	if got.secrets["audit.key"] != "PRIVATE+KEY+audit" || len(got.files) != 1 {
		t.Fatalf("restored %v and %v", got.files, got.secrets)
	}
	target, got = into(nil)
	target.Secret = nil
	if _, err := backup.Restore(t.Context(), bytes.NewReader(data), target, o); err != nil || len(got.secrets) > 0 || len(got.files) != 1 {
		t.Fatalf("left out: %v, %v", err, got)
	}
}

func recipients(id *age.X25519Identity) []age.Recipient { return []age.Recipient{id.Recipient()} }

// identities returns what reads a backup that was written with o.
func identities(o backup.Options, id *age.X25519Identity) []age.Identity {
	if len(o.Recipients) == 0 {
		return nil
	}
	return []age.Identity{id}
}
