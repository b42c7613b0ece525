package merkle_test

import (
	"context"
	"fmt"
	"os"

	"github.com/modreg/modreg"
	"github.com/modreg/modreg/audit/merkle"
)

// A record is added, and shown to somebody who has nothing but the file and the public key.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "merkle")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a folder of an example

	key, err := merkle.GenerateKey("modreg/node/audit")
	if err != nil {
		fmt.Println(err)
		return
	}
	log, err := merkle.Open(ctx, modreg.NewMemJournal(), merkle.Options{
		Stream: "audit", Origin: "modreg/node/audit", Dir: dir, Key: key,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer log.Close() //nolint:errcheck // a log of an example
	for _, event := range []string{"ann signed in", "ann activated web@2.1.0", "bob was denied"} {
		if _, err := log.Add(ctx, []byte(event)); err != nil {
			fmt.Println(err)
			return
		}
	}
	proof, err := log.Prove(ctx, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	file, err := proof.Marshal()
	if err != nil {
		fmt.Println(err)
		return
	}
	show(file, log.Keyring())

	// Output:
	// record 2 of 3: ann activated web@2.1.0
}

func show(file []byte, keys *merkle.Keyring) {
	proof, err := merkle.ParseProof(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	checkpoint, err := proof.Verify(keys, "modreg/node/audit")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("record %d of %d: %s\n", proof.Seq, checkpoint.Size, proof.Record)
}
