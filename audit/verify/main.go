// Command verify checks that a record is in a signed log, given a proof file and the public key of the log:
//
//	verify -key 'name+hash+base64' FILE
//
// It stands alone, so that it can be read in one go: nothing but the standard library. The file is a C2SP tlog-proof
// whose extra data is the record. Checked are the Ed25519 signature of the checkpoint (C2SP signed-note, algorithm 1)
// and the path from the record to the signed root (hashes of RFC 6962, 2.1; algorithm of RFC 9162, 2.1.3.2). Verify
// prints the record and exits with 0, or says in one line why the file proves nothing and exits with 1.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// format has these groups: record, index, path; signed text: origin, size, root, time; signatures.
var format = regexp.MustCompile(`^c2sp\.org/tlog-proof@v1\n(?:extra ([\w+/=]+)\n)?index (0|[1-9]\d{0,17})\n((?:[\w+/]{43}=\n)*)\n` +
	`(([!-~]+)\n([1-9]\d{0,17})\n([\w+/]{43}=)\ntime ([\w:.-]+)\n)\n((?:— [!-~]+ [\w+/=]+\n)+)$`)

func main() {
	key := flag.String("key", "", "public key of the log: name+hash+base64")
	flag.Parse()
	file, err := os.ReadFile(flag.Arg(0))
	if err == nil {
		file, err = verify(*key, file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "not verified:", err)
		os.Exit(1)
	}
	fmt.Fprintf(os.Stdout, "%s\n", file)
}

// verify returns what to print. A record that is not plain text is quoted.
func verify(key string, file []byte) ([]byte, error) {
	part := format.FindStringSubmatch(string(file))
	if part == nil {
		return nil, errors.New("the file is not a proof of one record")
	}
	if !signed(key, part[4], part[9]) {
		return nil, errors.New("the checkpoint is not signed by this key")
	}
	index, _ := strconv.ParseUint(part[2], 10, 64) // at most 18 digits
	size, _ := strconv.ParseUint(part[6], 10, 64)
	record, err := base64.StdEncoding.Strict().DecodeString(part[1])
	if err != nil || index >= size {
		return nil, errors.New("the record is not base64, or the index is not below the size of the log")
	}
	hash, i, last := sha256.Sum256(append([]byte{0}, record...)), index, size-1
	for line := range strings.Lines(part[3]) {
		other, err := base64.StdEncoding.Strict().DecodeString(line[:44])
		if err != nil || last == 0 {
			return nil, errors.New("the path is not base64 or too long")
		}
		if i%2 == 0 && i != last {
			hash = sha256.Sum256(append(append([]byte{1}, hash[:]...), other...))
		} else {
			hash = sha256.Sum256(append(append([]byte{1}, other...), hash[:]...))
			for ; i%2 == 0 && i > 0; last /= 2 {
				i /= 2
			}
		}
		i, last = i/2, last/2
	}
	if last != 0 || base64.StdEncoding.EncodeToString(hash[:]) != part[7] {
		return nil, errors.New("the signed log does not have this record at this place")
	}
	text := string(record)
	if !strconv.CanBackquote(text) {
		text = strconv.Quote(text)
	}
	return fmt.Appendf(nil, "%s\nverified: record %d of %s, in a log of %d records at %s", text, index+1, part[5], size, part[8]), nil
}

// signed reports whether a signature by the key is among the signatures of a text. Those by other keys do not count.
func signed(key, text, signatures string) bool {
	name, rest, _ := strings.Cut(key, "+")
	_, text64, _ := strings.Cut(rest, "+")
	public, err := base64.StdEncoding.DecodeString(text64)
	id := sha256.Sum256(append([]byte(name+"\n"), public...))
	if err != nil || len(public) != 1+ed25519.PublicKeySize || public[0] != 1 || key != fmt.Sprintf("%s+%x+%s", name, id[:4], text64) {
		return false
	}
	for line := range strings.Lines(signatures) { // "— name base64", of four bytes of id and the signature
		sig, err := base64.StdEncoding.Strict().DecodeString(strings.TrimPrefix(line[:len(line)-1], "— "+name+" "))
		if err == nil && len(sig) == 4+ed25519.SignatureSize && string(sig[:4]) == string(id[:4]) && ed25519.Verify(public[1:], []byte(text), sig[4:]) {
			return true
		}
	}
	return false
}
