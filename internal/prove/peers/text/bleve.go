package text

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/regexp"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
)

const field = "text"

type bleveEngine struct {
	index bleve.Index
	dir   string
}

// openBleve builds an index of one segment in a folder of its own, and nothing in it but words and where they are.
func openBleve(_ context.Context, texts []string) (engine, error) {
	dir, err := os.MkdirTemp("", "peers-bleve-")
	if err != nil {
		return nil, err
	}
	opened, err := buildBleve(filepath.Join(dir, "index"), texts)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &bleveEngine{index: opened, dir: dir}, nil
}

func buildBleve(path string, texts []string) (bleve.Index, error) {
	m, err := bleveMapping()
	if err != nil {
		return nil, err
	}
	const batch = 10_000
	b, err := bleve.NewBuilder(path, m, map[string]any{"batchSize": batch})
	if err != nil {
		return nil, err
	}
	for i, text := range texts {
		if err := b.Index(strconv.Itoa(i), map[string]string{field: text}); err != nil {
			return nil, errors.Join(err, b.Close())
		}
	}
	if err := b.Close(); err != nil {
		return nil, err
	}
	return bleve.OpenUsing(path, map[string]any{"read_only": true})
}

func bleveMapping() (mapping.IndexMapping, error) {
	const words = "words"
	m := bleve.NewIndexMapping()
	m.ScoringModel = index.BM25Scoring
	if err := m.AddCustomTokenizer(words, map[string]any{"type": regexp.Name, "regexp": `[\p{L}\p{N}]+`}); err != nil {
		return nil, err
	}
	err := m.AddCustomAnalyzer(words, map[string]any{
		"type": custom.Name, "tokenizer": words, "token_filters": []string{lowercase.Name},
	})
	if err != nil {
		return nil, err
	}
	f := bleve.NewTextFieldMapping()
	f.Analyzer, f.Store, f.DocValues, f.IncludeInAll, f.IncludeTermVectors = words, false, false, false, false
	m.DefaultMapping = bleve.NewDocumentStaticMapping()
	m.DefaultMapping.AddFieldMappingsAt(field, f)
	return m, nil
}

func (e *bleveEngine) find(ctx context.Context, words []string, all bool) ([]int, error) {
	terms := make([]query.Query, len(words))
	for i, w := range words {
		term := bleve.NewTermQuery(w)
		term.SetField(field)
		terms[i] = term
	}
	var q query.Query = bleve.NewDisjunctionQuery(terms...)
	if all {
		q = bleve.NewConjunctionQuery(terms...)
	}
	res, err := e.index.SearchInContext(ctx, bleve.NewSearchRequestOptions(q, topK, 0, false))
	if err != nil {
		return nil, err
	}
	found := make([]int, len(res.Hits))
	for i, hit := range res.Hits {
		if found[i], err = strconv.Atoi(hit.ID); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (e *bleveEngine) close() error { return errors.Join(e.index.Close(), os.RemoveAll(e.dir)) }
