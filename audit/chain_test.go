package audit_test

import (
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/audit/merkle"
	"github.com/modreg/modreg/record"
)

func TestChain_findsARecordThatDoesNotFollow(t *testing.T) {
	t.Parallel()
	one := (&record.Transaction{}).Append(nil)
	two := (&record.Transaction{Prev: sha256.Sum256(one)}).Append(nil)
	for name, c := range map[string]struct {
		records []modreg.Record
		good    bool
	}{
		"one after the other":        {[]modreg.Record{{Seq: 1, Data: one}, {Seq: 2, Data: two}}, true},
		"from where it is pruned on": {[]modreg.Record{{Seq: 2, Data: two}}, true},
		"twice the first":            {[]modreg.Record{{Seq: 1, Data: one}, {Seq: 2, Data: one}}, false},
		"the second as the first":    {[]modreg.Record{{Seq: 1, Data: two}}, false},
		"no record":                  {[]modreg.Record{{Seq: 1, Data: []byte("x")}}, false},
	} {
		check := audit.Chain("modreg/n/registry")
		var err error
		for _, rec := range c.records {
			err = errors.Join(err, check(rec))
		}
		_, tampered := errors.AsType[*merkle.TamperError](err)
		if c.good != (err == nil) || !c.good && !tampered {
			t.Errorf("%s: %v", name, err)
		}
	}
}
