package workload

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// Data returns the folder of data that nobody in this project wrote, or "" where it is absent: shared/data beside the
// repository that the working directory lies in.
func Data() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		data := filepath.Join(filepath.Dir(dir), "shared", "data")
		if isDir(filepath.Join(dir, "internal", "prove")) && isDir(data) {
			return data
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// DebianFile returns the file in the folder data that holds a Debian package a line, as gzipped JSON.
func DebianFile(data string) string {
	return filepath.Join(data, "debian", "bookworm-main-amd64.jsonl.gz")
}

// Texts returns n texts of a line each: first the summaries of Debian's packages in the folder data (see [Data]), 63,440 or
// so, then those again and again with a word of each exchanged for one of another. If data is "", the texts are of words
// that do not exist, as often as Zipf's law says. The error is one of reading the file.
func Texts(data string, n int, seed uint64) ([]string, error) {
	rng := rand.New(rand.NewPCG(seed, 0))
	if data == "" {
		return invented(n, rng), nil
	}
	first, err := summaries(DebianFile(data))
	if err != nil {
		return nil, err
	}
	all := append(make([]string, 0, n), first[:min(n, len(first))]...)
	for i := 0; len(all) < n; i++ {
		all = append(all, exchanged(first[i%len(first)], first[rng.IntN(len(first))], rng))
	}
	return all, nil
}

func summaries(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	all, err := readSummaries(z)
	if err != nil {
		return nil, fmt.Errorf("read %q: %w", path, err)
	}
	return all, nil
}

func readSummaries(r io.Reader) ([]string, error) {
	var all []string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var p struct{ Summary string }
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			return nil, err
		}
		if len(Words(p.Summary)) > 0 {
			all = append(all, p.Summary)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("no package has a summary")
	}
	return all, nil
}

// exchanged returns the text with one word of its own exchanged for one of the other's.
func exchanged(text, other string, rng *rand.Rand) string {
	words, others := strings.Fields(text), strings.Fields(other)
	words[rng.IntN(len(words))] = others[rng.IntN(len(others))]
	return strings.Join(words, " ")
}

// invented returns n texts of 4 to 10 words out of vocabulary ones.
func invented(n int, rng *rand.Rand) []string {
	const vocabulary, fewest, most = 40_000, 4, 10
	z := newZipf(vocabulary)
	all := make([]string, n)
	var text strings.Builder
	for i := range all {
		text.Reset()
		for j := range fewest + rng.IntN(most-fewest+1) {
			if j > 0 {
				text.WriteByte(' ')
			}
			writeWord(&text, int(z.draw(rng)))
		}
		all[i] = text.String()
	}
	return all
}

// writeWord writes the ith word that can be spoken: two or more syllables, different for every i.
func writeWord(b *strings.Builder, i int) {
	const consonants, vowels = "bdfghjklmnprstvz", "aeiou"
	const syllables = len(consonants) * len(vowels)
	for i += syllables; i > 0; i /= syllables {
		s := i % syllables
		b.WriteByte(consonants[s/len(vowels)])
		b.WriteByte(vowels[s%len(vowels)])
	}
}

// shortest is the least number of letters that a word of a text query has.
const shortest = 3

// TextQueries returns n queries of one to three different words, separated by spaces. The words of a query stand together
// in one of the texts, have three letters or more, and consist of a to z and digits. There must be a text with such a word.
func TextQueries(texts []string, n int, seed uint64) []string {
	const stream = 1
	rng := rand.New(rand.NewPCG(seed, stream))
	all := make([]string, 0, n)
	for len(all) < n {
		words := askable(texts[rng.IntN(len(texts))])
		if len(words) == 0 {
			continue
		}
		rng.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
		all = append(all, strings.Join(words[:min(1+rng.IntN(3), len(words))], " "))
	}
	return all
}

// askable returns the different words of a text that a query may ask for.
func askable(text string) []string {
	var words []string
	seen := map[string]bool{}
	for _, w := range Words(text) {
		if len(w) >= shortest && isASCII(w) && !seen[w] {
			words = append(words, w)
			seen[w] = true
		}
	}
	return words
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) < 0
}

// Words returns the words of a text in lower case: what is between characters that are neither letter nor digit.
func Words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
