package audit

import (
	"crypto/rand"
	"encoding/binary"
	"time"
)

// ids makes identifiers that sort by time: ULIDs (github.com/ulid/spec), 48 bits of milliseconds and 80 random ones,
// of which those of the same millisecond count up. Not safe for concurrent use.
type ids struct {
	ms  uint64 // of the last one
	buf [16]byte
}

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// next returns an identifier that sorts after every one before, also if the clock went back.
func (g *ids) next(now time.Time) string {
	ms := uint64(max(now.UnixMilli(), 0))
	if ms > g.ms {
		g.ms = ms
		binary.BigEndian.PutUint64(g.buf[:8], ms<<16)
		_, _ = rand.Read(g.buf[6:]) // it never returns an error
		g.buf[6] &= 0x7f            // room to count
	} else {
		for i := len(g.buf) - 1; i >= 0; i-- {
			if g.buf[i]++; g.buf[i] != 0 {
				break
			}
		}
		g.ms = binary.BigEndian.Uint64(g.buf[:8]) >> 16
	}
	return encodeID(g.buf)
}

// encodeID spells 128 bits as 26 digits of Crockford's base 32, the first of which has three bits.
func encodeID(b [16]byte) string {
	hi, lo := binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
	var out [26]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}
