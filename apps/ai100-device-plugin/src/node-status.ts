import type { AidaptivCacheNodeStatus } from '@rackwright/api';
import {
  type AgentCache,
  type AgentDevice,
  type AgentSnapshot,
  parseSmartJson,
} from '@rackwright/hardware-nvme';
import { ai100 } from '@rackwright/keys';
import type { CacheState } from './cache/index.ts';
import type { TrackedDrive } from './health/health-tracker.ts';
import { noHistory, type RecoveryHistory, recentResets } from './recovery/history.ts';
import { toolFailure } from './tool-failure.ts';

type Condition = NonNullable<AidaptivCacheNodeStatus['conditions']>[number];

/** What the status is made from: the snapshot, and what only the cache keeper knows. */
export interface StatusInput {
  readonly snapshot: AgentSnapshot;
  readonly cache: CacheState;
  readonly tracked: readonly TrackedDrive[];
  readonly version: string;
  /** What was done to each drive. */
  readonly history: RecoveryHistory;
  /** Conditions as they were last told, for the times of their changes. */
  readonly before: readonly Condition[];
}

/** Most devices an AidaptivCacheNode holds. */
const maxDevices = 100;
const maxText = 1024;
const maxResetTimes = 16;

/** `.status` of the AidaptivCacheNode of this node, but for the heartbeat. Pure. */
export function nodeStatus(input: StatusInput): AidaptivCacheNodeStatus {
  const { snapshot, cache, version } = input;
  const { capacity, healthy, allocated } = snapshot.units;
  return {
    devices: snapshot.devices.slice(0, maxDevices).map((device) => deviceStatus(device, input)),
    cache: cacheStatus(snapshot.caches, cache),
    units: { capacity, healthy, ...(allocated !== undefined && { allocated }) },
    agentVersion: version,
    conditions: conditionsOf(input),
  };
}

type DeviceStatus = NonNullable<AidaptivCacheNodeStatus['devices']>[number];

function deviceStatus(device: AgentDevice, { history, snapshot }: StatusInput): DeviceStatus {
  const { serial, controller, namespace, pciAddress, model, firmware, eligible, managed, reason } = device;
  const resets = recentResets(history[serial] ?? noHistory, Date.parse(snapshot.time));
  return {
    ...{ serial, controller, eligible, managed, health: device.health, healthSince: device.healthSince },
    ...(namespace !== undefined && { namespace }),
    ...(pciAddress !== undefined && { pciAddress }),
    ...(model !== undefined && { model }),
    ...(firmware !== undefined && { firmware }),
    ...(device.numaNode !== undefined && { numaNode: device.numaNode }),
    ...(device.sizeBytes !== undefined && { sizeBytes: Number(device.sizeBytes) }),
    ...(reason !== undefined && { reason }),
    message: device.healthMessage.slice(0, maxText),
    resets1h: resets.length,
    resetTimes: resets.slice(-maxResetTimes).map((atMs) => new Date(atMs).toISOString()),
    ...smartStatus(device.smart?.json),
  };
}

/** What a drive says of itself; nothing where the log makes no sense. */
function smartStatus(json: string | undefined): Pick<DeviceStatus, 'smart'> {
  if (json === undefined) return {};
  try {
    const log = parseSmartJson(json);
    const { criticalWarning, temperatureCelsius, availableSpare, spareThreshold, percentageUsed } = log;
    return {
      smart: {
        ...{ criticalWarning, availableSpare, spareThreshold, percentageUsed },
        ...(temperatureCelsius !== undefined && { temperatureCelsius }),
        dataUnitsRead: `${log.dataUnitsRead}`,
        dataUnitsWritten: `${log.dataUnitsWritten}`,
        powerOnHours: `${log.powerOnHours}`,
        unsafeShutdowns: `${log.unsafeShutdowns}`,
        mediaErrors: `${log.mediaErrors}`,
      },
    };
  } catch {
    return {};
  }
}

