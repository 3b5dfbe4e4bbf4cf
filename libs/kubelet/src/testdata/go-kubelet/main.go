// A stand-in for the kubelet made of the kubelet's own parts: its protocol
// package, its gRPC library, and the way it dials plugins. It waits for one
// plugin to register in the folder it is given, speaks with it, and prints what
// it heard as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
)

type registry struct {
	api.UnimplementedRegistrationServer
	folder string
	heard  chan heard
}

type heard struct {
	Request   *api.RegisterRequest
	Options   *api.DevicePluginOptions
	Devices   []*api.Device
	Preferred []string
	Allocated *api.AllocateResponse
	Refusal   string
	Code      string
	Err       string
}

func (r *registry) Register(ctx context.Context, request *api.RegisterRequest) (*api.Empty, error) {
	client, err := dial(ctx, filepath.Join(r.folder, request.Endpoint))
	if err != nil {
		return nil, err
	}
	options, err := client.GetDevicePluginOptions(ctx, &api.Empty{})
	if err != nil {
		return nil, err
	}
	go func() { r.heard <- converse(client, heard{Request: request, Options: options}) }()
	return &api.Empty{}, nil
}

func dial(ctx context.Context, path string) (api.DevicePluginClient, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	//nolint:staticcheck // The kubelet dials so.
	connection, err := grpc.DialContext(ctx, path,
		grpc.WithAuthority("localhost"),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithBlock(),
		grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", address)
		}),
	)
	if err != nil {
		return nil, err
	}
	return api.NewDevicePluginClient(connection), nil
}

func converse(client api.DevicePluginClient, h heard) heard {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	fail := func(err error) heard {
		h.Err = err.Error()
		return h
	}
	stream, err := client.ListAndWatch(ctx, &api.Empty{})
	if err != nil {
		return fail(err)
	}
	list, err := stream.Recv()
	if err != nil {
		return fail(err)
	}
	h.Devices = list.Devices
	var free []string
	for _, device := range list.Devices {
		free = append(free, device.ID)
	}
	preferred, err := client.GetPreferredAllocation(ctx, &api.PreferredAllocationRequest{
		ContainerRequests: []*api.ContainerPreferredAllocationRequest{
			{AvailableDeviceIDs: free, MustIncludeDeviceIDs: free[:1], AllocationSize: 2},
		},
	})
	if err != nil {
		return fail(err)
	}
	h.Preferred = preferred.ContainerResponses[0].DeviceIDs
	h.Allocated, err = client.Allocate(ctx, allocate(h.Preferred))
	if err != nil {
		return fail(err)
	}
	_, err = client.Allocate(ctx, allocate([]string{"nöwhere"}))
	h.Code = status.Code(err).String()
	h.Refusal = status.Convert(err).Message()
	return h
}

func allocate(ids []string) *api.AllocateRequest {
	return &api.AllocateRequest{ContainerRequests: []*api.ContainerAllocateRequest{{DevicesIds: ids}}}
}

func main() {
	folder := os.Args[1]
	listener, err := net.Listen("unix", filepath.Join(folder, "kubelet.sock"))
	if err != nil {
		panic(err)
	}
	r := &registry{folder: folder, heard: make(chan heard)}
	server := grpc.NewServer()
	api.RegisterRegistrationServer(server, r)
	go func() { _ = server.Serve(listener) }()
	select {
	case h := <-r.heard:
		_ = json.NewEncoder(os.Stdout).Encode(h)
	case <-time.After(20 * time.Second):
		fmt.Fprintln(os.Stderr, "no plugin registered")
		os.Exit(1)
	}
}
