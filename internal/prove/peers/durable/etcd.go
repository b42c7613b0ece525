package durable

import (
	"context"
	"path/filepath"
	"strconv"
	"sync/atomic"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
)

// etcd is a server with one member in this process, which calls it directly. It does not listen on any address.
type etcd struct {
	server *embed.Etcd
	client *clientv3.Client
	last   atomic.Int64
}

// openEtcd leaves all as etcd has it, but for a shorter wait for other candidates, of which there are none.
func openEtcd(ctx context.Context, dir string, _ int) (store, error) {
	cfg := embed.NewConfig()
	cfg.Dir = filepath.Join(dir, "etcd")
	cfg.LogLevel = "fatal" // what goes wrong is returned
	cfg.ListenPeerUrls, cfg.ListenClientUrls = nil, nil
	cfg.ElectionMs = 500
	server, err := embed.StartEtcd(cfg)
	if err != nil {
		return nil, err
	}
	select {
	case <-server.Server.ReadyNotify():
	case err = <-server.Err():
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		server.Close()
		return nil, err
	}
	return &etcd{server: server, client: v3client.New(server.Server)}, nil
}

func (s *etcd) append(ctx context.Context, entry []byte) error {
	_, err := s.client.Put(ctx, "r"+strconv.FormatInt(s.last.Add(1), 10), string(entry))
	return err
}

func (s *etcd) close(ctx context.Context, n int) error {
	defer s.server.Close()
	defer func() { _ = s.client.Close() }() // it has no connection, and only says that it is closed
	found, err := s.client.Get(ctx, "r", clientv3.WithPrefix(), clientv3.WithCountOnly())
	if err != nil {
		return err
	}
	return kept(int(found.Count), n)
}
