// Command audit shows what the log of a registry is good for. It makes a data folder in which a team registers, approves and
// activates versions of a module, and then asks, as an auditor would: who activated this version, when, and on whose
// approval? It proves the answer to somebody who has nothing but a public key. Then it tampers with copies of the
// folder, in three ways that leave no trace in the files themselves, and shows that each is noticed.
//
//	go run ./examples/audit [-data FOLDER]
//
// Without -data it works in a temporary folder and removes it. A folder that is kept can be looked at with
// "modreg audit list --data FOLDER" and its neighbours.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

func main() {
	data := flag.String("data", "", "folder to make and keep")
	flag.Parse()
	if err := run(context.Background(), os.Stdout, *data); err != nil {
		fmt.Fprintln(os.Stderr, "audit:", err)
		os.Exit(1)
	}
}

// run tells the whole story in a folder, which is removed if it has no name.
func run(ctx context.Context, out io.Writer, data string) (err error) {
	outside, err := os.MkdirTemp("", "modreg-audit-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(outside)) }()
	if data == "" {
		data = filepath.Join(outside, "data")
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	// The witness stands for a file that belongs to somebody else: another user, another machine.
	s := &story{out: out, data: data, outside: outside, witness: filepath.Join(outside, "checkpoints")}
	for _, chapter := range []func(context.Context) error{s.work, s.ask, s.prove, s.tamper} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	return nil
}

// A story is the folder of a team, and what is outside of it.
type story struct {
	out     io.Writer
	data    string
	outside string
	witness string
	early   string // copy of the folder from before the last activation
}

func (s *story) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }
