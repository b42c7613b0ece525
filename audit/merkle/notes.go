package merkle

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/note"
)

// sigMark begins every line of a signature in a signed note, see C2SP signed-note.
const sigMark = "— "

var errNotes = errors.New("it is not a sequence of signed notes")

// joinNotes returns the notes with one more at the end. Notes in a file are separated by an empty line.
func joinNotes(text, msg []byte) []byte {
	joined := make([]byte, 0, len(text)+len(msg)+1)
	joined = append(joined, text...)
	if len(text) > 0 {
		joined = append(joined, '\n')
	}
	return append(joined, msg...)
}

// splitNotes cuts a sequence of notes apart, without looking into them.
func splitNotes(text []byte) (notes [][]byte, err error) {
	for text = bytes.TrimLeft(text, "\n"); len(text) > 0; text = bytes.TrimLeft(text, "\n") {
		end := noteEnd(text)
		if end < 0 {
			return nil, errNotes
		}
		notes = append(notes, text[:end:end])
		text = text[end:]
	}
	return notes, nil
}

// noteEnd returns where the note at the beginning of a text ends: after the last of the lines of signatures that follow
// its first empty line. It returns -1 if there is none. The notes of this package have no empty line in their text.
func noteEnd(text []byte) int {
	split := bytes.Index(text, []byte("\n\n"))
	if split < 0 {
		return -1
	}
	end := split + 2
	for bytes.HasPrefix(text[end:], []byte(sigMark)) {
		line := bytes.IndexByte(text[end:], '\n')
		if line < 0 {
			return -1
		}
		end += line + 1
	}
	if end == split+2 {
		return -1
	}
	return end
}

// openNote verifies a note as [note.Open] does. It also refuses a signature that is not in its one encoding: the bits of
// the base64 that carry nothing would let a byte of a note change unseen.
func openNote(msg []byte, known note.Verifiers) (*note.Note, error) {
	n, err := note.Open(msg, known)
	if err != nil {
		return nil, err
	}
	for _, sig := range slices.Concat(n.Sigs, n.UnverifiedSigs) {
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return nil, errors.New("the base64 of a signature is malformed")
		}
	}
	return n, nil
}

// noteText returns the signed text of a note that splitNotes found.
func noteText(msg []byte) string {
	split := bytes.Index(msg, []byte("\n\n"))
	if split < 0 {
		return ""
	}
	return string(msg[:split+1])
}

// scanNotes yields the notes whose first line is origin, from text that may have anything else between them: notes of
// other logs, and what a write that was cut off left.
func scanNotes(r io.Reader, origin string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		begin := []byte(origin + "\n")
		in := bufio.NewReaderSize(r, maxNote)
		var msg []byte
		signatures := -1 // how many the note has; -1 in its text
		for {
			line, err := in.ReadSlice('\n') // a line that is longer comes in pieces, none of which is one of a note
			switch {
			case len(msg) == 0:
			case err != nil || len(msg)+len(line) > maxNote:
				if signatures <= 0 {
					msg = nil
				}
			case signatures < 0:
				msg = append(msg, line...)
				if len(line) == 1 {
					signatures = 0
				}
				continue
			case bytes.HasPrefix(line, []byte(sigMark)):
				msg = append(msg, line...)
				signatures++
				continue
			}
			if len(msg) > 0 && signatures > 0 && !yield(msg, nil) {
				return
			}
			msg, signatures = nil, -1
			if bytes.Equal(line, begin) {
				msg = bytes.Clone(line)
			}
			if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
				if !errors.Is(err, io.EOF) {
					yield(nil, err)
				}
				return
			}
		}
	}
}
