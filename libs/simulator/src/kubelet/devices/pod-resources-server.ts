import { podresources } from '@rackwright/kubelet';
import type { Container, Pod } from '../pod-model.ts';
import { isSidecar, podUid } from '../pod-model.ts';
import type { DeviceManager } from './device-manager.ts';
import { UnixServer } from './unix-server.ts';

/** The kubelet's pod resources service (v1 List, devices only) on `path`. */
export function servePodResources(
  path: string,
  devices: DeviceManager,
  activePods: () => readonly Pod[],
): Promise<UnixServer> {
  const implementation: podresources.PodResourcesListerServer = {
    list: (_call, done) => done(null, { podResources: activePods().map((pod) => resourcesOf(pod, devices)) }),
  };
  return UnixServer.listen(path, podresources.PodResourcesListerService, implementation);
}

function resourcesOf(pod: Pod, devices: DeviceManager): podresources.PodResources {
  const containers = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
  return {
    name: pod.metadata?.name ?? '',
    namespace: pod.metadata?.namespace ?? '',
    containers: containers.map((container) => ({
      name: container.name,
      devices: containerDevices(pod, container, devices),
    })),
  };
}

/** The real kubelet lists each device in an entry of its own. */
function containerDevices(
  pod: Pod,
  container: Container,
  devices: DeviceManager,
): podresources.ContainerDevices[] {
  return devices
    .devicesOf(podUid(pod), container.name)
    .flatMap(({ resource, ids }) => ids.map((id) => ({ resourceName: resource, deviceIds: [id] })));
}
