package merkle

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	maxNote    = 16 << 10 // bytes of a note: a checkpoint with a hundred signatures
	timeLayout = "2006-01-02T15:04:05.000Z"
)

// A Checkpoint commits to the first Size records of a log.
type Checkpoint struct {
	Origin string    // of the log
	Size   uint64    // how many records it covers: it covers record Seq if Seq ≤ Size
	Root   tlog.Hash // of the tree of these records, RFC 6962
	Time   time.Time // when it was signed by the clock of the signer, in UTC, to the millisecond
	// Note is the signed text: C2SP tlog-checkpoint (origin, size, root in base64) with the time as its one extension
	// line. It is nil in the zero value only. It must not be changed.
	Note []byte
}

// errOrigin says that a note is signed well but speaks of another log.
var errOrigin = errors.New("it is of another origin")

// A keyPeriods is a [note.Verifiers] whose keys are good for some tree sizes only.
type keyPeriods interface {
	ValidAt(name string, hash uint32, size uint64) bool
}

// ParseCheckpoint checks a signed note and returns the checkpoint in it. At least one signature must be by a key of known;
// signatures by other keys are ignored, as the format asks for. If known has a method
//
//	ValidAt(name string, hash uint32, size uint64) bool
//
// as [*Keyring] has, one of the known keys must also be valid at the size of the checkpoint. The note is copied.
//
// The error says whether the note is malformed, of another origin, or not signed as it should be; for the latter it
// wraps a [*note.UnverifiedNoteError] or a [*note.InvalidSignatureError].
func ParseCheckpoint(msg []byte, known note.Verifiers, origin string) (Checkpoint, error) {
	if len(msg) > maxNote {
		return Checkpoint{}, fmt.Errorf("checkpoint: a note of %d bytes, at most %d are allowed", len(msg), maxNote)
	}
	n, err := openNote(msg, known)
	if err != nil {
		if unverified, ok := errors.AsType[*note.UnverifiedNoteError](err); ok {
			if cp, bad := parseText(unverified.Note.Text); bad != nil || cp.Origin != origin {
				return Checkpoint{}, fmt.Errorf("checkpoint: %w", errors.Join(bad, errOrigin))
			}
		}
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	cp, err := parseText(n.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	if cp.Origin != origin {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w: %q, not %q", errOrigin, cp.Origin, origin)
	}
	if !validAt(known, n, cp.Size) {
		return Checkpoint{}, fmt.Errorf("checkpoint of size %d: its key is not valid at that size: %w", cp.Size, &note.UnverifiedNoteError{Note: n})
	}
	cp.Note = bytes.Clone(msg)
	return cp, nil
}

// ReadCheckpoints yields the checkpoints of an origin in a text like that of a [FileSink], in the order of the text, each
// checked as by [ParseCheckpoint]. Notes of other logs and notes that were cut off are passed over. A note of the origin
// that does not pass is yielded as an error, and the next one follows; an error of r ends it.
func ReadCheckpoints(r io.Reader, known note.Verifiers, origin string) iter.Seq2[Checkpoint, error] {
	return func(yield func(Checkpoint, error) bool) {
		for msg, err := range scanNotes(r, origin) {
			var cp Checkpoint
			if err == nil {
				cp, err = ParseCheckpoint(msg, known, origin)
			}
			if !yield(cp, err) {
				return
			}
		}
	}
}

// validAt reports whether one of the verified signatures is by a key that may sign a tree of that size.
func validAt(known note.Verifiers, n *note.Note, size uint64) bool {
	periods, ok := known.(keyPeriods)
	if !ok {
		return true
	}
	for _, sig := range n.Sigs {
		if periods.ValidAt(sig.Name, sig.Hash, size) {
			return true
		}
	}
	return false
}

// text returns what is signed.
func (c Checkpoint) text() string {
	return c.Origin + "\n" + strconv.FormatUint(c.Size, 10) + "\n" + c.Root.String() + "\ntime " + formatTime(c.Time) + "\n"
}

// sign sets the note. Signers are at least one.
func (c *Checkpoint) sign(keys ...*Key) error {
	signers := make([]note.Signer, len(keys))
	for i, k := range keys {
		signers[i] = k.signer
	}
	msg, err := note.Sign(&note.Note{Text: c.text()}, signers...)
	if err != nil {
		return fmt.Errorf("sign the checkpoint of size %d: %w", c.Size, err)
	}
	c.Note = msg
	return nil
}

// parseText is the inverse of text. It accepts nothing that text does not write.
func parseText(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 5 {
		return Checkpoint{}, fmt.Errorf("checkpoint: %d lines of text, want origin, size, root and time", len(lines)-1)
	}
	if err := checkName(lines[0]); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: origin: %w", err)
	}
	size, err := parseSize(lines[1])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	root, err := parseHash(lines[2])
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: root: %w", err)
	}
	at, ok := strings.CutPrefix(lines[3], "time ")
	when, err := parseTime(at)
	if !ok || err != nil || lines[4] != "" {
		return Checkpoint{}, errors.New("checkpoint: the line after the root is not its time")
	}
	return Checkpoint{Origin: lines[0], Size: size, Root: root, Time: when}, nil
}

func parseSize(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n > maxSize || strconv.FormatUint(n, 10) != s {
		return 0, errors.New("the size is not a decimal number in range without leading zeroes")
	}
	return n, nil
}

// parseHash accepts the one base64 text of a hash: padded, and with the bits that carry nothing being zero.
func parseHash(s string) (tlog.Hash, error) {
	var h tlog.Hash
	raw, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || len(raw) != len(h) || len(s) != base64.StdEncoding.EncodedLen(len(h)) {
		return h, errors.New("not the base64 of a hash")
	}
	copy(h[:], raw)
	return h, nil
}

func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || formatTime(t) != s {
		return time.Time{}, errors.New("not a time in UTC with milliseconds")
	}
	return t, nil
}
