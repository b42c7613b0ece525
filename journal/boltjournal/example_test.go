package boltjournal_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/modreg/modreg/journal/boltjournal"
)

func ExampleOpen() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	j, err := boltjournal.Open(filepath.Join(dir, "journal"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = j.Close() }()
	head, err := j.Append(ctx, "orders", 0, [][]byte{[]byte("first"), []byte("second")})
	fmt.Println(head, err)
	_, err = j.Append(ctx, "orders", 1, [][]byte{[]byte("too late")})
	fmt.Println(err)
	for rec, err := range j.Read(ctx, "orders", 1) {
		fmt.Printf("%d %s %v\n", rec.Seq, rec.Data, err)
	}
	// Output:
	// 2 <nil>
	// append to "orders" at 1: the head of the stream has moved to 2
	// 1 first <nil>
	// 2 second <nil>
}
