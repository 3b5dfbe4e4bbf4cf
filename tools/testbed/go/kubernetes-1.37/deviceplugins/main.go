// Command deviceplugins is the kubelet's own registration server for device
// plugins, alone. It serves the folder it is given and prints, one JSON line
// each, what the kubelet's device manager would now believe of every resource.
// It is the program of ../kubernetes for Kubernetes 1.37, whose device manager
// tells the plugins of a resource apart by their sockets.
// A second argument, a duration, is how long the kubelet is held up between
// closing the connection of a plugin and noting that it has gone.
// The handler below does what ManagerImpl does with a plugin
// (pkg/kubelet/cm/devicemanager/manager.go); all else is the kubelet's.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"k8s.io/klog/v2"
	api "k8s.io/kubelet/pkg/apis/deviceplugin/v1beta1"
	"k8s.io/kubernetes/pkg/kubelet/cm/devicemanager/plugin/v1beta1"
)

type belief struct {
	Event    string
	Resource string
	// Healthy devices now; -1 before the first list.
	Healthy int
	// Socket file of the plugin that would be asked for devices.
	Endpoint string
	// Whether that would fail, for the plugin counts as gone.
	Stopped bool
}

type endpoint struct {
	socket  string
	stopped bool
}

type manager struct {
	mutex   sync.Mutex
	out     *json.Encoder
	healthy map[string]int
	// The one that is asked for devices, and all that are connected, by socket.
	endpoint map[string]*endpoint
	all      map[string]map[string]*endpoint
	heldUp   time.Duration
}

func (m *manager) tell(event, resource string) {
	healthy, known := m.healthy[resource]
	if !known {
		healthy = -1
	}
	now := endpoint{}
	if known := m.endpoint[resource]; known != nil {
		now = *known
	}
	_ = m.out.Encode(belief{event, resource, healthy, now.socket, now.stopped})
}

func (m *manager) CleanupPluginDirectory(klog.Logger, string) error { return nil }

func (m *manager) PluginConnected(ctx context.Context, resource string, p v1beta1.DevicePlugin) error {
	if _, err := p.API().GetDevicePluginOptions(ctx, &api.Empty{}); err != nil {
		return err
	}
	m.mutex.Lock()
	defer m.mutex.Unlock()
	socket := filepath.Base(p.SocketPath())
	if _, exists := m.all[resource][socket]; exists {
		return fmt.Errorf("device plugin already connected: %s", socket)
	}
	if m.all[resource] == nil {
		m.all[resource] = map[string]*endpoint{}
	}
	m.all[resource][socket] = &endpoint{socket: socket}
	m.endpoint[resource] = m.all[resource][socket]
	m.tell("connected", resource)
	return nil
}

func (m *manager) PluginDisconnected(_ klog.Logger, resource, path string) {
	time.Sleep(m.heldUp)
	m.mutex.Lock()
	defer m.mutex.Unlock()
	socket := filepath.Base(path)
	ended, exists := m.all[resource][socket]
	if !exists {
		return
	}
	ended.stopped = true
	delete(m.all[resource], socket)
	if len(m.all[resource]) == 0 {
		m.healthy[resource] = 0
	}
	// Any of those that are left is asked from now on.
	for _, left := range m.all[resource] {
		m.endpoint[resource] = left
		break
	}
	m.tell("disconnected", resource)
}

func (m *manager) PluginListAndWatchReceiver(_ klog.Logger, resource string, list *api.ListAndWatchResponse) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.healthy[resource] = 0
	for _, device := range list.Devices {
		if device.Health == api.Healthy {
			m.healthy[resource]++
		}
	}
	m.tell("listed", resource)
}

func main() {
	m := &manager{out: json.NewEncoder(os.Stdout), healthy: map[string]int{}, endpoint: map[string]*endpoint{}, all: map[string]map[string]*endpoint{}}
	if len(os.Args) > 2 {
		heldUp, err := time.ParseDuration(os.Args[2])
		if err != nil {
			panic(err)
		}
		m.heldUp = heldUp
	}
	server, err := v1beta1.NewServer(klog.Background(), filepath.Join(os.Args[1], "kubelet.sock"), m, m)
	if err != nil {
		panic(err)
	}
	if err := server.Start(klog.Background()); err != nil {
		panic(err)
	}
	m.tell("started", "")
	// Ends with whoever started it.
	_, _ = os.Stdin.Read(make([]byte, 1))
}
