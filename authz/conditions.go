package authz

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxConditions is the most values that one condition lists.
const maxConditions = 64

// Conditions are what must hold for a binding to count, all of them. The zero Conditions always hold.
type Conditions struct {
	Networks     []netip.Prefix    `json:"networks,omitempty"`     // the request comes from one of them
	Hours        *Hours            `json:"hours,omitempty"`        // it is made at these times
	MFAAge       time.Duration     `json:"mfa_age,omitempty"`      // the second factor was proved no longer ago; whole seconds
	Approval     bool              `json:"approval,omitempty"`     // somebody else approved it
	Environments []string          `json:"environments,omitempty"` // the resource is in one of them
	DataClasses  []string          `json:"data_classes,omitempty"` // the data that the resource handles is known, and no other
	Labels       map[string]string `json:"labels,omitempty"`       // the resource has all of them
	NotAfter     time.Time         `json:"not_after,omitzero"`     // the binding has not expired; whole seconds
}

// Hours are minutes of days of the week, in UTC. From is within, To is not; if To is not after From, the hours end on the
// day after.
type Hours struct {
	Days []time.Weekday `json:"days,omitempty"` // on which they begin, in ascending order; empty for every day
	From int            `json:"from"`           // minutes since midnight, 0 to 1,439
	To   int            `json:"to"`             // 1 to 1,440
}

// Contain reports whether t is within the hours.
func (h *Hours) Contain(t time.Time) bool {
	t = t.UTC()
	return h.contain(t.Weekday(), t.Hour()*60+t.Minute())
}

func (h *Hours) contain(day time.Weekday, minute int) bool {
	if h.From < h.To {
		return h.on(day) && h.From <= minute && minute < h.To
	}
	return h.on(day) && h.From <= minute || h.on((day+6)%7) && minute < h.To
}

func (h *Hours) on(day time.Weekday) bool { return len(h.Days) == 0 || slices.Contains(h.Days, day) }

func (h *Hours) check() error {
	if h.From < 0 || h.From > 1439 || h.To < 1 || h.To > 1440 {
		return errors.New("hours: from is 0 to 1439 and to is 1 to 1440, minutes since midnight in UTC")
	}
	for i, d := range h.Days {
		if d < time.Sunday || d > time.Saturday || i > 0 && h.Days[i-1] >= d {
			return errors.New("hours: days are 0 (Sunday) to 6 in ascending order")
		}
	}
	return nil
}

// IsZero reports whether there are no conditions.
func (c *Conditions) IsZero() bool {
	return len(c.Networks) == 0 && c.Hours == nil && c.MFAAge == 0 && !c.Approval &&
		len(c.Environments) == 0 && len(c.DataClasses) == 0 && len(c.Labels) == 0 && c.NotAfter.IsZero()
}

// Check reports what of c is outside the grammar or the limits.
func (c *Conditions) Check() error {
	if max(len(c.Networks), len(c.Environments), len(c.DataClasses), len(c.Labels)) > maxConditions {
		return fmt.Errorf("conditions: more than %d values of one kind", maxConditions)
	}
	for _, n := range c.Networks {
		if !n.IsValid() || n.Masked() != n || n.Addr().Is4In6() {
			return errors.New("conditions: a network is not a prefix without host bits, as in 10.1.0.0/16")
		}
	}
	if c.Hours != nil {
		if err := c.Hours.check(); err != nil {
			return fmt.Errorf("conditions: %w", err)
		}
	}
	if c.MFAAge < 0 || c.MFAAge%time.Second != 0 {
		return errors.New("conditions: the age of the second factor is not in whole seconds")
	}
	if !c.NotAfter.IsZero() && (c.NotAfter.Nanosecond() != 0 || c.NotAfter.Year() < 1970 || c.NotAfter.Year() > 9999) {
		return errors.New("conditions: the expiry is not a whole second of a year from 1970 to 9999")
	}
	for _, list := range [][]string{c.Environments, c.DataClasses} {
		for _, word := range list {
			if fault := wordFault(word); fault != "" {
				return errors.New("conditions: an environment or a class of data: " + fault)
			}
		}
	}
	for k, v := range c.Labels {
		if wordFault(k) != "" || wordFault(v) != "" {
			return errors.New("conditions: a label or its value is not a word of a-z, 0-9 and ._-")
		}
	}
	return nil
}

// Missing returns what of the conditions does not hold for a request, in words; nil if all hold.
func (c *Conditions) Missing(r *Request) []string {
	return append(c.missingNow(r), c.missingAt(&r.Resource)...)
}

// missingNow is Missing without the conditions on the resource.
func (c *Conditions) missingNow(r *Request) []string {
	var missing []string
	if !c.NotAfter.IsZero() && !r.Context.Time.Before(c.NotAfter) {
		missing = append(missing, "it expired at "+c.NotAfter.UTC().Format(time.RFC3339))
	}
	if len(c.Networks) > 0 && !slices.ContainsFunc(c.Networks, func(n netip.Prefix) bool { return n.Contains(r.Network()) }) {
		missing = append(missing, fmt.Sprintf("the request must come from one of the networks %v", c.Networks))
	}
	if c.Hours != nil && !c.Hours.Contain(r.Context.Time) {
		missing = append(missing, "it holds only "+c.Hours.String())
	}
	if age, ok := r.FactorAge(); c.MFAAge > 0 && (!ok || age > c.MFAAge) {
		missing = append(missing, fmt.Sprintf("a second factor must have been proved within %s", c.MFAAge))
	}
	if c.Approval && !r.Approved() {
		missing = append(missing, "somebody else must approve it")
	}
	return missing
}

// missingAt is Missing with nothing but the conditions on the resource.
func (c *Conditions) missingAt(res *Resource) []string {
	var missing []string
	if len(c.Environments) > 0 && !slices.Contains(c.Environments, res.Environment) {
		missing = append(missing, fmt.Sprintf("the environment must be one of %q", c.Environments))
	}
	if len(c.DataClasses) > 0 && !within(res.DataClasses, c.DataClasses, equal) {
		missing = append(missing, fmt.Sprintf("the classes of data of the resource must be known and among %q", c.DataClasses))
	}
	for _, k := range sortedKeys(c.Labels) {
		if v, ok := res.Labels[k]; !ok || v != c.Labels[k] {
			missing = append(missing, fmt.Sprintf("the resource must have the label %s=%s", k, c.Labels[k]))
		}
	}
	return missing
}

// String returns the hours in words.
func (h *Hours) String() string {
	text := fmt.Sprintf("from %02d:%02d to %02d:%02d UTC", h.From/60, h.From%60, h.To/60, h.To%60)
	if len(h.Days) == 0 {
		return text
	}
	days := make([]string, len(h.Days))
	for i, d := range h.Days {
		days[i] = d.String()
	}
	return text + " on " + strings.Join(days, ", ")
}

// wordsFault says what is wrong with words of an administrator; empty if nothing is.
func wordsFault(s string) string {
	if len(s) > maxAbout {
		return fmt.Sprintf("%d bytes are too many: at most %d", len(s), maxAbout)
	}
	if !utf8.ValidString(s) {
		return "it is not UTF-8"
	}
	for i, r := range s {
		if !unicode.IsPrint(r) {
			return fmt.Sprintf("the character at byte %d cannot be printed", i)
		}
	}
	return ""
}
