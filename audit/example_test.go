package audit_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit"
	"github.com/modreg/modreg/record"
)

// Who activated this version, and on whose approval?
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "audit")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is a temporary folder

	trail, err := audit.Open(ctx, dir, audit.Options{Node: "node-1", Registry: modreg.NewMemJournal()})
	if err != nil {
		log.Fatal(err)
	}
	defer trail.Close() //nolint:errcheck // the example ends
	reg, err := modreg.Open(ctx, modreg.WithJournal(trail.Journal()), modreg.WithAuditor(trail))
	if err != nil {
		log.Fatal(err)
	}
	defer reg.Close(ctx) //nolint:errcheck // the example ends

	asOperator := record.WithOrigin(ctx, record.Origin{
		Actor: record.Actor{Kind: record.KindUser, ID: "u42"}, Approval: "change-7",
	})
	for _, version := range []string{"1.0.0", "1.1.0"} {
		if err := reg.Register(asOperator, modreg.Manifest{Name: "upper", Version: version}); err != nil {
			log.Fatal(err)
		}
	}
	if err := reg.Activate(asOperator, "upper@1.1.0"); err != nil {
		log.Fatal(err)
	}
	if err := trail.Record(ctx, audit.Event{
		Class: audit.ClassAuthorization, Action: "module:activate", Outcome: audit.OutcomeDeny, Reason: "no role allows it",
		Actor: record.Actor{Kind: record.KindUser, ID: "u7"}, Resource: audit.Resource{Kind: "module", ID: "upper@1.0.0"},
	}); err != nil {
		log.Fatal(err)
	}

	for e, err := range trail.Query(ctx, audit.Query{Action: "module:activate"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %v %s %q\n", e.Outcome, e.Actor, e.Resource.ID, e.Approval)
	}
	report, err := trail.Verify(ctx, audit.VerifyOptions{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Registry.Records, "records of the registry are what was signed")
	// Output:
	// success user/u42 upper@1.1.0 "change-7"
	// deny user/u7 upper@1.0.0 ""
	// 3 records of the registry are what was signed
}
