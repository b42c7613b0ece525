package merkle

import (
	"bytes"
	"os"
	"runtime"

	"golang.org/x/mod/sumdb/note"
)

// WaitForQueue waits until n callers of Add wait.
func WaitForQueue(l *Log, n int) {
	for {
		l.queue.mu.Lock()
		waiting := len(l.queue.waiting)
		l.queue.mu.Unlock()
		if waiting == n {
			return
		}
		runtime.Gosched()
	}
}

// CloseTree closes the tree file under a log, so that nothing more can be written to it; the result undoes that.
func CloseTree(l *Log) (undo func()) {
	l.turn <- struct{}{}
	defer l.release()
	file := l.tree.file
	reading, err := openAgain(file)
	if err != nil {
		return nil
	}
	l.tree.file = reading
	return func() {
		l.turn <- struct{}{}
		defer l.release()
		l.tree.file = file
	}
}

func openAgain(f *os.File) (*os.File, error) { return os.Open(f.Name()) }

// SignForTest returns the note of a checkpoint signed by any keys.
func SignForTest(tb interface{ Fatal(args ...any) }, cp Checkpoint, keys ...*Key) []byte {
	if err := cp.sign(keys...); err != nil {
		tb.Fatal(err)
	}
	return cp.Note
}

// VerifierForTest returns the public half of a key.
func VerifierForTest(tb interface{ Fatal(args ...any) }, k *Key) note.Verifiers {
	v, err := newVerifier(k.Verifier())
	if err != nil {
		tb.Fatal(err)
	}
	return note.VerifierList(v)
}

// SplitForTest cuts notes apart.
func SplitForTest(tb interface{ Fatal(args ...any) }, text []byte) [][]byte {
	notes, err := splitNotes(text)
	if err != nil {
		tb.Fatal(err)
	}
	return notes
}

// SignTextForTest signs any text; the result is nil if it cannot be signed.
func SignTextForTest(text string, keys ...*Key) []byte {
	signers := make([]note.Signer, len(keys))
	for i, k := range keys {
		signers[i] = k.signer
	}
	msg, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		return nil
	}
	return msg
}

// MaxProofForTest is the size of the largest proof.
const MaxProofForTest = maxProof

// FixedKeyForTest returns always the same key, so that inputs that a fuzzer kept stay of use.
func FixedKeyForTest(tb interface{ Fatal(args ...any) }, n byte) *Key {
	secret, _, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{n}, 64)), "modreg/node/registry")
	if err != nil {
		tb.Fatal(err)
	}
	k, err := parseKey(secret)
	if err != nil {
		tb.Fatal(err)
	}
	return k
}
