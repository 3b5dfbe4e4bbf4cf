import type { AgentDevice, DeviceHealth, Signal } from '@rackwright/hardware-nvme';
import { agentSnapshot, type SnapshotInput } from '../agent-snapshot.ts';
import type { CacheState, VolumeState } from '../cache/index.ts';
import type { TrackedDrive } from '../health/health-tracker.ts';
import type { EventFacts } from '../node-events.ts';

/** When everything of these tests happens. */
export const nowMs = Date.parse('2026-05-01T12:00:00Z');

export const volume: VolumeState = {
  ...{ state: 'Ready', message: 'mounted at /mnt/nvme0', vg: 'vg_aidaptiv', lv: 'cache', lvUuid: 'LV' },
  ...{ vgSizeBytes: 4_000_795_590_656n, vgFreeBytes: 0n, missingPvs: 0, sizeBytes: 4_000_795_590_656n },
  ...{ path: '/dev/vg_aidaptiv/cache', device: '253:0', stripes: 2, stripeBytes: 131_072n },
  ...{ fileSystem: 'xfs', fsUuid: 'FS', legacyXfs: false, hostPath: '/mnt/nvme0', mounted: true },
  ...{ readOnly: false, mountOptions: ['rw', 'noatime'], members: ['A', 'B'], blockers: [] },
};

/** The cache with one volume, changed. */
export function cacheWith(changes: Partial<VolumeState> = {}, more: Partial<CacheState> = {}): CacheState {
  const one = { ...volume, ...changes };
  const { state, message, blockers } = one;
  return { state, message, blockers, layout: 'Striped', volumes: [one], notInStripe: [], ...more };
}

const memory: DeviceHealth['memory'] = {
  ...{ controllerState: 'live', controllerSinceMs: nowMs, warningPolls: 0, hotPolls: 0, smartMisses: 0 },
  ...{ mediaGrowth: [], failures: [], cleanPolls: 0, cleanSinceMs: nowMs },
};

/** The verdict on a drive, by what is wrong with it. */
export function health(state: DeviceHealth['state'], ...signals: Signal[]): DeviceHealth {
  const { reason = 'Ok', message = 'nothing is wrong' } = signals[0] ?? {};
  return { state, sinceMs: nowMs, reason, message, signals, memory };
}

/** A drive as it is tracked. */
export function tracked(serial: string, verdict = health('Healthy')): TrackedDrive {
  return { serial, health: verdict };
}

/** A drive as discovery has it. */
export function drive(serial: string, numaNode = 0): SnapshotInput['view']['drives'][number] {
  const i = serial.charCodeAt(0) - 'A'.charCodeAt(0);
  return {
    controller: {
      ...{ name: `nvme${i}`, serial, model: 'PASCARI AI100E', firmware: 'EIFZ00.1', state: 'live' },
      ...{ pciAddress: `0000:4${i}:00.0`, numaNode, servesBlocks: true, namespaces: [] },
    },
    namespace: { name: `nvme${i}n1`, sizeBytes: 2_000_398_934_016n, readOnly: false },
    ...{ unitId: `ai100-${serial.toLowerCase()}`, isAi100: true, firmwareCompliant: true, eligible: true },
    message: '',
  };
}

/** What a look at two drives and their cache found, changed. */
export function input(changes: Partial<SnapshotInput> = {}): SnapshotInput {
  return {
    view: { drives: [drive('A'), drive('B', 1)], volumes: [], units: [] },
    cache: cacheWith(),
    tracked: [tracked('A'), tracked('B')],
    transitions: [],
    recovery: { history: {}, actions: [] },
    resource: 'phison.com/ai100',
    pollMs: 30_000,
    held: [],
    uses: new Map(),
    nowMs,
    ...changes,
  };
}

/** The same as events and the status are told from. */
export function facts(changes: Partial<SnapshotInput> = {}): EventFacts {
  const all = input(changes);
  return { snapshot: agentSnapshot(all), cache: all.cache, tracked: all.tracked };
}

/** The first drive of it. */
export function firstDevice({ snapshot }: EventFacts): AgentDevice {
  const [first] = snapshot.devices;
  if (first === undefined) throw new Error('there is no device');
  return first;
}
