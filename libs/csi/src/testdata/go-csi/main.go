// Prints the messages, enums and methods that the Go packages of CSI and of the
// kubelet's plugin registration are made of, as JSON, for comparison with proto/.
package main

import (
	"encoding/json"
	"os"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

type field struct {
	Number   int
	Type     string
	Repeated bool
	Oneof    string `json:",omitempty"`
	Secret   bool   `json:",omitempty"`
}

type found struct {
	Messages map[string]map[string]field
	Enums    map[string]map[string]int
	Methods  map[string][2]string
}

func (f *found) message(m protoreflect.MessageDescriptor) {
	fields := map[string]field{}
	for i := 0; i < m.Fields().Len(); i++ {
		d := m.Fields().Get(i)
		one := field{Number: int(d.Number()), Type: d.Kind().String(), Repeated: d.Cardinality() == protoreflect.Repeated}
		if d.Message() != nil {
			one.Type = string(d.Message().FullName())
		}
		if d.Enum() != nil {
			one.Type = string(d.Enum().FullName())
		}
		if d.ContainingOneof() != nil {
			one.Oneof = string(d.ContainingOneof().Name())
		}
		one.Secret = proto.GetExtension(d.Options(), csi.E_CsiSecret).(bool)
		fields[string(d.Name())] = one
	}
	f.Messages[string(m.FullName())] = fields
	f.nested(m.Messages(), m.Enums())
}

func (f *found) nested(messages protoreflect.MessageDescriptors, enums protoreflect.EnumDescriptors) {
	for i := 0; i < messages.Len(); i++ {
		f.message(messages.Get(i))
	}
	for i := 0; i < enums.Len(); i++ {
		values := map[string]int{}
		for j := 0; j < enums.Get(i).Values().Len(); j++ {
			value := enums.Get(i).Values().Get(j)
			values[string(value.Name())] = int(value.Number())
		}
		f.Enums[string(enums.Get(i).FullName())] = values
	}
}

func (f *found) file(file protoreflect.FileDescriptor) {
	f.nested(file.Messages(), file.Enums())
	for i := 0; i < file.Services().Len(); i++ {
		methods := file.Services().Get(i).Methods()
		for j := 0; j < methods.Len(); j++ {
			method := methods.Get(j)
			f.Methods[string(method.FullName())] = [2]string{string(method.Input().FullName()), string(method.Output().FullName())}
		}
	}
}

func main() {
	f := found{map[string]map[string]field{}, map[string]map[string]int{}, map[string][2]string{}}
	f.file((&csi.ProbeRequest{}).ProtoReflect().Descriptor().ParentFile())
	f.file((&registration.PluginInfo{}).ProtoReflect().Descriptor().ParentFile())
	if err := json.NewEncoder(os.Stdout).Encode(f); err != nil {
		panic(err)
	}
}
