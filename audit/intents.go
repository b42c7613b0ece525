package audit

// intents are what is pending in the log: those that have no result yet, and what came out of the spool. They are the
// committer's.
type intents struct {
	open     map[string]uint64 // ID → place in the log
	replayed map[string]bool   // IDs of events that the spool has not forgotten although they are in the log
	lost     uint64            // the same, of what was lost
}

func newIntents() intents {
	return intents{open: map[string]uint64{}, replayed: map[string]bool{}}
}

// see takes down that a record of the log begins or ends something.
func (i *intents) see(m mark, seq uint64) {
	if m.ends {
		delete(i.open, m.intent)
		return
	}
	i.open[m.intent] = seq
}

// low returns the place from which on the log must be read to find those that are open.
func (i *intents) low(head uint64) uint64 {
	low := head + 1
	for _, seq := range i.open {
		low = min(low, seq)
	}
	return low
}
