import { Latest, silentLogger, systemClock } from '@rackwright/core';
import { type Device, DevicePluginServer, type HardwareProfile } from '@rackwright/kubelet';

export async function offer(folder: string, signal: AbortSignal): Promise<void> {
  const profile: HardwareProfile = {
    resource: 'example.com/nic',
    devices: new Latest<readonly Device[]>([{ ids: ['nic0'], healthy: true, numaNodes: [0] }]),
    allocate: (containers) => containers.map((ids) => ({ envs: { NICS: ids.join() } })),
  };
  // folder: the kubelet's, /var/lib/kubelet/device-plugins
  const options = { profiles: [profile], folder, clock: systemClock, logger: silentLogger };
  await new DevicePluginServer(options).start(signal);
}
