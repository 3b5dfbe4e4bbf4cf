import { HwError, type Logger } from '@rackwright/core';
import type { NdNamespace, NdRegion } from '@rackwright/hardware-pmem';
import { pmem } from '@rackwright/keys';
import type { HostTools, Lvm } from '@rackwright/storage';
import { groupOf } from '../devices/lvm/prepare-groups.ts';
import type { Ndctl } from '../devices/ndctl.ts';
import { isUsable } from '../devices/region-units.ts';

export interface ConversionParts {
  readonly ndctl: Ndctl;
  readonly lvm: Lvm;
  readonly tools: HostTools;
  readonly logger: Logger;
}

/**
 * Makes fsdax namespaces of raw ones, whose data is lost, and puts those without a
 * name into the volume groups of their regions. Named ones, other modes and what
 * has something on it are left as they are. The first failure ends it.
 *
 * @throws HwError FailedPrecondition if there is nothing then that volumes could be made from
 */
export async function convertNamespaces(parts: ConversionParts, signal: AbortSignal): Promise<void> {
  const { ndctl, lvm } = parts;
  for (const region of (await ndctl.list(signal)).filter(isUsable)) {
    for (const namespace of region.namespaces.filter(isRaw)) await convert(region, namespace, parts, signal);
  }
  const regions = (await ndctl.list(signal)).filter(isUsable);
  for (const region of regions) await joinGroup(region, parts, signal);
  const { vgs } = await lvm.report(signal);
  const prepared = regions.some(
    (region) =>
      vgs.some(({ name }) => name === groupOf(region)) ||
      region.namespaces.some(({ name, mode }) => name === pmem.namespaceName && mode === 'fsdax'),
  );
  if (!prepared) throw await nothingFound(parts, signal);
}

function isRaw({ mode, name }: NdNamespace): boolean {
  return mode === 'raw' && name === '';
}

async function convert(
  { bus, name: region }: NdRegion,
  { device }: NdNamespace,
  { ndctl, tools, logger }: ConversionParts,
  signal: AbortSignal,
): Promise<void> {
  const made = await ndctl.makeFsdax({ bus, region, device }, signal);
  if (made.blockDevice !== undefined)
    await tools.expect(['wipefs', '--all', tools.root.dev(made.blockDevice)], { signal });
  logger.info('a raw namespace is fsdax now', { region, namespace: device });
}

async function joinGroup(
  region: NdRegion,
  { lvm, tools, logger }: ConversionParts,
  signal: AbortSignal,
): Promise<void> {
  const { pvs, vgs } = await lvm.report(signal);
  const taken = new Set(pvs.filter(({ vg }) => vg !== '').map(({ name }) => name));
  const devices = region.namespaces
    .filter(({ mode, name, enabled }) => mode === 'fsdax' && name === '' && enabled)
    .flatMap(({ blockDevice }) => (blockDevice === undefined ? [] : [tools.root.dev(blockDevice)]))
    .filter((path) => !taken.has(path));
  if (devices.length === 0) return;
  const name = groupOf(region);
  if (vgs.some((group) => group.name === name)) await lvm.extendVg(name, devices, signal);
  else await lvm.createVg({ name, devices, tags: [] }, signal);
  logger.info('namespaces are in a volume group now', { group: name, devices });
}

async function nothingFound({ tools }: ConversionParts, signal: AbortSignal): Promise<HwError> {
  const { stdout } = await tools.run(['ndctl', 'list', '-NRi'], { signal });
  return new HwError(
    'FailedPrecondition',
    `there is no volume group and no namespace to make one of; ndctl list: ${stdout.replace(/\s+/g, ' ').slice(0, 1000)}`,
  );
}
