package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/modreg/modreg"
)

// defaultPassphraseEnv is the environment variable that is read where no other is named.
const defaultPassphraseEnv = "PLUGINS_PASSPHRASE"

// maxPassphrase is the longest passphrase, in bytes.
const maxPassphrase = 4096

// passphraseConfig says where the passphrase is, never what it is: configurations are recorded and shown.
type passphraseConfig struct {
	File string `json:"file"` // goes first
	Env  string `json:"env"`
}

func (c passphraseConfig) check() error {
	if c.File == "" && c.Env == "" {
		return errors.New("neither file nor env says where the passphrase is")
	}
	return nil
}

type secret string

// Passphrase returns it.
func (s secret) Passphrase() string { return string(s) }

// newPassphrase reads the passphrase once; the end of the line after it is not part of it.
func newPassphrase(c passphraseConfig, _ modreg.Deps) (Passphrase, error) {
	where, text, err := c.read()
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w (give -passphrase-file or -passphrase-env)", err)
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	if text == "" {
		return nil, fmt.Errorf("passphrase: %s is empty", where)
	}
	if len(text) > maxPassphrase {
		return nil, fmt.Errorf("passphrase: %s has more than %d bytes", where, maxPassphrase)
	}
	return secret(text), nil
}

func (c passphraseConfig) read() (where, text string, err error) {
	if c.File == "" {
		text, ok := os.LookupEnv(c.Env)
		if !ok {
			err = fmt.Errorf("environment variable %q is not set", c.Env)
		}
		return fmt.Sprintf("environment variable %q", c.Env), text, err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return "", "", err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxPassphrase+3)) // one more than a passphrase and the end of its line
	return fmt.Sprintf("file %q", c.File), string(data), err
}
