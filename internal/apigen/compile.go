package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	// Files that ours import; the compiler takes them from the registry.
	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/bufbuild/protocompile"
	"github.com/bufbuild/protocompile/linker"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	_ "google.golang.org/protobuf/types/known/durationpb"
	_ "google.golang.org/protobuf/types/known/fieldmaskpb"
	_ "google.golang.org/protobuf/types/known/structpb"
	_ "google.golang.org/protobuf/types/known/timestamppb"
)

// publishedFile is where the published API is kept, from the root of the module: a FileDescriptorSet without comments.
const publishedFile = "proto/published.binpb"

// compile compiles all files below a folder. The files are in the order of their names.
func compile(ctx context.Context, dir string) (linker.Files, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(path, ".proto") {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return compileWith(ctx, names, func(name string) (protocompile.SearchResult, error) {
		f, err := os.Open(filepath.Join(dir, filepath.FromSlash(name)))
		return protocompile.SearchResult{Source: f}, err
	})
}

// compileWith compiles files that a function finds. What they import from elsewhere is what is linked into this program.
func compileWith(ctx context.Context, names []string, find func(name string) (protocompile.SearchResult, error)) (linker.Files, error) {
	slices.Sort(names)
	compiler := protocompile.Compiler{
		SourceInfoMode: protocompile.SourceInfoStandard,
		Resolver: protocompile.ResolverFunc(func(name string) (protocompile.SearchResult, error) {
			if slices.Contains(names, name) {
				return find(name)
			}
			fd, err := protoregistry.GlobalFiles.FindFileByPath(name)
			return protocompile.SearchResult{Desc: fd}, err
		}),
	}
	return compiler.Compile(ctx, names...)
}

// closure returns the descriptors of files and all that they import, each after what it imports.
func closure[F protoreflect.FileDescriptor](files []F) []*descriptorpb.FileDescriptorProto {
	var list []*descriptorpb.FileDescriptorProto
	seen := map[string]bool{}
	var add func(fd protoreflect.FileDescriptor)
	add = func(fd protoreflect.FileDescriptor) {
		if seen[fd.Path()] {
			return
		}
		seen[fd.Path()] = true
		for i := range fd.Imports().Len() {
			add(fd.Imports().Get(i).FileDescriptor)
		}
		list = append(list, descriptorProto(fd))
	}
	for _, f := range files {
		add(f)
	}
	return list
}

// descriptorProto is protodesc.ToFileDescriptorProto, with the comments.
func descriptorProto(fd protoreflect.FileDescriptor) *descriptorpb.FileDescriptorProto {
	if r, ok := fd.(linker.Result); ok {
		return r.FileDescriptorProto()
	}
	return protodesc.ToFileDescriptorProto(fd)
}

// encode returns files as a FileDescriptorSet with what they import, so that other programs can read it alone.
func encode(files linker.Files, comments bool) ([]byte, error) {
	set := &descriptorpb.FileDescriptorSet{File: closure(files)}
	for i, f := range set.File {
		if !comments {
			set.File[i] = proto.CloneOf(f)
			set.File[i].SourceCodeInfo = nil
		}
	}
	return proto.MarshalOptions{Deterministic: true}.Marshal(set)
}

// decode is the inverse of encode.
func decode(data []byte) (*protoregistry.Files, error) {
	set := &descriptorpb.FileDescriptorSet{}
	if err := proto.Unmarshal(data, set); err != nil {
		return nil, fmt.Errorf("the published API cannot be read: %w", err)
	}
	return protodesc.NewFiles(set)
}
