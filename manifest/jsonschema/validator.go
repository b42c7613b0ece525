package jsonschema

import (
	"cmp"
	"crypto/sha256"
	"sync"

	"github.com/modreg/modreg/manifest"
)

// What a Validator keeps compiled. Objects, arrays and booleans of a schema
// are its size, because they can be schemas themselves.
const (
	maxCached     = 64
	maxCachedSize = 4 * MaxNodes
)

// Validator validates, and keeps the compiled form of the schemas that it saw
// last: at most 64, and fewer if they are large. The zero value is ready to use,
// and a Validator must not be copied. It is safe for concurrent use; validations
// against one schema take turns.
type Validator struct {
	steps int // the budget of one validation; 0 means MaxSteps; for tests

	mu     sync.Mutex
	cached map[[sha256.Size]byte]*schema // guarded by mu
	size   int                           // of all cached schemas; guarded by mu
	clock  uint64                        // counts uses; guarded by mu
}

// New gives a Validator that has seen no schema.
func New() *Validator { return &Validator{} }

// ValidateConfig validates a configuration against a schema. The error is an
// *[Error] about the schema or about the configuration, see [Error.Subject].
func (v *Validator) ValidateConfig(schema, config []byte) error {
	return v.validate(schema, config, SubjectConfig)
}

// ValidateSchema tells whether ValidateConfig can use a schema: whether it is
// valid by its draft and within the limits of this package. The error is an
// *[Error].
func (v *Validator) ValidateSchema(schema []byte) error {
	_, err := v.compiled(schema)
	return err
}

// ValidateManifest validates a manifest in JSON against [manifest.Schema]. That
// finds mistakes of form as an editor would; [manifest.Parse] and
// [manifest.Check] find these and all others. The error is an *[Error].
func (v *Validator) ValidateManifest(doc []byte) error {
	return v.validate(manifest.Schema(), doc, SubjectManifest)
}

func (v *Validator) validate(text, doc []byte, subject string) error {
	s, err := v.compiled(text)
	if err != nil {
		return err
	}
	value, err := decode(doc, subject)
	if err != nil {
		return err
	}
	return s.validate(value, subject, cmp.Or(v.steps, MaxSteps))
}

// compiled gives the compiled form of a schema, from the cache if it is there.
// Two callers may compile the same schema at the same time.
func (v *Validator) compiled(text []byte) (*schema, error) {
	if len(text) > manifest.MaxSize {
		return compile(text) // which says so, without a hash of a gigabyte
	}
	key := sha256.Sum256(text)
	if s := v.lookup(key); s != nil {
		return s, nil
	}
	s, err := compile(text)
	if err != nil {
		return nil, err
	}
	v.store(key, s)
	return s, nil
}

func (v *Validator) lookup(key [sha256.Size]byte) *schema {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.cached[key]
	if s != nil {
		v.clock++
		s.used = v.clock
	}
	return s
}

func (v *Validator) store(key [sha256.Size]byte, s *schema) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.cached[key] != nil {
		return // someone was faster
	}
	for len(v.cached) >= maxCached || v.size > 0 && v.size+s.size > maxCachedSize {
		v.evict()
	}
	if v.cached == nil {
		v.cached = map[[sha256.Size]byte]*schema{}
	}
	v.clock++
	s.used = v.clock
	v.cached[key] = s
	v.size += s.size
}

// evict drops the schema that was not used for the longest time. The caller
// holds mu.
func (v *Validator) evict() {
	var oldest [sha256.Size]byte
	var found *schema
	for key, s := range v.cached {
		if found == nil || s.used < found.used {
			oldest, found = key, s
		}
	}
	v.size -= found.size
	delete(v.cached, oldest)
}
