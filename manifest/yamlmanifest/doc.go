// Package yamlmanifest reads manifests from YAML, the format of modreg.yaml.
//
// It takes the part of YAML 1.2 that JSON can say, with comments: mappings with
// texts as names, sequences, text, numbers, true, false. What would make a file
// mean more than it shows is refused: anchors, aliases, merge keys, tags beyond
// the core ones, a second document, and spellings of numbers on which YAML
// versions disagree. So is what [manifest.DecodeStrict] refuses, because
// [Parse] turns the file into JSON and hands it to [manifest.Parse]: there is
// one door, and the same manifest in YAML, JSON and Go has the same digest.
//
// Errors are of type *[manifest.Error], with the line and column in the YAML.
// Next: [manifest.Check].
package yamlmanifest
