package boltjournal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"go.etcd.io/bbolt"
)

// migrations returns what brings a file from a layout to the next one, by the version of the earlier.
//
// They run in one transaction that ends with the new version. bbolt writes it beside the pages of the old state, which
// stays the one that counts until the commit: a crash before leaves the old file whole, one after it the new.
func migrations() map[int]func(tx *bbolt.Tx) error {
	return map[int]func(tx *bbolt.Tx) error{
		1: addChecksums,
	}
}

func (j *Journal) migrate(from int) error {
	return j.write(func() error {
		return j.update(nil, func(tx *bbolt.Tx) error {
			for version := from; version < layoutVersion; version++ {
				if err := migrations()[version](tx); err != nil {
					return err
				}
			}
			return tx.Bucket([]byte(headerBucket)).Put([]byte(versionKey), encodeVersion(layoutVersion))
		})
	})
}

// addChecksums brings layout 1, in which records were plain and heads were not kept, to layout 2.
func addChecksums(tx *bbolt.Tx) error {
	for _, bucket := range []string{streamsBucket, snapshotBucket, chunkBucket} {
		if _, err := tx.CreateBucketIfNotExists([]byte(bucket)); err != nil {
			return err
		}
	}
	var names []string
	err := tx.ForEach(func(name []byte, _ *bbolt.Bucket) error {
		names = append(names, string(name))
		return nil
	})
	if err != nil {
		return err
	}
	extents := map[string]extent{}
	for _, name := range names {
		stream, ok := strings.CutPrefix(name, recordsPrefix)
		if !ok {
			continue
		}
		if err := checkStream(stream); err != nil {
			return err
		}
		if extents[stream], err = sealRecords(tx.Bucket([]byte(name)), stream); err != nil {
			return fmt.Errorf("stream %q: %w", stream, err)
		}
	}
	return putExtents(tx, extents)
}

// sealRecords adds its checksum to each record of a stream. A bucket must not be changed under a cursor, so each
// record is looked up.
func sealRecords(bucket *bbolt.Bucket, stream string) (extent, error) {
	bucket.FillPercent = 1
	key, _ := bucket.Cursor().Last()
	if key == nil {
		return extent{first: 1}, nil
	}
	last := binary.BigEndian.Uint64(key)
	for seq := uint64(1); seq <= last; seq++ {
		data := bucket.Get(seqKey(seq))
		if data == nil {
			return extent{}, fmt.Errorf("record %d: %w", seq, errors.New("it is missing"))
		}
		if err := bucket.Put(seqKey(seq), sealRecord(stream, seq, data)); err != nil {
			return extent{}, err
		}
	}
	return extent{first: 1, head: last}, nil
}

// sealRecord returns a record as it is stored.
func sealRecord(stream string, seq uint64, data []byte) []byte {
	s := sha256.Sum256(appendPlace(bytes.Clone(data), kindRecord, stream, seq))
	return append(s[:sumSize:sumSize], data...)
}
