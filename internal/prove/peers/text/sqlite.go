package text

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	_ "modernc.org/sqlite" // the driver
)

type sqliteEngine struct {
	db *sql.DB
	// best is the query for the best texts.
	best *sql.Stmt
}

// openSQLite builds an index in memory, of one segment.
func openSQLite(ctx context.Context, texts []string) (engine, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1) // another would have a memory of its own
	best, err := fillSQLite(ctx, db, texts)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &sqliteEngine{db: db, best: best}, nil
}

func fillSQLite(ctx context.Context, db *sql.DB, texts []string) (*sql.Stmt, error) {
	if _, err := db.ExecContext(ctx, `CREATE VIRTUAL TABLE texts USING fts5(text, content='')`); err != nil {
		return nil, err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // does nothing after the commit
	insert, err := tx.PrepareContext(ctx, `INSERT INTO texts (rowid, text) VALUES (?, ?)`)
	if err != nil {
		return nil, err
	}
	for i, text := range texts {
		if _, err := insert.ExecContext(ctx, i, text); err != nil {
			return nil, err
		}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO texts (texts) VALUES ('optimize')`); err != nil {
		return nil, err
	}
	if err := tx.Commit(); err != nil {
		return nil, err
	}
	return db.PrepareContext(ctx, `SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?`)
}

func (e *sqliteEngine) find(ctx context.Context, words []string, all bool) (found []int, err error) {
	between := " OR "
	if all {
		between = " AND "
	}
	rows, err := e.best.QueryContext(ctx, strings.Join(words, between), topK)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var i int
		if err := rows.Scan(&i); err != nil {
			return nil, err
		}
		found = append(found, i)
	}
	return found, rows.Err()
}

func (e *sqliteEngine) close() error { return errors.Join(e.best.Close(), e.db.Close()) }
