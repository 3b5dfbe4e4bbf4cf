import { readFileSync } from 'node:fs';
import type { AgentDevice, AgentSnapshot } from '../agent/snapshot.ts';

const smartJson = readFileSync(new URL('../testdata/smart-log-2.3.json', import.meta.url), 'utf8');

/** Of drives like those of `ai100-host.ts`. */
export function exampleDevice(number: number, more: Partial<AgentDevice> = {}): AgentDevice {
  return {
    serial: `AI1E2T024000000${number}`,
    controller: `nvme${number}`,
    namespace: `nvme${number}n1`,
    pciAddress: `0000:4${number}:00.0`,
    model: 'PASCARI AI100E',
    firmware: 'EIFZ00.1',
    managed: true,
    eligible: true,
    firmwareCompliant: true,
    unitId: `ai100-ai1e2t024000000${number}`,
    health: 'Healthy',
    healthSince: '2026-01-01T00:00:00.000Z',
    healthMessage: '',
    smart: { time: '2026-01-01T00:00:00.000Z', json: smartJson },
    thresholds: { warningCelsius: 70, criticalCelsius: 85 },
    resetsLastHour: 0,
    ...more,
  };
}

/** A striped cache over two drives with everything there is to say. */
export const exampleSnapshot: AgentSnapshot = {
  schemaVersion: 1,
  time: '2026-01-01T00:00:00.000Z',
  pollSeconds: 30,
  resource: 'phison.com/ai100',
  devices: [
    exampleDevice(1),
    exampleDevice(2, {
      health: 'Unhealthy',
      healthMessage: 'controller nvme2 is dead',
      error: { source: 'smart', message: 'nvme took too long', since: '2026-01-01T00:00:00.000Z' },
    }),
  ],
  caches: [
    {
      layout: 'Striped',
      state: 'Ready',
      vg: { name: 'vg_aidaptiv', sizeBytes: '4000795590656', freeBytes: '0', missingPvs: 0 },
      lv: {
        name: 'cache',
        uuid: 'Ab1xYz-0000-1111-2222-3333-4444-555555',
        sizeBytes: '4000795590656',
        stripes: 2,
        stripeBytes: '131072',
        healthy: true,
        devices: ['/dev/nvme1n1', '/dev/nvme2n1'],
      },
      mount: {
        path: '/mnt/nvme0',
        source: '/dev/mapper/vg_aidaptiv-cache',
        fsType: 'xfs',
        options: ['rw', 'noatime'],
        readOnly: false,
        identityOk: true,
        sizeBytes: '3998000000000',
        usedBytes: '1000000',
        availableBytes: '3997999000000',
        files: '1000',
        filesFree: '990',
      },
      blockers: [{ gate: 4, name: 'signature', serial: 'AI1E2T0240000003', detail: 'GPT' }],
    },
  ],
  units: {
    capacity: 2,
    healthy: 1,
    allocated: 1,
    allocations: [
      { unitId: 'ai100-ai1e2t0240000001', namespace: 'default', pod: 'train-0', container: 'main' },
    ],
  },
  transitions: [{ serial: 'AI1E2T0240000002', from: 'Healthy', to: 'Unhealthy', count: 1 }],
  recoveryActions: [{ action: 'Rescan', result: 'Succeeded', count: 2 }],
};
