package bm25

import "slices"

// MaxTerms is how many different words a query has at most.
const MaxTerms = 32

// maxQueryTokens is how many words of a query's text are looked at to find them.
const maxQueryTokens = 1 << 10

// Mode says which documents match a query.
type Mode uint8

const (
	// Any matches documents with at least one of the words. Those with more of them have more to sum up.
	Any Mode = iota
	// All matches documents with all words, but for those that no document of Stats has.
	All
)

// Query is the words that are looked for. The zero value has none and matches nothing.
// It is safe for concurrent use while nobody calls Set.
type Query struct {
	mode  Mode
	terms []string
}

// NewQuery returns the query for the words of text, as Tokens reads them: the first MaxTerms different ones among the
// first 1,024. Further words, repetitions and words that no document has make no difference.
func NewQuery(text string, mode Mode) *Query {
	q := new(Query)
	q.Set(text, mode)
	return q
}

// Set makes q the query that NewQuery returns, and reuses its memory.
func (q *Query) Set(text string, mode Mode) {
	q.mode, q.terms = mode, q.terms[:0]
	s := newScanner(text, maxQueryTokens)
	for tok, ok := s.next(); ok && len(q.terms) < MaxTerms; tok, ok = s.next() {
		if q.index(tok) < 0 {
			q.terms = append(q.terms, s.share(tok))
		}
	}
}

// Terms returns the words of the query in the order of its text; Stats.DF has one number for each.
func (q *Query) Terms() []string { return slices.Clone(q.terms) }

// Mode returns which documents match.
func (q *Query) Mode() Mode { return q.mode }

// index returns which word of the query tok is, or -1.
func (q *Query) index(tok []byte) int {
	for i, t := range q.terms {
		if t == string(tok) {
			return i
		}
	}
	return -1
}

// find is index for a string.
func (q *Query) find(word string) int { return slices.Index(q.terms, word) }
