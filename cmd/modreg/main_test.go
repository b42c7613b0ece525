package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/internal/datadir"
	"github.com/modreg/modreg/record"
)

// The programs of the scripts beside modreg itself.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"modreg":     main,
		"populate":   func() { exitOn(populate(os.Args[1:])) },
		"hold":       func() { exitOn(hold(os.Args[1])) },
		"age-keygen": func() { exitOn(ageKey(os.Args[1])) },
	})
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"exits":  exits,
			"flip":   flip,
			"verify": verifyOutside,
			"untilfile": func(ts *testscript.TestScript, _ bool, args []string) {
				untilFile(ts, ts.MkAbs(args[0]))
			},
		},
	})
}

// exits CODE COMMAND... runs a command and wants the exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGUMENT...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if want, _ := strconv.Atoi(args[0]); code != want {
		ts.Fatalf("exit code %d, want %d", code, want)
	}
}

// flip FILE TEXT flips a bit of the first place in a file where the text stands.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	data, err := os.ReadFile(path)
	ts.Check(err)
	at := strings.Index(string(data), args[1])
	if at < 0 {
		ts.Fatalf("%q is not in %s", args[1], args[0])
	}
	data[at] ^= 1
	ts.Check(os.WriteFile(path, data, 0o600))
}

// verify FILE runs the standalone verifier on a proof with the key that is the first word of the file "key".
func verifyOutside(ts *testscript.TestScript, neg bool, args []string) {
	key := regexp.MustCompile(`(?m)^modreg/\S+`).FindString(ts.ReadFile("key"))
	wd, err := os.Getwd()
	ts.Check(err)
	cmd := exec.Command("go", "run", filepath.Join(wd, "..", "..", "audit", "verify"), "-key", key, ts.MkAbs(args[0]))
	cmd.Dir = wd
	out, err := cmd.CombinedOutput()
	ts.Logf("%s", out)
	if (err != nil) != neg {
		ts.Fatalf("the verifier: %v", err)
	}
}

// untilFile waits for a file that a program in the background makes.
func untilFile(ts *testscript.TestScript, path string) {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		if _, err := os.Stat(path); err == nil {
			return
		}
		time.Sleep(5 * time.Millisecond) // between two looks
	}
	ts.Fatalf("%s does not come", path)
}

// shouter is what the module of the scripts does.
type shouter interface{ Shout(s string) string }

type upper struct{}

func (upper) Shout(s string) string { return strings.ToUpper(s) }

var shout = modreg.NewCapability[shouter]("text.shout")

func by(user, approval, reason string) context.Context {
	return record.WithOrigin(context.Background(), record.Origin{
		Actor: record.Actor{Kind: record.KindUser, ID: user, Authn: "oidc"}, Approval: approval, Reason: reason,
	})
}

// populate makes a folder, or goes on with it: two versions of a module are registered, one is activated, and runs.
func populate(args []string) error {
	return inFolder(args[0], func(f *datadir.Folder) error {
		ctx := context.Background()
		reg, err := modreg.Open(ctx, modreg.WithJournal(f.Trail.Journal()), modreg.WithAuditor(f.Trail), modreg.WithNode("node-1"))
		if err != nil {
			return err
		}
		for _, version := range []string{"1.0.0", "2.0.0"} {
			if err := reg.Register(by("ada", "", "built"), modreg.Manifest{Name: "upper", Version: version}, modreg.Provide(shout, newUpper)); err != nil {
				return err
			}
		}
		if err := reg.Activate(by("grace", "change-4711", "=two marks were asked for"), "upper@2.0.0"); err != nil {
			return err
		}
		if err := reg.Start(by("alan", "", ""), "upper"); err != nil {
			return err
		}
		return reg.Close(ctx)
	})
}

func newUpper(context.Context, modreg.Deps) (shouter, error) { return upper{}, nil }

func inFolder(path string, use func(f *datadir.Folder) error) error {
	f, err := datadir.Open(context.Background(), path, datadir.Options{Create: true, Node: "node-1"})
	if err != nil {
		return err
	}
	return errors.Join(use(f), f.Close())
}

// hold keeps a folder open until it is interrupted, and says by the file "held" that it does.
func hold(path string) error {
	return inFolder(path, func(*datadir.Folder) error {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		if err := os.WriteFile("held", nil, 0o600); err != nil {
			return err
		}
		<-ctx.Done()
		return nil
	})
}

// ageKey makes an age key in a file, and its recipient in one beside it.
func ageKey(path string) error {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(path, []byte(id.String()+"\n"), 0o600), os.WriteFile(path+".pub", []byte(id.Recipient().String()+"\n"), 0o600))
}
