// Package modreg is a registry of modules for running programs: it registers, finds, resolves, runs, replaces
// and audits them behind one typed interface.
//
// A module provides capabilities and requires others. A [Capability] ties a capability's name to a Go type once:
//
//	var Text = modreg.NewCapability[TextProcessor]("text.process")
//
// A program opens a [Registry], registers modules with their code, and calls them through handles:
//
//	reg, err := modreg.Open(ctx)
//	err = reg.Register(ctx, modreg.Manifest{Name: "upper", Version: "1.0.0"},
//		modreg.Provide(Text, newUpper, modreg.Version("1.2.0"), modreg.Attr("lang", "en")))
//	h, err := modreg.Lookup(ctx, reg, Text, modreg.Where("lang", "en"))
//	out, err := modreg.Do(ctx, h, func(ctx context.Context, p TextProcessor) (string, error) {
//		return p.Process(ctx, "hello")
//	})
//
// A handle is kept for as long as it is useful. It follows its provider when another version is made active:
// the new version starts first, calls move over, the old one is drained and stopped.
//
// # Declared, bound, running
//
// Three states are kept apart. What is declared (manifests, active versions, configuration) is the fold of a
// [Journal] and the same for everybody who reads it. What is bound is how this process starts a version: Go code
// cannot be written into a log, so a program registers its native modules at every start, and the journal
// takes each declaration once. What is running is local: instances, their [State] and health.
//
// # Where to go next
//
// Package manifest describes the fields of a [Manifest], capability the texts of requirements and filters, semver those
// of versions and ranges. Package modregtest helps to test modules and programs that use them. The folder
// examples has whole programs, docs/design the reasons.
package modreg
