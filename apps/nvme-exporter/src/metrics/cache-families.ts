import { healthStates } from '@rackwright/hardware-nvme';
import { ai100Metric as names } from '@rackwright/keys';
import type { CacheReading, Collection, DriveReading } from '../collect/collection.ts';
import type { Sample } from './exposition.ts';
import { type Family, ofNode, severalPerDrive } from './family.ts';

type Described = Pick<Family, 'name' | 'type' | 'help'>;
type Value = number | string | undefined;

/** Metrics of AI100 drives, of the cache on them and of its units. */
export const cacheFamilies: readonly Family[] = [
  ofAi100(
    {
      name: names.managed,
      type: 'gauge',
      help: 'Whether the drive is part of a cache of the device plugin.',
    },
    ({ agent }) => Number(agent?.managed ?? false),
  ),
  ofAi100(
    { name: names.firmwareCompliant, type: 'gauge', help: 'Whether its firmware is one that is allowed.' },
    ({ firmwareCompliant }) => Number(firmwareCompliant),
  ),
  severalPerDrive(
    {
      name: names.healthState,
      type: 'gauge',
      help: 'Health by the device plugin: 1 for the state it is in.',
    },
    ['serial', 'state'],
    ({ agent, isAi100 }) =>
      agent === undefined || !(isAi100 || agent.managed)
        ? []
        : healthStates.map((state) => [
            { serial: agent.serial, state: state.toLowerCase() },
            Number(agent.health === state),
          ]),
  ),
  ofNode(
    { name: names.healthTransitions, type: 'counter', help: 'Changes of the health of a drive.' },
    ['device', 'from', 'to'],
    transitions,
  ),
  ofNode(
    { name: names.recoveryActions, type: 'counter', help: 'What was done to bring drives back.' },
    ['action', 'result'],
    ({ agent }) =>
      agent?.recoveryActions.map(({ action, result, count }) => [{ action, result }, count]) ?? [],
  ),
  perGroup(
    { name: names.vgSize, type: 'gauge', help: 'Size of the volume group.' },
    ({ vg }) => vg.sizeBytes,
  ),
  perGroup({ name: names.vgFree, type: 'gauge', help: 'Free part of it.' }, ({ vg }) => vg.freeBytes),
  perGroup({ name: names.vgMissing, type: 'gauge', help: 'Drives it misses.' }, ({ vg }) => vg.missingPvs),
  perVolume({ name: names.lvSize, type: 'gauge', help: 'Size of the volume.' }, ({ sizeBytes }) => sizeBytes),
  perVolume(
    { name: names.lvStripes, type: 'gauge', help: 'Drives it is striped over.' },
    ({ stripes }) => stripes,
  ),
  perVolume(
    { name: names.lvHealthy, type: 'gauge', help: 'Whether the volume is active and whole.' },
    ({ healthy }) => Number(healthy),
  ),
  ofNode(
    { name: names.mounted, type: 'gauge', help: 'Whether the volume of the cache is what is mounted there.' },
    ['mountpoint'],
    mounted,
  ),
  perMount(
    { name: names.readOnly, type: 'gauge', help: 'Whether it is mounted read-only.' },
    ({ readOnly }) => Number(readOnly),
  ),
  perFileSystem({ name: names.size, type: 'gauge', help: 'Size of its file system.' }, (m) => m.sizeBytes),
  perFileSystem({ name: names.used, type: 'gauge', help: 'Used part of it.' }, (m) => m.usedBytes),
  perFileSystem(
    { name: names.available, type: 'gauge', help: 'What is left for users.' },
    (m) => m.availableBytes,
  ),
  perFileSystem({ name: names.files, type: 'gauge', help: 'Files it can hold.' }, (m) => m.files),
  perFileSystem({ name: names.filesFree, type: 'gauge', help: 'Files it has room for.' }, (m) => m.filesFree),
  perUnits(
    { name: names.unitsCapacity, type: 'gauge', help: 'Units of the node.' },
    ({ capacity }) => capacity,
  ),
  perUnits(
    { name: names.unitsHealthy, type: 'gauge', help: 'Units that pods may get.' },
    ({ healthy }) => healthy,
  ),
  perUnits(
    { name: names.unitsAllocated, type: 'gauge', help: 'Units that containers hold.' },
    ({ allocated }) => allocated,
  ),
];

function ofAi100(family: Described, value: (drive: DriveReading) => number): Family {
  return severalPerDrive(family, ['serial'], (drive) =>
    drive.isAi100 || drive.agent?.managed === true
      ? [[{ serial: drive.controller.serial ?? '' }, value(drive)]]
      : [],
  );
}

function transitions({ agent, drives }: Collection): Sample[] {
  const labels = new Map(drives.map(({ label, controller }) => [controller.serial, label]));
  return (agent?.transitions ?? []).flatMap(({ serial, from, to, count }) => {
    const device = labels.get(serial);
    return device === undefined
      ? []
      : [[{ device, from: from.toLowerCase(), to: to.toLowerCase() }, count] as const];
  });
}

/** Where nothing is mounted of a volume, it is missing where it should be. */
function mounted({ caches, mountPath }: Collection): Sample[] {
  const states = new Map<string, number>();
  for (const { lv, mount } of caches)
    if (lv !== undefined || mount !== undefined)
      states.set(mount?.path ?? mountPath, Number(mount?.identityOk ?? false));
  return [...states].map(([mountpoint, state]) => [{ mountpoint }, state]);
}

function perGroup(family: Described, value: (cache: CacheReading) => Value): Family {
  return perCache(family, ['vg'], (cache) => [{ vg: cache.vg.name }, value(cache)]);
}

function perVolume(family: Described, value: (volume: NonNullable<CacheReading['lv']>) => Value): Family {
  return perCache(family, ['vg', 'lv'], ({ vg, lv }) => lv && [{ vg: vg.name, lv: lv.name }, value(lv)]);
}

type Mount = NonNullable<CacheReading['mount']>;

function perMount(family: Described, value: (mount: Mount) => Value): Family {
  return perCache(family, ['mountpoint'], ({ mount }) => mount && [{ mountpoint: mount.path }, value(mount)]);
}

function perFileSystem(family: Described, value: (mount: Mount) => Value): Family {
  return perCache(
    family,
    ['mountpoint', 'fstype'],
    ({ mount }) => mount && [{ mountpoint: mount.path, fstype: mount.fsType }, value(mount)],
  );
}

function perCache(
  family: Described,
  labels: readonly string[],
  sample: (cache: CacheReading) => readonly [Sample[0], Value] | undefined,
): Family {
  return ofNode(family, labels, ({ caches }) =>
    caches.flatMap((cache): Sample[] => {
      const [found, value] = sample(cache) ?? [{}, undefined];
      return value === undefined ? [] : [[found, typeof value === 'string' ? BigInt(value) : value]];
    }),
  );
}

function perUnits(
  family: Described,
  value: (units: NonNullable<Collection['agent']>['units']) => number | undefined,
): Family {
  return ofNode(family, [], ({ agent }) => {
    const found = agent && value(agent.units);
    return found === undefined ? [] : [[{}, found]];
  });
}
