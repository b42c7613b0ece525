package modreg

import (
	"fmt"
	"sync"

	"github.com/modreg/modreg/capability"
)

// Deps is what a factory gets: handles on what its manifest requires, and the module's configuration.
// It may be kept and used for as long as the module runs, from any goroutine.
type Deps struct{ d *deps }

type deps struct {
	reg    *Registry
	inst   *instance
	reqs   []capability.Requirement
	config Config // at the start; a later one goes to Configurer
	// chosen is what each requirement was resolved to; the handles start there and follow the rules of Handle.
	chosen []need

	mu     sync.Mutex
	sealed bool // guarded by mu; the start is over and instance.handles belongs to the instance
}

func (r *Registry) newDeps(inst *instance, needs []need) Deps {
	return Deps{&deps{reg: r, inst: inst, config: Config{inst.config}, reqs: inst.u.v.requires, chosen: needs}}
}

// seal is called when the start is over.
func (d Deps) seal() {
	d.d.mu.Lock()
	defer d.d.mu.Unlock()
	d.d.sealed = true
}

// Config returns the configuration that the module starts with.
func (d Deps) Config() Config {
	if d.d == nil {
		return Config{}
	}
	return d.d.config
}

// Need returns the handle on what the module requires as c. It is closed by the registry when the module stops.
//
// It returns CodeUndeclared if the manifest does not require c, or only forbids it, and CodeTypeConflict
// if another Go type is bound to the name. It may be called from the factory, Init and Start only; later it
// returns CodeClosed.
func Need[T any](d Deps, c Capability[T]) (*Handle[T], error) {
	req, err := d.declared(c.key)
	if err != nil {
		return nil, err
	}
	pin := ""
	for _, n := range d.d.chosen {
		if n.req.ID == req.ID && !n.req.Forbid {
			pin = n.provider.name
			break
		}
	}
	h := newHandle(d.d.reg, c, req, "", pin)
	return h, d.adopt(h)
}

// NeedAll is [Need] for a requirement that wants many: a handle for each registered module that provides it, best
// first. Each keeps to its module, whichever of the module's versions is active.
func NeedAll[T any](d Deps, c Capability[T]) ([]*Handle[T], error) {
	req, err := d.declared(c.key)
	if err != nil {
		return nil, err
	}
	handles := lookupAll(d.d.reg, c, req)
	for _, h := range handles {
		if err := d.adopt(h); err != nil {
			return nil, err
		}
	}
	return handles, nil
}

// declared returns the module's own requirement on the key.
func (d Deps) declared(key *capabilityKey) (capability.Requirement, error) {
	var none capability.Requirement
	if err := key.check(); err != nil {
		return none, err
	}
	if d.d == nil {
		return none, &Error{Code: CodeUndeclared, What: fmt.Sprintf("need %q", key.id), Why: "the zero Deps has nothing"}
	}
	if err := d.d.reg.bindType(key); err != nil {
		return none, err
	}
	for _, req := range d.d.reqs {
		if req.ID == key.id && !req.Forbid {
			return req, nil
		}
	}
	return none, &Error{
		Code: CodeUndeclared, What: fmt.Sprintf("need %q in %s", key.id, d.d.inst.u.v.ref()),
		Why: "the module's manifest does not require it", Fix: "add it to requires, or register with modreg.Require",
	}
}

// adopt makes the instance the owner of a handle.
func (d Deps) adopt(h closer) error {
	d.d.mu.Lock()
	defer d.d.mu.Unlock()
	if d.d.sealed {
		h.Close()
		return errClosed("need in " + d.d.inst.u.v.ref() + " after its start")
	}
	d.d.inst.handles = append(d.d.inst.handles, h)
	return nil
}
