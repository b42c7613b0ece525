package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestLookup_errors(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for pipe, text := range map[string]string{
		"lines-srt":            `no plugin has this name (did you mean "lines-sort"?)`,
		"gzip | compres":       `stage "compres": no plugin has this name (did you mean "compress"?)`,
		"brotli":               "no plugin has this name (see -list)",
		"zstd@^3":              `>=3.0.0 <4.0.0 where name = "zstd": no provider matches`,
		"compress[algo=lz4]":   `algo = "lz4"`,
		"zstd@x.y":             "range",
		"gzip | ":              "stage 2: there is none",
		"gzip || zstd":         "pipe: stage 1",
		"zstd@[algo=zstd]":     "nothing stands after",
		"zstd[algo=zstd":       "does not end with",
		"zstd[algo]":           "write name=value",
		"zstd[algo=]":          "neither a word",
		`zstd[algo="zstd]`:     "neither a word",
		`zstd[algo="a]|b"]`:    `algo = "a]|b"`,
		"zstd[algo=3, x=true]": `algo = 3`,
		"zstd[and=x]":          "and",
		strings.Repeat("gzip|", maxStages) + "gzip": "at most 64",
		strings.Repeat("x", maxPipeBytes+1):         "at most 4096",
	} {
		b.refuse(text, pipe, nil)
	}
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if got := string(b.pass("lines-sort", []byte("a\nb\na"), "-set", `lines-sort={"unique":true,"reverse":true}`)); got != "b\na\n" {
		t.Errorf("got %q", got)
	}
	b.refuse(`unknown field (did you mean "level"?)`, "zstd", nil, "-set", `zstd={"levl":3}`)
	b.refuse("level is 99 and must be within 1 and 22", "zstd", nil, "-set", `zstd={"level":99}`)
	b.refuse(`did you mean "zstd"?`, "zstd", nil, "-set", `ztsd={"level":9}`)
	b.pass("gzip", nil, "-set", `zstd={"level":99}`) // what does not start is not asked
}

func TestDecompress_refusesBombs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	zeros := make([]byte, 1<<20)
	for there, back := range map[string]string{"gzip": "gunzip", "zstd": "unzstd"} {
		bomb := b.pass(there, zeros)
		if len(bomb) > 5_000 {
			t.Errorf("%s: %d bytes are no bomb", there, len(bomb))
		}
		if out := b.refuse("more than 262144 bytes", back, bomb, "-set", back+`={"max_bytes":262144}`); len(out) > 1<<18 {
			t.Errorf("%s: %d bytes came out", back, len(out))
		}
		if got := b.pass(back, bomb, "-set", back+`={"max_bytes":1048576}`); !bytes.Equal(got, zeros) {
			t.Errorf("%s: at the limit %d bytes came out", back, len(got))
		}
	}
	window := b.pass("zstd", random(3<<20))
	b.refuse("window", "unzstd", window, "-set", `unzstd={"window_bytes":65536}`)
}

func TestDecompress_refusesDamage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	data := random(50_000)
	for there, back := range map[string]string{"gzip": "gunzip", "zstd": "unzstd"} {
		small := b.pass(there, data)
		b.refuse(`stage "`+back+`"`, back, cut(small))
		b.refuse(`stage "`+back+`"`, back, small[:len(small)/2])
		b.refuse(`stage "`+back+`"`, back, append(bytes.Clone(small), "rest"...))
		small[len(small)/2] ^= 1
		b.refuse(`stage "`+back+`"`, back, small)
	}
	b.refuse("read the header: EOF", "gunzip", nil)
}

func TestProcessing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, tt := range []struct{ pipe, in, want string }{
		{"lines-sort", "", ""},
		{"lines-sort", "\n", "\n"},
		{"lines-sort", "b\n\nB\na", "\nB\na\nb\n"},
		{"json-pretty", "", ""},
		{"json-pretty", `{"b":1.50,"a":[]} 2`, "{\n  \"b\": 1.50,\n  \"a\": []\n}\n2\n"},
		{"csv-sum", "", "column,sum,count\n"},
		{"csv-sum", "item,price,n\nx,0.1,1\n\"y, z\",0.2,\n", "column,sum,count\nprice,0.3,2\nn,1,1\n"},
		{"csv-sum", "n\n-1.25\n+3\n 4 \n", "column,sum,count\nn,5.75,3\n"},
		{"csv-sum", "n\n1e999999999\n", "column,sum,count\n"},
		{"csv-sum | lines-sort", "n,m\n1,2\n", "column,sum,count\nm,2,1\nn,1,1\n"},
	} {
		if got := string(b.pass(tt.pipe, []byte(tt.in))); got != tt.want {
			t.Errorf("%s of %q: got %q, want %q", tt.pipe, tt.in, got, tt.want)
		}
	}
	b.refuse("value 2: ", "json-pretty", []byte("1 {"))
	b.refuse("wrong number of fields", "csv-sum", []byte("a,b\n1\n"))
	for name, in := range map[string]string{
		"lines-sort": "12345\n67890", "json-pretty": `"` + strings.Repeat("x", 100) + `"`, "csv-sum": `"` + strings.Repeat("x", 100) + `"`,
	} {
		b.refuse("more than 10 bytes", name, []byte(in), "-set", name+`={"max_bytes":10}`)
	}
	// The limit is on one thing, not on what the reader happens to hold of the next ones.
	if got := string(b.pass("csv-sum", []byte("n\n"+strings.Repeat("1\n", 5000)), "-set", `csv-sum={"max_bytes":10}`)); got != "column,sum,count\nn,5000,5000\n" {
		t.Errorf("many small records: %q", got)
	}
	b.refuse("must be one character", "csv-sum", nil, "-set", `csv-sum={"comma":"ab"}`)
}

func TestList(t *testing.T) {
	t.Parallel()
	var out, stderr bytes.Buffer
	if code := run(t.Context(), []string{"-list"}, nil, &out, &stderr); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	for _, text := range []string{"zstd@1.0.0", "compression", "plugin.stage@1.1.0", "algo=zstd", `name=["compress","zstd"]`} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %q in\n%s", text, out.String())
		}
	}
	out.Reset()
	if code := run(t.Context(), []string{"-list", "-json"}, nil, &out, &stderr); code != exitOK {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	var all []listed
	if err := json.Unmarshal(out.Bytes(), &all); err != nil || len(all) != len(builtin(passphraseConfig{})) {
		t.Errorf("%d plugins, %v: %s", len(all), err, out.String())
	}
	for _, l := range all {
		if l.Name == "" || l.Version == "" || l.Kind == "" || l.Description == "" {
			t.Errorf("%+v lacks something", l)
		}
	}
}
