package config_test

import (
	"encoding"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/modreg/modreg/internal/config"
)

func TestValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		to   encoding.TextUnmarshaler
		text string
		want string // as it is written again; "" if it is refused
	}{
		{new(config.Duration), "90s", "1m30s"},
		{new(config.Duration), "0s", "0s"},
		{new(config.Duration), "0d0h0m0s0ms", "0s"},
		{new(config.Duration), "1d12h3m4s5ms", "1d12h3m4s5ms"},
		{new(config.Duration), "36h", "1d12h"},
		{new(config.Duration), "36500d", "36500d"},
		{new(config.Duration), "36500d1ms", ""},
		{new(config.Duration), "9223372036854775807d", ""},
		{new(config.Duration), "9223372036854775808d", ""},
		{new(config.Duration), "", ""},
		{new(config.Duration), "5", ""},
		{new(config.Duration), "s", ""},
		{new(config.Duration), "-5s", ""},
		{new(config.Duration), "+5s", ""},
		{new(config.Duration), "1.5h", ""},
		{new(config.Duration), "5m1h", ""},
		{new(config.Duration), "5m5m", ""},
		{new(config.Duration), "5M", ""},
		{new(config.Duration), "5 m", ""},
		{new(config.Duration), "1w", ""},
		{new(config.Duration), "5us", ""},
		{new(config.Size), "0B", "0B"},
		{new(config.Size), "16MiB", "16MiB"},
		{new(config.Size), "1024KiB", "1MiB"},
		{new(config.Size), "1025B", "1025B"},
		{new(config.Size), "1024TiB", "1024TiB"},
		{new(config.Size), "1025TiB", ""},
		{new(config.Size), "9223372036854775807TiB", ""},
		{new(config.Size), "16MB", ""},
		{new(config.Size), "16", ""},
		{new(config.Size), "MiB", ""},
		{new(config.Size), "-1B", ""},
		{new(config.Size), "", ""},
		{new(config.HostPort), "127.0.0.1:80", "127.0.0.1:80"},
		{new(config.HostPort), "[0:0::1]:0", "[::1]:0"},
		{new(config.HostPort), "Example.ORG:443", "example.org:443"},
		{new(config.HostPort), ":65535", ":65535"},
		{new(config.HostPort), ":65536", ""},
		{new(config.HostPort), ":080", ""},
		{new(config.HostPort), ":http", ""},
		{new(config.HostPort), ":+1", ""},
		{new(config.HostPort), ":", ""},
		{new(config.HostPort), "::1:80", ""},
		{new(config.HostPort), "[127.0.0.1]:80", ""},
		{new(config.HostPort), "[fe80::1%eth0]:80", ""},
		{new(config.HostPort), "127.0.0.256:80", ""},
		{new(config.HostPort), "0177.0.0.1:80", ""},
		{new(config.HostPort), "2130706433:80", ""},
		{new(config.HostPort), "a_b:80", ""},
		{new(config.HostPort), "ex ample:80", ""},
		{new(config.HostPort), "еxample:80", ""},
		{new(config.HostPort), "example.org", ""},
		{new(config.CIDR), "10.0.0.0/8", "10.0.0.0/8"},
		{new(config.CIDR), "fd00::/8", "fd00::/8"},
		{new(config.CIDR), "10.0.0.1/8", ""},
		{new(config.CIDR), "10.0.0.0", ""},
		{new(config.CIDR), "10.0.0.0/33", ""},
		{new(config.CIDR), "10.0.0.0/08", ""},
		{new(config.CIDR), "::ffff:10.0.0.0/104", ""},
		{new(config.URL), "https://a.example", "https://a.example"},
		{new(config.URL), "https://a.example:8443/b/c", "https://a.example:8443/b/c"},
		{new(config.URL), "http://127.0.0.1:1/", "http://127.0.0.1:1/"},
		{new(config.URL), "http://localhost", "http://localhost"},
		{new(config.URL), "http://[::1]:1", "http://[::1]:1"},
		{new(config.URL), "http://a.example", ""},
		{new(config.URL), "http://localhost.a.example", ""},
		{new(config.URL), "ftp://a.example", ""},
		{new(config.URL), "//a.example", ""},
		{new(config.URL), "https:a.example", ""},
		{new(config.URL), "https://", ""},
		{new(config.URL), "https://:80", ""},
		{new(config.URL), "https://a.example:0", ""},
		{new(config.URL), "https://a.example:", ""},
		{new(config.URL), "https://a.example:99999", ""},
		{new(config.URL), "https://me@a.example", ""},
		{new(config.URL), "https://a.example?x", ""},
		{new(config.URL), "https://a.example?", ""},
		{new(config.URL), "https://a.example#", ""},
		{new(config.URL), `https://a.example\@b.example`, ""},
		{new(config.URL), "https://a%2eexample", ""},
		{new(config.URL), "https://127.1", ""},
		{new(config.Level), "warn", "warn"},
		{new(config.Level), "WARN", ""},
		{new(config.Level), "info+1", ""},
		{new(config.TLSVersion), "1.2", "1.2"},
		{new(config.TLSVersion), "1.1", ""},
	} {
		err := c.to.UnmarshalText([]byte(c.text))
		got := ""
		if err == nil {
			got = fmt.Sprint(reflect.ValueOf(c.to).Elem().Interface())
		}
		if got != c.want {
			t.Errorf("%T %q is %q, %v; want %q", c.to, c.text, got, err, c.want)
		}
	}
}

func TestHostPort_IsLoopback(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"127.0.0.1:1": true, "127.9.9.9:1": true, "[::1]:1": true, "[::ffff:127.0.0.1]:1": false,
		":1": false, "0.0.0.0:1": false, "[::]:1": false, "localhost:1": false, "10.0.0.1:1": false,
	} {
		a, err := config.ParseHostPort(text)
		if text == "[::ffff:127.0.0.1]:1" {
			if err == nil {
				t.Errorf("%q is %v: it has two spellings", text, a)
			}
			continue
		}
		if err != nil || a.IsLoopback() != want {
			t.Errorf("%q: %v, %v", text, a.IsLoopback(), err)
		}
	}
}

func FuzzParseDuration(f *testing.F) {
	for _, s := range []string{"90s", "1d12h3m4s5ms", "0s", "36500d", "5m1h", "٣s"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := config.ParseDuration(s)
		if err != nil {
			return
		}
		if d < 0 || d > config.MaxDuration || d.Std()%time.Millisecond != 0 {
			t.Fatalf("%q is %v", s, d.Std())
		}
		if again, err := config.ParseDuration(d.String()); err != nil || again != d {
			t.Fatalf("%q is %s, which is %v, %v", s, d, again, err)
		}
	})
}
