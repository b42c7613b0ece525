package durable

import (
	"context"
	"encoding/binary"
	"errors"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// bolt has the records in one bucket, under sequential keys. A batch is a transaction, which synchronises twice.
type bolt struct {
	group
	db   *bbolt.DB
	last uint64
}

func bucket() []byte { return []byte("records") }

// openBolt sets what makes bbolt faster and no less durable: it finds its free pages when it is opened instead of writing
// them down. A larger page or a larger map of memory changes nothing.
func openBolt(_ context.Context, dir string, _ int) (store, error) {
	db, err := bbolt.Open(filepath.Join(dir, "bolt"), 0o600, &bbolt.Options{
		NoFreelistSync: true,
		FreelistType:   bbolt.FreelistMapType,
		NoStatistics:   true,
	})
	if err != nil {
		return nil, err
	}
	if err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucket(bucket())
		return err
	}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &bolt{db: db}
	s.commit = s.put
	return s, nil
}

func (s *bolt) put(batch [][]byte) error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket())
		b.FillPercent = 1 // no key comes between two others
		keys := make([]byte, 0, 8*len(batch))
		for _, entry := range batch {
			s.last++
			keys = binary.BigEndian.AppendUint64(keys, s.last)
			if err := b.Put(keys[len(keys)-8:], entry); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *bolt) append(_ context.Context, entry []byte) error { return s.add(entry) }

func (s *bolt) close(_ context.Context, n int) error {
	path := s.db.Path()
	if err := s.db.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.View(func(tx *bbolt.Tx) error { return kept(tx.Bucket(bucket()).Stats().KeyN, n) })
	return errors.Join(err, db.Close())
}
