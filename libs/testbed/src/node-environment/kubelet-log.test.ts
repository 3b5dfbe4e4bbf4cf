import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  isConnected,
  knowsItsPods,
  offeredResources,
  pluginNotes,
  registrationTimes,
  withoutDevices,
} from './kubelet-log.ts';

/** Lines as kubelet 1.36.3 wrote them. */
const log = `I1126 06:19:27.767958     289 flags.go:64] FLAG: --topology-manager-policy="none"
I1126 06:19:28.100000     289 server.go:87] "Starting device plugin registration server"
I1126 06:19:28.250000     289 server.go:161] "Got registration request from device plugin with resource" resourceName="hpe.com/cxi"
I1126 06:19:28.301500     289 client.go:100] "State pushed for device plugin" resource="hpe.com/cxi" resourceCapacity=4
I1126 06:19:28.400000     289 client.go:100] "State pushed for device plugin" resource="beta.hpe.com/cxi" resourceCapacity=4
E1126 06:19:29.000000     289 client.go:96] "ListAndWatch ended unexpectedly for device plugin" err="EOF" resource="hpe.com/cxi"
I1126 06:19:29.000100     289 manager.go:253] "Endpoint became unhealthy" resourceName="hpe.com/cxi"
`;

describe("a kubelet's log", () => {
  test('tells when plugins came, listed and were lost', () => {
    expect(pluginNotes(log).map(({ kind, resource }) => `${kind} ${resource}`)).toEqual([
      'serving ',
      'registered hpe.com/cxi',
      'listed hpe.com/cxi',
      'listed beta.hpe.com/cxi',
      'lost hpe.com/cxi',
    ]);
  });

  test('tells how long each resource took, from the newest start on', () => {
    const older = log.replaceAll('1126 06:19', '1126 05:00');
    const times = registrationTimes(pluginNotes(older + log));
    expect([...times].map(([resource, ms]) => [resource, Math.round(ms * 10) / 10])).toEqual([
      ['hpe.com/cxi', 201.5],
      ['beta.hpe.com/cxi', 300],
    ]);
    expect(registrationTimes([])).toEqual(new Map());
  });

  test('tells when there was no device to allocate, even for a moment', () => {
    const counted = (healthy: number): string =>
      `I1126 06:19:28.302000     289 manager.go:319] "Processed device updates for resource" resourceName="hpe.com/cxi" totalCount=4 healthyCount=${healthy}\n`;
    const cxi = 'hpe.com/cxi';
    expect(withoutDevices(pluginNotes(counted(4) + counted(1)), cxi)).toEqual([]);
    expect(withoutDevices(pluginNotes(counted(0)), cxi)).toMatchObject([{ resource: cxi, healthy: 0 }]);
    expect(withoutDevices(pluginNotes(log), cxi)).toMatchObject([{ kind: 'lost', resource: cxi }]);
    expect(withoutDevices(pluginNotes(log), 'beta.hpe.com/cxi')).toEqual([]);
    expect(offeredResources(pluginNotes(counted(0) + counted(4)))).toEqual([cxi]);
    expect(offeredResources(pluginNotes(counted(4) + log))).toEqual([]);
  });

  test('tells whether the newest kubelet has read its pods', () => {
    const started = 'I1126 06:19:27.900000     289 kubelet.go:2622] "Starting kubelet main sync loop"\n';
    const read =
      'I1126 06:19:28.900000     289 kubelet.go:2709] "SyncLoop ADD" source="api" pods=["default/one-nic"]\n';
    const fromFiles = 'I1126 06:19:28.000000     289 kubelet.go:2709] "SyncLoop ADD" source="file" pods=[]\n';
    expect(knowsItsPods('')).toBe(false);
    expect(knowsItsPods(started + fromFiles)).toBe(false);
    expect(knowsItsPods(started + read)).toBe(true);
    expect(knowsItsPods(started + read + started + fromFiles)).toBe(false);
  });

  test('tells whether the newest registration was accepted', () => {
    const connected =
      'I1126 06:19:28.270000     289 manager.go:241] "Device plugin connected" resourceName="hpe.com/cxi"\n';
    expect(isConnected(pluginNotes(log), 'hpe.com/cxi')).toBe(false);
    expect(isConnected(pluginNotes(log + connected), 'hpe.com/cxi')).toBe(true);
    expect(isConnected(pluginNotes(log + connected + log), 'hpe.com/cxi')).toBe(false);
    expect(isConnected(pluginNotes(log + connected), 'beta.hpe.com/cxi')).toBe(false);
  });

  test('may hold anything else', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(pluginNotes(text))));
  });
});
