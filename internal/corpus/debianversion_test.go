package corpus

import "testing"

func TestDebianVersionCompare(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"1.0", "1.0", 0},
		{"1.0", "1.00", 0},
		{"1.0", "0:1.0-0", 0},
		{"1.0-", "1.0", 0},
		{"1.2", "1.10", -1},
		{"9", "10", -1},
		{"1.0~rc1", "1.0", -1},
		{"1.0~rc1", "1.0~rc1-1", -1},
		{"1.0~~", "1.0~~a", -1},
		{"1.0~~a", "1.0~", -1},
		{"1.0~", "1.0", -1},
		{"1.0", "1.0a", -1},
		{"1.0a", "1.0+", -1},
		{"1.0a", "1.0.", -1},
		{"1.0Z", "1.0a", -1},
		{"1.0-1", "1.0-1+b1", -1},
		{"1.0-1", "1.0-1.1", -1},
		{"1.0-10", "1.0-9", 1},
		{"1.0-1~deb12u1", "1.0-1", -1},
		{"2.0-1", "1:1.0-1", -1},
		{"1:1.0", "2:0.1", -1},
		{"10:1", "9:1", 1},
		{"1.0-1-1", "1.0-1-2", -1},
		{"1.0-2-1", "1.0-10-1", -1},
		{"5.16", "1:128.x", -1},
		{"a:1", "1", 1}, // no epoch
		{"", "0", 0},
		{"~", "", -1},
		{"99999999999999999999999999", "100000000000000000000000000", -1},
		{"1.2.3\x80", "1.2.3z", 1},
	} {
		if got := DebianVersionCompare(tt.a, tt.b); got != tt.want {
			t.Errorf("compare(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := DebianVersionCompare(tt.b, tt.a); got != -tt.want {
			t.Errorf("compare(%q, %q) = %d, want %d", tt.b, tt.a, got, -tt.want)
		}
	}
}

func FuzzDebianVersionCompare(f *testing.F) {
	f.Add("1:1.0~rc1-1", "1.0-1+b1", "0:1.0a-0")
	f.Add("", "~", "0")
	f.Add("1.0.", "1.0a", "1.0")
	f.Add("a:1", ":", "1-")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		ab, bc, ac := DebianVersionCompare(a, b), DebianVersionCompare(b, c), DebianVersionCompare(a, c)
		if DebianVersionCompare(a, a) != 0 || DebianVersionCompare(b, a) != -ab {
			t.Errorf("%q and %q: no order", a, b)
		}
		if ab <= 0 && bc <= 0 && ac > 0 || ab >= 0 && bc >= 0 && ac < 0 {
			t.Errorf("%q, %q, %q: not transitive", a, b, c)
		}
		if ab == 0 && ac != bc {
			t.Errorf("%q and %q are equal, but not to %q", a, b, c)
		}
	})
}

func TestDebianVersionCompare_allocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { _ = DebianVersionCompare("1:2.36-9+deb12u10", "1:2.36-9+deb12u9") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
