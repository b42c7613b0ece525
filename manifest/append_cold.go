package manifest

import "strconv"

func (w *writer) conditions(c *Conditions) {
	if c == nil {
		return
	}
	w.object("conditions", '{')
	w.list("arch", c.Arch)
	w.list("capabilities", c.Capabilities)
	if len(c.Environment) > 0 {
		w.object("environment", '{')
		for _, name := range sortedKeys(c.Environment) {
			w.key(name)
			w.values(c.Environment[name])
		}
		w.close('}')
	}
	w.list("os", c.OS)
	w.close('}')
}

func (w *writer) limits(l *Limits) {
	if l == nil {
		return
	}
	w.object("limits", '{')
	w.text("call", l.Call, "")
	w.integer("concurrency", int64(l.Concurrency))
	w.integer("cpu", l.CPU)
	w.integer("descriptors", int64(l.Descriptors))
	w.integer("disk", l.Disk)
	w.text("drain", l.Drain, "")
	w.text("health", l.Health, "")
	w.integer("memory", l.Memory)
	w.integer("output", l.Output)
	w.integer("processes", int64(l.Processes))
	w.text("start", l.Start, "")
	w.text("stop", l.Stop, "")
	w.close('}')
}

func (w *writer) metadata(m map[string]string) {
	if len(m) == 0 {
		return
	}
	w.object("metadata", '{')
	for _, name := range sortedKeys(m) {
		w.key(name)
		w.buf = appendText(w.buf, m[name])
	}
	w.close('}')
}

func (w *writer) permissions(p *Permissions) {
	if p == nil {
		return
	}
	w.object("permissions", '{')
	w.list("calls", p.Calls)
	w.list("environment", p.Environment)
	if len(p.Files) > 0 {
		w.object("files", '[')
		for _, f := range p.Files {
			w.open()
			w.text("access", f.Access, "")
			w.text("path", f.Path, "")
			w.close('}')
		}
		w.close(']')
	}
	if len(p.Network) > 0 {
		w.object("network", '[')
		for _, n := range p.Network {
			w.network(n)
		}
		w.close(']')
	}
	w.list("secrets", p.Secrets)
	w.close('}')
}

func (w *writer) network(n NetworkPermission) {
	w.open()
	w.text("host", n.Host, "")
	w.object("ports", '[')
	for _, port := range n.Ports {
		w.separate()
		w.buf = strconv.AppendInt(w.buf, int64(port), 10)
	}
	w.close(']')
	w.close('}')
}
