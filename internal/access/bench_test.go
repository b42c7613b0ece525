package access

import (
	"fmt"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/record"
)

// filled returns a journal with n principals.
func filled(tb testing.TB, n int) modreg.Journal {
	tb.Helper()
	j := modreg.NewMemJournal()
	d := &draft{Snapshot: *emptySnapshot()}
	s := &Store{}
	var batch [][]byte
	for i := range n {
		w := &write{do: "principal:create", origin: record.Origin{Actor: record.Actor{Kind: "user", ID: "root"}, Request: fmt.Sprint("r", i)}}
		w.build = func(d *draft) error {
			return d.do(&createPrincipal{Principal: Ref(fmt.Sprintf("user/u%06d", i)), Groups: []string{"dev", "ops"}})
		}
		data, err := s.buildOne(d, w)
		must(tb, err)
		batch = append(batch, data)
	}
	_, err := j.Append(tb.Context(), stream, 0, batch)
	must(tb, err)
	return j
}

func BenchmarkAuthenticate(b *testing.B) {
	w := openWorld(b, filled(b, 10_000))
	var tokens []string
	for i := range 1000 {
		issued := w.token(b, Ref(fmt.Sprintf("user/u%06d", i)), "10.0.0.0/8")
		tokens = append(tokens, issued.Secret.Reveal())
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := w.Authenticate(b.Context(), tokens[i%len(tokens)], home); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthenticate_refused(b *testing.B) {
	w := openWorld(b, filled(b, 10_000))
	text := credential{"user", newTokenID(), newSecret()}.text()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Authenticate(b.Context(), text, home); err == nil {
			b.Fatal("it was let in")
		}
	}
}

func BenchmarkAuthenticateSession(b *testing.B) {
	w := openWorld(b, filled(b, 1000))
	s := w.session(b, "user/u000001")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.AuthenticateSession(b.Context(), s.Secret.Reveal(), home); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPrincipal(b *testing.B) {
	w := openWorld(b, filled(b, 100_000))
	refs := make([]Ref, 1000)
	for i := range refs {
		refs[i] = Ref(fmt.Sprintf("user/u%06d", i*97))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, ok := w.Snapshot().Principal(refs[i%len(refs)]); !ok {
			b.Fatal("it is not there")
		}
	}
}

func BenchmarkOpen_100000(b *testing.B) {
	j := filled(b, 100_000)
	b.ReportAllocs()
	for b.Loop() {
		s, err := Open(b.Context(), j, Options{Key: testKey})
		must(b, err)
		if s.Snapshot().Len() != 100_000 {
			b.Fatal("some are missing")
		}
		b.StopTimer()
		must(b, s.Close())
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/100_000, "µs/record")
}

func BenchmarkCreateToken(b *testing.B) {
	w := openWorld(b, filled(b, 10_000))
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		w.token(b, Ref(fmt.Sprintf("user/u%06d", i%10_000)))
	}
}
