package backup_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/backup"
)

// A backup is written while the registry runs, and another journal is made of it.
func ExampleWrite() {
	ctx := context.Background()
	journal := modreg.NewMemJournal()
	reg, err := modreg.Open(ctx, modreg.WithJournal(journal))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reg.Close(ctx) //nolint:errcheck // nothing runs
	_ = reg.Register(ctx, modreg.Manifest{Name: "upper", Version: "1.0.0"})

	id, _ := age.GenerateX25519Identity()
	var b bytes.Buffer
	_, err = backup.Write(ctx, &b, backup.Source{Journal: journal, Streams: []string{"registry"}},
		backup.Options{Recipients: []age.Recipient{id.Recipient()}})
	if err != nil {
		fmt.Println(err)
		return
	}

	restored := modreg.NewMemJournal()
	m, err := backup.Restore(ctx, &b, backup.Target{Journal: restored}, backup.ReadOptions{Identities: []age.Identity{id}})
	fmt.Println(m.Encrypted, m.Streams[0].Name, m.Streams[0].Records(), err)
	// Output: true registry 1 <nil>
}

// A folder that is restored into is there as a whole or not at all.
func ExampleMakeFolder() {
	ctx := context.Background()
	var b bytes.Buffer
	if _, err := backup.Write(ctx, &b, backup.Source{Files: map[string][]byte{"node": []byte("n-1")}}, backup.Options{}); err != nil {
		fmt.Println(err)
		return
	}
	parent, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(parent) //nolint:errcheck // a folder for temporary files

	err = backup.MakeFolder(ctx, filepath.Join(parent, "data"), func(ctx context.Context, dir string) error {
		root, err := os.OpenRoot(dir)
		if err != nil {
			return err
		}
		defer root.Close() //nolint:errcheck // nothing is left to write
		_, err = backup.Restore(ctx, &b, backup.Target{File: backup.FilesInto(root)}, backup.ReadOptions{})
		return err
	})
	node, _ := os.ReadFile(filepath.Join(parent, "data", "node"))
	fmt.Println(string(node), err)
	// Output: n-1 <nil>
}

// A backup every six hours, of which a week's are kept.
func ExampleSchedule_Run() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder for temporary files

	s := backup.Schedule{
		Dir: dir, Every: 6 * time.Hour, Keep: 28,
		Write: func(ctx context.Context, path string) (backup.Manifest, error) {
			return backup.WriteFile(ctx, path, backup.Source{Node: "node-1"}, backup.Options{})
		},
		Report: func(_ string, m backup.Manifest, err error) {
			fmt.Println(m.Node, err)
			cancel()
		},
	}
	fmt.Println(s.Run(ctx))
	// Output:
	// node-1 <nil>
	// context canceled
}
