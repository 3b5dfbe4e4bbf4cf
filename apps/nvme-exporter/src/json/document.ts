import type { CacheReading, Collection } from '../collect/collection.ts';
import { deviceDocument } from './device-document.ts';

export interface DocumentSettings {
  readonly node: string;
  readonly version: string;
  /** Whether it is told which container holds which unit. */
  readonly showPods: boolean;
}

/**
 * The answer of `/nvme`, as docs/nvme.schema.json describes it. Evolution: fields may be
 * added; removing, renaming or retyping one needs a new `schemaVersion`.
 */
export function nvmeDocument(collection: Collection, settings: DocumentSettings): object {
  const { atMs, drives, nvmeCliVersion = null, agent, caches } = collection;
  return {
    schemaVersion: 1,
    node: settings.node,
    timestamp: new Date(atMs).toISOString(),
    collectorVersion: settings.version,
    nvmeCliVersion,
    devices: drives.map((drive) => deviceDocument(drive, atMs)),
    cache: cacheDocument(caches),
    units: unitsDocument(agent, settings),
  };
}

type Group = CacheReading['vg'];

/** All volume groups are one cache; with several the first is `vg`, as most nodes have one. */
function cacheDocument(caches: readonly CacheReading[]): object {
  const [first] = caches;
  return {
    present: caches.some(({ lv }) => lv !== undefined),
    layout: first?.layout ?? null,
    vg: first === undefined ? null : groupDocument(first.vg),
    lvs: caches.flatMap(({ lv }) => (lv === undefined ? [] : [volumeDocument(lv)])),
    mounts: caches.flatMap(({ mount }) => (mount === undefined ? [] : [mountDocument(mount)])),
  };
}

function groupDocument({ name, sizeBytes, freeBytes, missingPvs }: Group): object {
  return { name, sizeBytes: exact(sizeBytes), freeBytes: exact(freeBytes), missingPvs: exact(missingPvs) };
}

function volumeDocument(volume: NonNullable<CacheReading['lv']>): object {
  const { name, uuid, sizeBytes, stripes, stripeBytes, healthy, devices } = volume;
  return {
    ...{ name, uuid, sizeBytes: exact(sizeBytes), stripes, stripeSizeBytes: exact(stripeBytes) },
    ...{ healthy, devices },
  };
}

function mountDocument(mount: NonNullable<CacheReading['mount']>): object {
  const { path, source, fsType, options, sizeBytes, usedBytes, availableBytes, readOnly, identityOk } = mount;
  return {
    ...{ path, source, fsType, options },
    sizeBytes: exact(sizeBytes),
    usedBytes: exact(usedBytes),
    availableBytes: exact(availableBytes),
    ...{ readOnly, identityOk },
  };
}

function unitsDocument(agent: Collection['agent'], { showPods }: DocumentSettings): object | null {
  if (agent === undefined) return null;
  const { capacity, healthy, allocated = null, allocations = [] } = agent.units;
  return {
    ...{ resource: agent.resource, capacity, healthy, allocated },
    ...(showPods && { allocations }),
  };
}

/** A whole number: as text where JSON could not hold it; null for none. */
export function exact(value: bigint | string | number | undefined): number | string | null {
  if (value === undefined) return null;
  const whole = BigInt(value);
  return whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(whole) : `${whole}`;
}
