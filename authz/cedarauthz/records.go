package cedarauthz

import (
	"github.com/cedar-policy/cedar-go/types"

	"github.com/modreg/modreg/authz"
)

func principalRecord(p *authz.Principal, n needs) types.Record {
	m := types.RecordMap{}
	if n&needName != 0 {
		m[attrName] = types.String(p.Subject.String())
	}
	if n&needGranted != 0 && p.Kind == authz.Module {
		var modules, secrets []types.Value
		for _, g := range p.Granted {
			if g.Kind == authz.KindModule {
				modules = append(modules, uidOfPath(g))
			} else {
				secrets = append(secrets, uidOfPath(g))
			}
		}
		m[attrModules], m[attrSecrets] = types.NewSet(modules...), types.NewSet(secrets...)
	}
	return types.NewRecord(m)
}

// inQuarantine and notInQuarantine are the records of the commonest need.
var (
	inQuarantine    = types.NewRecord(types.RecordMap{attrQuarantined: types.True})
	notInQuarantine = types.NewRecord(types.RecordMap{attrQuarantined: types.False})
)

func resourceRecord(r *authz.Resource, n needs) types.Record {
	if n&needsResource == needQuarantined {
		if r.Quarantined {
			return inQuarantine
		}
		return notInQuarantine
	}
	m := types.RecordMap{}
	if n&needQuarantined != 0 {
		m[attrQuarantined] = types.Boolean(r.Quarantined)
	}
	if n&needTrust != 0 {
		m[attrTrust] = types.String(r.Trust)
	}
	if n&needEnvironment != 0 {
		m[attrEnvironment] = types.String(r.Environment)
	}
	if n&needDataClasses != 0 {
		classes := make([]types.Value, len(r.DataClasses))
		for i, c := range r.DataClasses {
			classes[i] = types.String(c)
		}
		m[attrDataClasses] = types.NewSet(classes...)
	}
	if n&needOwner != 0 {
		owner := types.String("")
		if !r.Owner.IsZero() {
			owner = types.String(r.Owner.String())
		}
		m[attrOwner] = owner
	}
	return types.NewRecord(m)
}

func labelsRecord(labels map[string]string) types.Record {
	m := make(types.RecordMap, len(labels))
	for k, v := range labels {
		m[types.String(k)] = types.String(v)
	}
	return types.NewRecord(m)
}

func contextRecord(r *authz.Request, n needs) types.Record {
	if n&needsContext == 0 {
		return types.Record{}
	}
	m := types.RecordMap{}
	if n&needNow != 0 {
		m[attrNow] = types.NewDatetime(r.Context.Time)
	}
	if n&needHours != 0 {
		t := r.Context.Time.UTC()
		m[attrWeekday], m[attrMinute] = types.Long(t.Weekday()), types.Long(t.Hour()*60+t.Minute())
	}
	if from := r.Network(); n&needAddress != 0 && from.IsValid() {
		if p, err := from.Prefix(from.BitLen()); err == nil {
			m[attrAddress] = types.IPAddr(p)
		}
	}
	if age, ok := r.FactorAge(); n&needMFAAge != 0 && ok {
		m[attrMFAAge] = types.Long(age.Milliseconds())
	}
	if n&needApprover != 0 && r.Context.Approval != nil {
		m[attrApprover] = types.String(r.Context.Approval.By.String())
	}
	if n&needToken != 0 && r.Context.Token != nil {
		m[attrTokenAllows] = types.Boolean(r.Context.Token.Allows(r.Action, r.Resource.Path))
	}
	return types.NewRecord(m)
}
