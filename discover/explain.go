package discover

import "github.com/modreg/modreg/capability"

// Explanation says why a document is a hit, and why it stands where it does.
type Explanation struct {
	Doc *Doc
	// Matches reports whether the document meets every condition of the query
	// but the policy.
	Matches bool
	// Require, Optional and Forbid have an element for each requirement of the
	// query, in its order.
	Require, Optional, Forbid []Term
	// Score is the sum of the scores of Words, the words of the query's text that
	// the document has.
	Score float32
	Words []WordScore
}

// Term is a requirement of a query and the first capability of a document that
// satisfies it.
type Term struct {
	Requirement capability.Requirement
	Satisfied   bool
	By          capability.Capability // zero unless Satisfied
}

// WordScore is what a word contributes to the score of a document.
type WordScore struct {
	Word      string
	Score     float32
	Frequency float32 // how often the document has it; in a name or capability it counts several times
	Rarity    float32 // its inverse document frequency
}

// Explain explains a hit of the query on this view. The document may be one that
// the view does not have, as if it had.
func (v *View) Explain(c *Compiled, h Hit) Explanation {
	d := h.Doc
	e := Explanation{
		Doc:      d,
		Matches:  !c.nothing && c.match(d) && (c.words == nil || c.words.matches(d)),
		Require:  explainTerms(d, c.query.Require),
		Optional: explainTerms(d, c.query.Optional),
		Forbid:   explainTerms(d, c.query.Forbid),
	}
	if c.words != nil {
		e.Words = v.explainWords(c, d)
		for _, w := range e.Words {
			e.Score += w.Score
		}
	}
	return e
}

func explainTerms(d *Doc, reqs []capability.Requirement) []Term {
	terms := make([]Term, len(reqs))
	for i := range reqs {
		terms[i].Requirement = reqs[i]
		terms[i].By, terms[i].Satisfied = d.by(&reqs[i])
	}
	return terms
}

// by returns the first capability of d that satisfies r.
func (d *Doc) by(r *capability.Requirement) (capability.Capability, bool) {
	for _, p := range d.Provides {
		if r.Matches(p) {
			return p, true
		}
	}
	if self := (capability.Capability{ID: d.moduleID(), Version: d.Version}); r.Matches(self) {
		return self, true
	}
	return capability.Capability{}, false
}
