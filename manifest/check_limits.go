package manifest

import (
	"fmt"
	"time"
)

func (c *checker) limits(n *Manifest) {
	if n.Limits == nil {
		return
	}
	l := *n.Limits
	c.bound("memory", l.Memory, MaxInteger)
	c.bound("cpu", l.CPU, MaxCount)
	c.bound("concurrency", int64(l.Concurrency), MaxCount)
	c.bound("processes", int64(l.Processes), MaxCount)
	c.bound("descriptors", int64(l.Descriptors), MaxCount)
	c.bound("disk", l.Disk, MaxInteger)
	c.bound("output", l.Output, MaxInteger)
	t := &c.more.timeouts
	c.duration("start", &l.Start, &t.Start)
	c.duration("stop", &l.Stop, &t.Stop)
	c.duration("drain", &l.Drain, &t.Drain)
	c.duration("health", &l.Health, &t.Health)
	c.duration("call", &l.Call, &t.Call)
	n.Limits = &l
	if l == (Limits{}) {
		n.Limits = nil
	}
}

func (c *checker) bound(field string, n, limit int64) {
	if n < 0 || n > limit {
		c.add(at("limits", field), fmt.Sprintf("%d is out of range", n), fmt.Sprintf("from 1 to %d", limit))
	}
}

// duration parses a duration and puts its text in canonical form.
func (c *checker) duration(field string, text *string, d *time.Duration) {
	if *text == "" {
		return
	}
	parsed, err := time.ParseDuration(*text)
	switch {
	case err != nil:
		c.add(at("limits", field), quoted(*text)+" is not a duration", "such as 500ms, 10s or 1m30s")
	case parsed <= 0 || parsed > MaxTimeout:
		c.add(at("limits", field), quoted(*text)+" is out of range", fmt.Sprintf("above 0 and at most %s", MaxTimeout))
	default:
		*d, *text = parsed, parsed.String()
	}
}
