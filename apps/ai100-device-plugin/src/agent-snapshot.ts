import type { AgentCache, AgentDevice, AgentSnapshot } from '@rackwright/hardware-nvme';
import type { HeldDevice } from '@rackwright/kubelet';
import type { CacheState, VolumeState } from './cache/index.ts';
import type { CacheUses } from './cache-use.ts';
import type { TrackedDrive, TransitionCount } from './health/health-tracker.ts';
import { noHistory, recentResets } from './recovery/history.ts';
import type { RecoveryReport } from './recovery/report.ts';
import type { AgentView } from './view.ts';

/** What the snapshot is made from. */
export interface SnapshotInput {
  readonly view: AgentView;
  readonly cache: CacheState;
  readonly tracked: readonly TrackedDrive[];
  readonly transitions: readonly TransitionCount[];
  readonly recovery: Pick<RecoveryReport, 'history' | 'actions'>;
  readonly resource: string;
  readonly pollMs: number;
  readonly uses: CacheUses;
  /** Units that containers hold; undefined while the kubelet does not say. */
  readonly held: readonly HeldDevice[] | undefined;
  readonly nowMs: number;
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** What the agent knows, as the exporter of the node reads it. Pure. */
export function agentSnapshot(input: SnapshotInput): AgentSnapshot {
  const { view, cache, resource, pollMs, held, transitions, recovery, nowMs } = input;
  return {
    schemaVersion: 1,
    time: iso(nowMs),
    pollSeconds: pollMs / 1000,
    resource,
    devices: devicesOf(input),
    caches: cache.volumes.map((volume) => cacheOf(volume, cache, input.uses)),
    units: {
      capacity: view.units.length,
      healthy: view.units.filter(({ healthy }) => healthy).length,
      ...(held !== undefined && {
        allocated: held.length,
        allocations: held.map(({ id, namespace, pod, container }) => ({
          ...{ unitId: id, namespace, pod, container },
        })),
      }),
    },
    transitions,
    recoveryActions: recovery.actions.map(({ what: action, result, count }) => ({ action, result, count })),
  };
}

function devicesOf({ view, cache, tracked, recovery, nowMs }: SnapshotInput): AgentDevice[] {
  const known = new Map(tracked.map((drive) => [drive.serial, drive]));
  const members = new Set(cache.volumes.flatMap(({ members: serials }) => serials));
  return view.drives.flatMap(
    ({ controller, namespace, eligible, reason, firmwareCompliant, unitId, ...drive }): AgentDevice[] => {
      const { serial, name, pciAddress, model, firmware, numaNode } = controller;
      if (serial === undefined || !drive.isAi100) return [];
      const { health: verdict, smart: reading, thresholds } = known.get(serial) ?? {};
      return [
        {
          ...{ serial, controller: name, eligible, firmwareCompliant, managed: members.has(serial) },
          ...(namespace !== undefined && { namespace: namespace.name }),
          ...(pciAddress !== undefined && { pciAddress }),
          ...(model !== undefined && { model }),
          ...(firmware !== undefined && { firmware }),
          ...(numaNode !== undefined && { numaNode }),
          ...(namespace?.sizeBytes !== undefined && { sizeBytes: String(namespace.sizeBytes) }),
          ...(thresholds !== undefined && { thresholds }),
          ...(reason !== undefined && { reason }),
          ...(members.has(serial) && { unitId }),
          health: verdict?.state ?? 'Unknown',
          healthSince: iso(verdict?.sinceMs ?? nowMs),
          healthMessage: verdict?.message ?? '',
          ...(reading !== undefined && { smart: { time: iso(reading.atMs), json: reading.json } }),
          resetsLastHour: recentResets(recovery.history[serial] ?? noHistory, nowMs).length,
        },
      ];
    },
  );
}

function cacheOf(volume: VolumeState, { layout, blockers }: CacheState, uses: CacheUses): AgentCache {
  const { vg, vgSizeBytes, vgFreeBytes, missingPvs, state } = volume;
  const { lv, lvUuid: uuid, sizeBytes = 0n, stripes, stripeBytes, members } = volume;
  return {
    ...{ layout, state },
    vg: { name: vg, sizeBytes: String(vgSizeBytes), freeBytes: String(vgFreeBytes), missingPvs },
    ...(uuid !== undefined && {
      lv: {
        ...{ name: lv, uuid, stripes, devices: members },
        sizeBytes: String(sizeBytes),
        stripeBytes: String(stripeBytes),
        healthy: missingPvs === 0 && volume.device !== undefined,
      },
    }),
    ...(volume.mounted && { mount: { ...mountOf(volume), ...uses.get(volume.hostPath) } }),
    blockers: [...blockers, ...volume.blockers],
  };
}

function mountOf(volume: VolumeState): NonNullable<AgentCache['mount']> {
  const { hostPath, path = '', fileSystem = '', mountOptions, readOnly } = volume;
  return {
    ...{ path: hostPath, source: path, fsType: fileSystem, options: mountOptions, readOnly },
    identityOk: true,
  };
}
