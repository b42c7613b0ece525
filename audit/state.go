package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/modreg/modreg/internal/disk"
	"github.com/modreg/modreg/record"
)

// A state is what would take long to read out of the log again. It is derived: without the file the log is read in full.
type state struct {
	Version int    `json:"version"`
	Mark    uint64 `json:"mark"` // what is open, and what was spooled, is at this place of the node's log or later
	Holds   []Hold `json:"holds"`
}

// A Hold keeps what is in the logs from being pruned. Holds are read from the log whenever something is to be pruned.
type Hold struct {
	ID     string    `json:"id"`     // identifier, as that of the case
	Reason string    `json:"reason"` // as in package record
	Since  time.Time `json:"since"`
}

const (
	stateName    = "state"
	nodeName     = "node"
	spoolName    = "spool"
	stateVersion = 1
	maxState     = 1 << 20
	stateEvery   = 4096 // events between two savings
)

// loadState returns the saved state; false if there is none that can be used.
func loadState(dir string) (s state, ok bool) {
	data, err := disk.Read(filepath.Join(dir, stateName), maxState)
	if err != nil {
		return state{}, false
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if dec.Decode(&s) != nil || s.Version != stateVersion {
		return state{}, false
	}
	return s, true
}

// saveState saves the state with a mark. A mark never goes past what waits in the spool: when that was written and the
// spool has not forgotten it, the next Open has to find it in the log.
func (t *Trail) saveState(mark uint64) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if used, _ := t.w.spool.use(); used == 0 {
		t.state.Mark = mark
	}
	t.state.Version = stateVersion
	data, err := json.Marshal(&t.state)
	if err == nil {
		err = disk.Replace(filepath.Join(t.dir, stateName), data)
	}
	if err != nil {
		return fmt.Errorf("save the state of the audit trail: %w", err)
	}
	return nil
}

// nodeID returns the identifier of the node that was saved in a folder. If there is none it saves the wanted one, or one
// that nobody else has.
func nodeID(dir, wanted string) (string, error) {
	path := filepath.Join(dir, nodeName)
	data, err := disk.Read(path, record.MaxID+1)
	switch {
	case err == nil:
		id := string(bytes.TrimSpace(data))
		if id == "" || record.CheckID("node", id) != nil {
			return "", fmt.Errorf("%q does not hold an identifier", path)
		}
		if wanted != "" && wanted != id {
			return "", fmt.Errorf("the folder %q belongs to the node %q, not to %q", dir, id, wanted)
		}
		return id, nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	if wanted == "" {
		var g ids
		wanted = "node-" + g.next(time.Now())
	}
	return wanted, disk.Replace(path, []byte(wanted+"\n"))
}
