package persist_test

import (
	"cmp"
	"fmt"

	"github.com/modreg/modreg/internal/persist"
)

func ExampleMap() {
	var empty persist.Map[int]
	one := empty.Set("upper", 1)
	two := one.Set("lower", 2).Delete("upper")

	v, ok := one.Get("upper")
	fmt.Println(empty.Len(), one.Len(), v, ok)
	for name, v := range two.All() {
		fmt.Println(name, v)
	}
	// Output:
	// 0 1 1 true
	// lower 2
}

func ExampleNewTree() {
	ranks := persist.NewTree[int, string](cmp.Compare[int])
	ranks = ranks.Set(30, "c").Set(10, "a").Set(20, "b")

	for rank, name := range ranks.From(15) {
		fmt.Println(rank, name)
	}
	k, v, _ := ranks.Min()
	fmt.Println("first", k, v)
	// Output:
	// 20 b
	// 30 c
	// first 10 a
}
