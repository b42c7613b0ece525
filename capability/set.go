package capability

import (
	"iter"
	"slices"
	"strings"
)

// setSep ends an item of a set inside Value.str. No valid UTF-8 holds this
// byte, so that the items need no escape, the value stays comparable and its
// items are substrings.
const setSep = "\xff"

// joinSet makes a set value of the items, sorted by bytes and without
// duplicates. It checks no limits.
func joinSet(items []string) Value {
	items = slices.Compact(slices.Sorted(slices.Values(items)))
	return Value{kind: KindSet, num: int64(len(items)), str: strings.Join(items, setSep)}
}

// AsSet returns the items of the set in byte order, if it is one. The slice
// is the caller's.
func (v Value) AsSet() (items []string, ok bool) {
	if v.kind != KindSet {
		return nil, false
	}
	return slices.AppendSeq(make([]string, 0, v.num), v.Items()), true
}

// Items yields the items of a set in byte order, and nothing for other kinds.
func (v Value) Items() iter.Seq[string] {
	if v.kind != KindSet || v.num == 0 {
		return func(func(string) bool) {}
	}
	return strings.SplitSeq(v.str, setSep)
}

// Contains reports whether v is a set that contains the item. It takes
// logarithmic time and allocates nothing.
func (v Value) Contains(item string) bool {
	return v.kind == KindSet && v.contains(item)
}

func (v *Value) contains(item string) bool {
	s := v.str
	if item == "" { // sorts first, and is there without a byte of its own
		return v.num > 0 && (s == "" || s[0] == setSep[0])
	}
	for s != "" {
		mid := len(s) / 2
		start := strings.LastIndexByte(s[:mid], setSep[0]) + 1
		end := len(s)
		if i := strings.IndexByte(s[mid:], setSep[0]); i >= 0 {
			end = mid + i
		}
		switch strings.Compare(item, s[start:end]) {
		case 0:
			return true
		case -1:
			s = s[:max(start-1, 0)]
		default:
			s = s[min(end+1, len(s)):]
		}
	}
	return false
}