function cacheStatus(
  caches: readonly AgentCache[],
  state: CacheState,
): NonNullable<AidaptivCacheNodeStatus['cache']> {
  const shown = state.volumes.find((volume) => volume.state !== 'Ready') ?? state.volumes[0];
  const used = caches.find(({ mount }) => mount?.path === shown?.hostPath)?.mount?.usedBytes;
  const blockers = [...state.blockers, ...caches.flatMap((cache) => cache.blockers)];
  return {
    ...{ layout: state.layout, state: state.state },
    blockers: distinct(blockers).map(({ detail, ...blocker }) => ({
      ...blocker,
      detail: detail.slice(0, maxText),
    })),
    ...(shown !== undefined && {
      ...{ vg: shown.vg, lv: shown.lv, stripes: shown.stripes, mounted: shown.mounted },
      hostPath: shown.hostPath,
      ...(state.volumes.some(({ staleConsumers }) => staleConsumers) && { staleConsumers: true }),
      ...(shown.lvUuid !== undefined && { lvUUID: shown.lvUuid }),
      ...(shown.sizeBytes !== undefined && { sizeBytes: Number(shown.sizeBytes) }),
      ...(shown.fileSystem !== undefined && { filesystem: shown.fileSystem }),
      ...(shown.fsUuid !== undefined && { fsUUID: shown.fsUuid }),
      ...(used !== undefined && { usedBytes: Number(used) }),
    }),
  };
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()].slice(0, maxDevices);
}

const bad: readonly AgentDevice['health'][] = ['Unhealthy', 'Recovering', 'Quarantined', 'Removed'];

type Fact = [type: string, isTrue: boolean, reason: string, message: string];

/** A drive that is gone is not among the devices any more; one that is Degraded is used on, and named. */
function devicesHealthy(managed: readonly AgentDevice[], gone: string | undefined): Fact {
  const { devicesHealthy: type } = ai100.condition;
  const failed = managed.filter(({ health }) => bad.includes(health));
  const degraded = managed.find(({ health }) => health === 'Degraded');
  if (gone !== undefined) return [type, false, 'Removed', `drive ${gone} of the cache is gone`];
  if (failed[0] !== undefined) {
    // All of them: some only suffer from what another one has.
    const message = failed.map(({ serial, healthMessage }) => `${serial}: ${healthMessage}`).join('; ');
    return [type, false, failed[0].health, message.slice(0, maxText)];
  }
  return degraded === undefined
    ? [type, true, 'Healthy', 'no drive of the cache has failed']
    : [type, true, degraded.health, `${degraded.serial}: ${degraded.healthMessage}`];
}

function conditionsOf({ snapshot, cache, tracked, before }: StatusInput): Condition[] {
  const { condition } = ai100;
  const managed = snapshot.devices.filter(({ managed: isManaged }) => isManaged);
  const present = snapshot.devices.map(({ serial }) => serial);
  const gone = cache.volumes.flatMap(({ members }) => members).find((serial) => !present.includes(serial));
  const other = snapshot.devices.find(({ reason }) => reason === 'FirmwareMismatch');
  const broken = toolFailure(cache, tracked);
  const isFull = cache.volumes.some(({ full }) => full);
  const cacheReason = cache.state === 'Ready' && isFull ? ai100.event.cacheFull : cache.state;
  const facts: Fact[] = [
    [condition.cacheReady, cache.state === 'Ready', cacheReason, cache.message],
    devicesHealthy(managed, gone),
    other === undefined
      ? [condition.firmwareCompliant, true, 'Compliant', 'every drive has firmware that is allowed']
      : [condition.firmwareCompliant, false, 'FirmwareMismatch', `${other.serial} has ${other.firmware}`],
    broken === undefined
      ? [condition.toolsAvailable, true, 'Available', 'no program of the host is missing']
      : [condition.toolsAvailable, false, broken.reason, broken.message],
  ];
  return facts.map(([type, isTrue, reason, message]) => {
    const status = isTrue ? 'True' : 'False';
    const known = before.find((one) => one.type === type);
    const lastTransitionTime =
      known?.status === status && known.lastTransitionTime !== undefined
        ? known.lastTransitionTime
        : snapshot.time;
    return { type, status, reason, message: message.slice(0, maxText), lastTransitionTime };
  });
}
