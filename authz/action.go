package authz

import (
	"slices"
	"strings"
	"sync"
)

// An Action is one thing that can be done, of the registry of [Actions]. What is not in the registry is denied.
type Action struct {
	Name  string // "noun:verb", as in audit events
	Kind  string // the kind of the resource that it is done to
	About string // what it is, in one line

	// Mutates says that it changes something. An invocation does not: what a module does with it is the module's.
	Mutates bool
	// StepUp says that the principal must have proved a second factor a short while ago; see [Settings.StepUp].
	StepUp bool
	// TwoPerson says that another principal must have approved it, whatever the settings are.
	TwoPerson bool

	by kinds
}

// By reports whether principals of a kind may do it at all. Nothing bound to others makes them.
func (a Action) By(kind string) bool { return a.by&kindBit(kind) != 0 }

// Actions returns the registry in the order of names. The slice is the caller's.
func Actions() []Action { return slices.Clone(registry().list) }

// LookupAction returns the action of a name; false if there is none.
func LookupAction(name string) (Action, bool) {
	i, ok := registry().index[name]
	if !ok {
		return Action{}, false
	}
	return registry().list[i], true
}

// kinds is a set of kinds of principals.
type kinds uint8

const (
	byUser kinds = 1 << iota
	byService
	byModule
	byNode
	bySystem

	byPeople = byUser | byService | bySystem // who acts for an operator
)

func kindBit(kind string) kinds {
	switch kind {
	case User:
		return byUser
	case Service:
		return byService
	case Module:
		return byModule
	case Node:
		return byNode
	case System:
		return bySystem
	}
	return 0
}

type actionIndex struct {
	list  []Action
	index map[string]int
}

var registry = sync.OnceValue(func() actionIndex {
	r := actionIndex{list: make([]Action, len(actionTable)), index: make(map[string]int, len(actionTable))}
	for i, row := range actionTable {
		r.list[i] = Action{
			Name: row.name, Kind: row.kind, About: row.about,
			Mutates: row.is&mutates != 0, StepUp: row.is&stepUp == stepUp, TwoPerson: row.is&twoPerson == twoPerson, by: row.by,
		}
	}
	slices.SortFunc(r.list, func(a, b Action) int { return strings.Compare(a.Name, b.Name) })
	for i, a := range r.list {
		r.index[a.Name] = i
	}
	return r
})
