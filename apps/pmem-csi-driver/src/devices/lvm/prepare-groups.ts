import { randomUUID } from 'node:crypto';
import { errorMessage, HwError, type Logger } from '@rackwright/core';
import type { NdNamespace, NdRegion } from '@rackwright/hardware-pmem';
import { pmem } from '@rackwright/keys';
import { type HostTools, type Lvm, probeSignatures } from '@rackwright/storage';
import type { Ndctl } from '../ndctl.ts';
import { isUsable } from '../region-units.ts';
import type { PendingNamespaces } from './pending-namespaces.ts';
import { planNamespace } from './plan-namespace.ts';

export interface GroupPreparation {
  readonly ndctl: Ndctl;
  readonly lvm: Lvm;
  readonly tools: HostTools;
  readonly pending: PendingNamespaces;
  readonly logger: Logger;
  /** How much of each region may be ours; 0 for nothing more than there is. */
  readonly percentage: number;
}

/** The volume group of a region; the older driver called it so. */
export function groupOf({ bus, name }: NdRegion): string {
  return `${bus}${name}fsdax`;
}

/**
 * Makes a namespace in every region that has room for one, and a volume group of
 * those that are ours. Namespaces of others, and what is in them, are left as they are.
 *
 * @returns why it could not be done, by the names of regions
 */
export async function prepareGroups(
  regions: readonly NdRegion[],
  parts: GroupPreparation,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, unknown>> {
  const failures = new Map<string, unknown>();
  for (const region of regions.filter(isUsable)) {
    // One region that fails does not take the volumes of the others away.
    await prepareRegion(region, parts, signal).catch((error: unknown) => {
      signal.throwIfAborted();
      failures.set(region.name, error);
      parts.logger.error('no more volumes can be made in a region for now', {
        ...{ region: region.name, error: errorMessage(error) },
      });
    });
  }
  return failures;
}

async function prepareRegion(region: NdRegion, parts: GroupPreparation, signal: AbortSignal): Promise<void> {
  const { ndctl, pending, percentage, logger } = parts;
  const own = region.namespaces.filter(isOwn);
  const sizes = await Promise.all(own.map((one) => ndctl.rawBytes(one)));
  const unfinished = await pending.uuidIn(region.name);
  const rest = own.find(({ rawUuid }) => rawUuid === unfinished && unfinished !== '');
  if (rest !== undefined) await wipe(rest, parts, signal);
  // Gone before the namespace is in a group: what may hold a volume is never wiped, even if this fails.
  if (unfinished !== '') await pending.done(region.name);
  const taken = sizes.reduce((sum, size) => sum + size, 0n);
  const bytes = planNamespace(region, taken, percentage);
  const made = bytes === 0n ? [] : [await makeNamespace(region, bytes, parts, signal)];
  await join(region, [...own, ...made], parts, signal);
  if (made.length > 0) logger.info('a namespace for volumes is made', { region: region.name, bytes });
}

function isOwn({ name, mode, enabled, blockDevice }: NdNamespace): boolean {
  return name === pmem.namespaceName && mode === 'fsdax' && enabled && blockDevice !== undefined;
}

async function makeNamespace(
  { bus, name: region }: NdRegion,
  bytes: bigint,
  parts: GroupPreparation,
  signal: AbortSignal,
): Promise<NdNamespace> {
  const uuid = randomUUID();
  await parts.pending.begin(region, uuid);
  const spec = { bus, region, mode: 'fsdax', bytes, name: pmem.namespaceName, uuid } as const;
  const made = await parts.ndctl.createNamespace(spec, signal);
  await wipe(made, parts, signal);
  await parts.pending.done(region);
  return made;
}

/** What the memory of a new namespace held before must not be taken for something. */
async function wipe(namespace: NdNamespace, { tools }: GroupPreparation, signal: AbortSignal): Promise<void> {
  const path = pathOf(namespace, tools);
  await tools.expect(['wipefs', '--all', path], { signal });
  const left = await probeSignatures(tools, path);
  if (left.kind !== 'nothing')
    throw new HwError('Internal', `wipefs has left what was on ${path} and says it has not`);
}

/** Makes the group of a region hold these namespaces; those in another group stay there. */
async function join(
  region: NdRegion,
  own: readonly NdNamespace[],
  { lvm, tools }: GroupPreparation,
  signal: AbortSignal,
): Promise<void> {
  const { pvs, vgs } = await lvm.report(signal);
  const inGroup = new Set(pvs.filter(({ vg }) => vg !== '').map(({ name }) => name));
  const devices = own.map((one) => pathOf(one, tools)).filter((path) => !inGroup.has(path));
  if (devices.length === 0) return;
  const name = groupOf(region);
  if (vgs.some((group) => group.name === name)) await lvm.extendVg(name, devices, signal);
  else await lvm.createVg({ name, devices, tags: [] }, signal);
}

function pathOf({ blockDevice = '' }: NdNamespace, { root }: HostTools): string {
  return root.dev(blockDevice);
}
