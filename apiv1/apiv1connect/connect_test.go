package apiv1connect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"connectrpc.com/connect"

	"github.com/modreg/modreg/apiv1"
	"github.com/modreg/modreg/apiv1/apiv1connect"
)

// modules knows one module.
type modules struct {
	apiv1connect.UnimplementedModuleServiceHandler
}

func (modules) GetModule(_ context.Context, req *apiv1.GetModuleRequest) (*apiv1.GetModuleResponse, error) {
	if req.GetName() != "modules/acme/pay" {
		err := connect.NewError(connect.CodeNotFound, errors.New("there is no such module"))
		detail, detailErr := connect.NewErrorDetail(&apiv1.ErrorDetail{Code: "not_found", What: "get " + req.GetName(), Why: "there is none", Fix: "modreg list"})
		if detailErr != nil {
			return nil, detailErr
		}
		err.AddDetail(detail)
		return nil, err
	}
	return &apiv1.GetModuleResponse{Module: &apiv1.Module{Name: "modules/acme/pay@1.2.0"}, Seq: 7}, nil
}

func (modules) WatchModules(_ context.Context, req *apiv1.WatchModulesRequest, to *connect.ServerStream[apiv1.WatchModulesResponse]) error {
	for seq := range uint64(3) {
		m := &apiv1.WatchModulesResponse{Seq: req.GetAfterSeq() + seq, Message: &apiv1.WatchModulesResponse_Bookmark{Bookmark: &apiv1.Bookmark{}}}
		if err := to.Send(m); err != nil {
			return err
		}
	}
	return nil
}

// serve starts a server for HTTP/1.1 and HTTP/2 without TLS.
func serve(t *testing.T) (url string, client *http.Client) {
	t.Helper()
	mux := http.NewServeMux()
	mux.Handle(apiv1connect.NewModuleServiceHandler(modules{}))
	server := httptest.NewUnstartedServer(mux)
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server.Config.Protocols = &protocols
	server.Start()
	t.Cleanup(server.Close)
	var h2 http.Protocols
	h2.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: &h2}
	t.Cleanup(transport.CloseIdleConnections)
	return server.URL, &http.Client{Transport: transport}
}

func TestClient_speaksEveryProtocol(t *testing.T) {
	t.Parallel()
	url, h2 := serve(t)
	for name, opts := range map[string][]connect.ClientOption{
		"Connect": nil, "JSON": {connect.WithProtoJSON()}, "GET": {connect.WithHTTPGet()}, "gRPC": {connect.WithGRPC()}, "gRPC-Web": {connect.WithGRPCWeb()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := apiv1connect.NewModuleServiceClient(h2, url, opts...)
			resp, err := client.GetModule(t.Context(), &apiv1.GetModuleRequest{Name: "modules/acme/pay"})
			if err != nil || resp.GetModule().GetName() != "modules/acme/pay@1.2.0" || resp.GetSeq() != 7 {
				t.Errorf("got %v, %v", resp, err)
			}
			_, err = client.GetModule(t.Context(), &apiv1.GetModuleRequest{Name: "modules/other"})
			if d := detailOf(t, err); d.GetCode() != "not_found" || d.GetFix() != "modreg list" || connect.CodeOf(err) != connect.CodeNotFound {
				t.Errorf("got %v of %v", d, err)
			}
			if seqs, err := watch(t.Context(), client); err != nil || seqs != "[5 6 7]" {
				t.Errorf("watched %s, %v", seqs, err)
			}
		})
	}
}

func watch(ctx context.Context, client apiv1connect.ModuleServiceClient) (string, error) {
	stream, err := client.WatchModules(ctx, &apiv1.WatchModulesRequest{AfterSeq: 5})
	if err != nil {
		return "", err
	}
	var seqs []uint64
	for stream.Receive() {
		seqs = append(seqs, stream.Msg().GetSeq())
	}
	return fmt.Sprint(seqs), errors.Join(stream.Err(), stream.Close())
}

// detailOf returns what an error says in its detail.
func detailOf(t *testing.T, err error) *apiv1.ErrorDetail {
	t.Helper()
	ce, ok := errors.AsType[*connect.Error](err)
	if !ok || len(ce.Details()) != 1 {
		t.Fatalf("got %v", err)
	}
	v, err := ce.Details()[0].Value()
	d, ok := v.(*apiv1.ErrorDetail)
	if err != nil || !ok {
		t.Fatalf("got %v, %v", v, err)
	}
	return d
}

func TestServer_takesPlainJSON(t *testing.T) {
	t.Parallel()
	url, _ := serve(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+apiv1connect.ModuleServiceGetModuleProcedure, strings.NewReader(`{"name":"modules/acme/pay"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.Contains(string(body), `"modules/acme/pay@1.2.0"`) {
		t.Errorf("got %d %s, %v", resp.StatusCode, body, err)
	}
}
